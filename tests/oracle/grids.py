"""Billing periods of any rule by Python's datetime, calendar and zoneinfo: n hours, days, weeks, months or
years, with or without an anchor. The clock of a zone is that of scripts/truth.py."""
import calendar
import datetime
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
from truth import EPOCH, Periods  # noqa: E402

HOURS = {"hour": 1, "day": 24, "week": 7 * 24, "month": 730, "year": 8766}  # of one unit, more or less


class Grid:
    def __init__(self, zone, unit, n, anchor=""):
        self.clock = Periods(zone, "day", 1)
        self.unit = unit
        self.n = n
        if anchor:
            moment = datetime.datetime.fromisoformat(anchor)
        else:
            moment = datetime.datetime(1969, 12, 29) if unit == "week" else datetime.datetime(1970, 1, 1)
        if moment.tzinfo:
            self.origin = int((moment - EPOCH).total_seconds())
            self.local = self.clock.local(self.origin)
        else:
            self.origin = self.clock.first_instant(moment)
            self.local = moment

    def edge(self, index):
        if self.unit == "hour":
            return self.origin + index * self.n * 3600
        return self.clock.first_instant(self.shown_at(index * self.n))

    def shown_at(self, count):
        """The local time `count` units after the anchor."""
        if self.unit == "day":
            return self.local + datetime.timedelta(days=count)
        if self.unit == "week":
            return self.local + datetime.timedelta(weeks=count)
        if self.unit == "year":
            year, month = self.local.year + count, self.local.month
        else:
            years, month = divmod(self.local.month - 1 + count, 12)
            year, month = self.local.year + years, month + 1
        last_day = calendar.monthrange(year, month)[1]
        return self.local.replace(year=year, month=month, day=min(self.local.day, last_day))

    def periods(self, first_year, last_year):
        """(start, end) of those that begin in these years, and one or two more at either side."""
        hours = HOURS[self.unit] * self.n

        def index_near(year):
            since = datetime.datetime(year, 1, 1) - self.local
            return int(since.total_seconds() // 3600 // hours)

        edges = [self.edge(i) for i in range(index_near(first_year) - 1, index_near(last_year + 1) + 2)]
        return [(start, end) for start, end in zip(edges, edges[1:]) if start != end]  # an empty one is none
