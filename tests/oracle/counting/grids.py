"""The billing periods of one rule (zone, unit, n, anchor), as Python's zoneinfo sees them. Instants are nanoseconds since 1970."""
import bisect
import datetime
import re
import zoneinfo

SECOND = 10**9
EPOCH = datetime.datetime(1970, 1, 1)
MONDAY = datetime.datetime(1969, 12, 29)
ANCHOR = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d))?(Z|[+-]\d\d:\d\d)?")
DAYS = {"day": 1, "week": 7}
MONTHS = {"month": 1, "year": 12}


class BadRule(ValueError):
    """No grid can be made of it; a profile that asks for it is refused."""


class Grid:
    def __init__(self, zone, unit, n=1, anchor=""):
        if unit != "hour" and unit not in DAYS and unit not in MONTHS or n < 1 or zone in ("localtime", "Factory"):
            raise BadRule(f"no such grid: {n} x {unit} in {zone}")
        try:
            self.zone = zoneinfo.ZoneInfo(zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise BadRule(str(error)) from None
        self.rule = (zone, unit, n, anchor)
        self.unit = unit
        self.n = n
        self.local_origin, self.origin = self.read_anchor(anchor)
        self.starts = []  # of the periods met so far, ascending
        self.ends = []

    def read_anchor(self, text):
        """Where the count begins: the local time, and the instant in seconds."""
        if not text:
            local = MONDAY if self.unit == "week" else EPOCH
            return local, self.first_instant(local)
        match = ANCHOR.fullmatch(text)
        if not match or match[3] and not match[2]:
            raise BadRule(f"no such anchor: {text}")
        try:
            local = datetime.datetime.fromisoformat(f"{match[1]}T{match[2] or '00:00:00'}{match[3] or ''}")
        except ValueError as error:
            raise BadRule(str(error)) from None
        if local.tzinfo is None:
            return local, self.first_instant(local)
        instant = int(local.timestamp())
        return self.local(instant), instant

    def local(self, instant):
        moment = (EPOCH + datetime.timedelta(seconds=instant)).replace(tzinfo=datetime.timezone.utc)
        return moment.astimezone(self.zone).replace(tzinfo=None, fold=0)

    def first_instant(self, local):
        """The first second at which the clock shows `local` or, where it is skipped, has passed it."""
        readings = sorted(
            int((local - local.replace(tzinfo=self.zone, fold=fold).utcoffset() - EPOCH).total_seconds()) for fold in (0, 1))
        for instant in readings:
            if self.local(instant) == local:
                return instant
        before, after = readings
        while after - before > 1:
            middle = (before + after) // 2
            before, after = (middle, after) if self.local(middle) < local else (before, middle)
        return after

    def edge(self, index):
        """Where period `index` begins, in seconds; 0 begins at the origin. Neighbours are equal where a period would be empty."""
        if self.unit == "hour":
            return self.origin + index * self.n * 3600
        if self.unit in DAYS:
            return self.first_instant(self.local_origin + datetime.timedelta(days=index * self.n * DAYS[self.unit]))
        month = self.local_origin.year * 12 + self.local_origin.month - 1 + index * self.n * MONTHS[self.unit]
        first = self.local_origin.replace(year=month // 12, month=month % 12 + 1, day=1)
        next_month = first.replace(year=(month + 1) // 12, month=(month + 1) % 12 + 1)
        day = min(self.local_origin.day, (next_month - first).days)
        return self.first_instant(first.replace(day=day))

    def guess(self, instant):
        if self.unit == "hour":
            return (instant - self.origin) // (self.n * 3600)
        passed = self.local(instant) - self.local_origin
        if self.unit in DAYS:
            return passed.days // (self.n * DAYS[self.unit])
        return passed.days // (31 * self.n * MONTHS[self.unit])

    def containing(self, time):
        """(start, end) of the period that holds `time`."""
        i = bisect.bisect_right(self.starts, time) - 1
        if i >= 0 and time < self.ends[i]:
            return self.starts[i], self.ends[i]
        instant = time // SECOND
        index = self.guess(instant)
        while self.edge(index) > instant:
            index -= 1
        while self.edge(index + 1) <= instant:  # passes over empty periods, too
            index += 1
        start, end = self.edge(index) * SECOND, self.edge(index + 1) * SECOND
        self.starts.insert(i + 1, start)
        self.ends.insert(i + 1, end)
        return start, end


class Grids:
    """Grids by rule, each made once."""

    def __init__(self):
        self.by_rule = {}

    def grid(self, rule):
        if rule not in self.by_rule:
            self.by_rule[rule] = Grid(*rule)
        return self.by_rule[rule]
