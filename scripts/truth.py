#!/usr/bin/env python3
"""The exact figures that a file of usage events must lead to, computed without the pipeline.

Reads events (one JSON object a line) in file order, applies the counting rules of the design to each, and
prints the total of every customer, meter and billing period as tab-separated lines:

    customer  meter  period_start  period_end  count  sum

It keeps everything in memory, uses integers only, and shares neither code nor libraries with the pipeline.
"""
import argparse
import bisect
import datetime
import gzip
import hashlib
import json
import re
import sys
import time
import zoneinfo
from collections import Counter, defaultdict
from json.encoder import encode_basestring_ascii as quote

SECOND = 10**9
MAX_FUTURE = 5 * 60 * SECOND
MAX_AGE = 35 * 86400 * SECOND
MILLISECOND = 10**6
ARRIVAL_MAX = 7_258_118_400_000 * MILLISECOND  # 2200-01-01T00:00:00Z
RECORD_BYTES_MAX = 64 * 1024
ID_BYTES_MAX = 128
DEPTH_MAX = 16
SCALE = 12
QUANTITY_MAX = 2**127 - 1
IDS = ("event_id", "tenant_id", "customer_id", "source", "type")
EPOCH_ORDINAL = datetime.date(1970, 1, 1).toordinal()
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
sys.set_int_max_str_digits(0)  # an exponent among the properties may be of any length


class DeadLetter(Exception):
    """The record can never be counted as it is. `code` is the name in schemas/dead_letter/codes.h."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


# --- time -----------------------------------------------------------------------------------------------

RFC3339 = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?"
    r"(?:Z|([+-])([0-9]{2}):([0-9]{2}))"
)


def parse_time(text):
    """Nanoseconds since 1970-01-01T00:00:00Z, or None when it is not RFC 3339 with an offset."""
    match = RFC3339.fullmatch(text)
    if not match:
        return None
    year, month, day, hour, minute, second, fraction, sign, offset_hour, offset_minute = match.groups()
    if hour > "23" or minute > "59" or second > "59" or not "1678" <= year <= "2261":
        return None
    offset = 0
    if sign:
        if offset_hour > "23" or offset_minute > "59":
            return None
        offset = int(offset_hour) * 3600 + int(offset_minute) * 60
        if sign == "-":
            offset = -offset
    try:
        days = datetime.date(int(year), int(month), int(day)).toordinal() - EPOCH_ORDINAL
    except ValueError:
        return None
    seconds = days * 86400 + int(hour) * 3600 + int(minute) * 60 + int(second) - offset
    return seconds * SECOND + (int(fraction.ljust(9, "0")) if fraction else 0)


def format_time(seconds):
    return (EPOCH + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Periods:
    """The billing periods of one grid: n hours, days or months in a zone, counted from 1 January 1970."""

    def __init__(self, zone, unit, n):
        if unit not in ("hour", "day", "month") or n < 1 or zone == "localtime":
            raise ValueError(f"no such grid: {n} x {unit} in {zone}")
        self.zone = zoneinfo.ZoneInfo(zone)
        self.unit = unit
        self.n = n
        self.origin = self.first_instant(datetime.datetime(1970, 1, 1))
        self.starts = []  # of the periods met so far, ascending
        self.ends = []

    def local(self, instant):
        moment = (EPOCH + datetime.timedelta(seconds=instant)).astimezone(self.zone)
        return moment.replace(tzinfo=None, fold=0)

    def first_instant(self, local):
        """When the clock shows `local` for the first time, or the end of the gap where it never does."""
        readings = []
        for fold in (0, 1):
            offset = local.replace(tzinfo=self.zone, fold=fold).utcoffset()
            readings.append(int((local - offset - EPOCH.replace(tzinfo=None)).total_seconds()))
        shown = [instant for instant in readings if self.local(instant) == local]
        if shown:
            return min(shown)
        before, after = min(readings), max(readings)
        while after - before > 1:
            middle = (before + after) // 2
            if self.local(middle) < local:
                before = middle
            else:
                after = middle
        return after

    def edge(self, index):
        if self.unit == "hour":
            return self.origin + index * self.n * 3600
        if self.unit == "day":
            return self.first_instant(datetime.datetime(1970, 1, 1) + datetime.timedelta(days=index * self.n))
        year, month = divmod(index * self.n, 12)
        return self.first_instant(datetime.datetime(1970 + year, month + 1, 1))

    def guess(self, instant):
        if self.unit == "hour":
            return (instant - self.origin) // (self.n * 3600)
        local = self.local(instant)
        if self.unit == "day":
            return (local.toordinal() - EPOCH_ORDINAL) // self.n
        return ((local.year - 1970) * 12 + local.month - 1) // self.n

    def containing(self, time):
        """(start, end) in seconds of the period that holds `time` in nanoseconds."""
        instant = time // SECOND
        i = bisect.bisect_right(self.starts, instant) - 1
        if i >= 0 and instant < self.ends[i]:
            return self.starts[i], self.ends[i]
        index = self.guess(instant) - 1
        while self.edge(index + 1) <= instant:  # empty periods are passed over
            index += 1
        start, end = self.edge(index), self.edge(index + 1)
        self.starts.insert(i + 1, start)
        self.ends.insert(i + 1, end)
        return start, end


# --- one record -----------------------------------------------------------------------------------------

class Number(str):
    """A JSON number as it is written; never converted to a float."""


class Reader:
    """Reads JSON without losing a digit or a doubled name."""

    def __init__(self):
        self.doubled = False  # a name came twice in an object of the last text
        self.decoder = json.JSONDecoder(
            object_pairs_hook=self.to_object, parse_int=Number, parse_float=Number, parse_constant=self.refuse
        )

    def read(self, text):
        self.doubled = False
        return self.decoder.decode(text)

    def to_object(self, pairs):
        result = dict(pairs)
        if len(result) != len(pairs):
            self.doubled = True
            result |= enumerate(value for _, value in pairs)  # the depth is that of all of them
        return result

    @staticmethod
    def refuse(constant):
        raise ValueError(f"{constant} is not JSON")


READER = Reader()
DECIMAL = re.compile(r"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?")


def is_deeper(value, levels):
    """Whether objects and arrays are nested more than `levels` deep."""
    if not isinstance(value, (dict, list)):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(is_deeper(item, levels - 1) for item in inner)


def parse_json(line):
    if len(line) > RECORD_BYTES_MAX:
        raise DeadLetter("record_too_large")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        raise DeadLetter("invalid_utf8") from None
    if text.startswith("\ufeff"):
        raise DeadLetter("byte_order_mark")
    try:
        event = READER.read(text)
    except RecursionError:  # what stands behind is not looked at
        raise DeadLetter("too_deep" if text.lstrip(" \t\r\n").startswith("{") else "not_an_object") from None
    except ValueError:
        raise DeadLetter("invalid_json") from None
    if not isinstance(event, dict):
        raise DeadLetter("not_an_object")
    if text.count("{") + text.count("[") > DEPTH_MAX and is_deeper(event, DEPTH_MAX):
        raise DeadLetter("too_deep")
    if READER.doubled:
        raise DeadLetter("duplicate_field")
    if "\\u" in text:
        try:
            json.dumps(event, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError:
            raise DeadLetter("lone_surrogate") from None
    return event


def scaled_value(value):
    """The value times 10^12, exactly."""
    if isinstance(value, Number):
        if not value.lstrip("-").isdigit():
            raise DeadLetter("value_is_float")
    elif not isinstance(value, str):
        raise DeadLetter("field_wrong_type")
    match = DECIMAL.fullmatch(value)
    if not match:
        raise DeadLetter("value_not_a_number")
    sign, whole, fraction = match.groups()
    fraction = (fraction or "").rstrip("0")
    if len(fraction) > SCALE:
        raise DeadLetter("value_too_precise")
    if len(whole) > 40:  # far beyond 2^127 / 10^12, and more than int() likes to read
        raise DeadLetter("value_overflow")
    scaled = int(whole + fraction.ljust(SCALE, "0"))
    if scaled > QUANTITY_MAX:
        raise DeadLetter("value_overflow")
    return -scaled if sign else scaled


def canonical_number(text):
    """The same text for the same value: 1, 1.0 and 10e-1 agree."""
    mantissa, _, exponent = text.lower().partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    digits = (whole + fraction).lstrip("0")
    if not digits:
        return "0"
    significant = digits.rstrip("0")
    power = int(exponent or "0") - len(fraction) + len(digits) - len(significant)
    return f"{sign}{significant}e{power}"


def canonical(value):
    """JSON with its types kept, numbers by value and names sorted at all depths."""
    if isinstance(value, Number):
        return canonical_number(value)
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, dict):
        return "{" + ",".join([f"{quote(name)}:{canonical(value[name])}" for name in sorted(value)]) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    return json.dumps(value)


class Event:
    """A valid usage event."""

    __slots__ = ("identity", "tenant", "customer", "type", "time", "arrived", "value", "fingerprint")

    def __init__(self, line, default_tenant):
        fields = parse_json(line)
        if "specversion" in fields:
            raise DeadLetter("unsupported_format")
        if default_tenant:
            fields.setdefault("tenant_id", default_tenant)
        # One field after the other, in the order of docs/errors.md: of two faults the first is told.
        for name in IDS:
            check_id(fields, name)
        self.time = time_of(fields)
        self.value = scaled_value(fields.get("value", Number("1")))
        properties = fields.get("properties", {})
        if not isinstance(properties, dict):
            raise DeadLetter("field_wrong_type")
        if "voids" in fields:
            raise DeadLetter("void_unsupported")
        self.tenant = fields["tenant_id"]
        self.customer = fields["customer_id"]
        self.type = fields["type"]
        self.identity = (self.tenant, self.customer, fields.get("source", ""), fields["event_id"])
        content = f"{quote(self.type)} {self.time} {self.value} {canonical(properties)}"
        self.fingerprint = hashlib.blake2b(content.encode("ascii"), digest_size=16).digest()
        self.arrived = properties.get("arrived")


def is_text(value):
    return isinstance(value, str) and not isinstance(value, Number)


def check_id(fields, name):
    if name not in fields:
        if name == "source":
            return
        raise DeadLetter("field_missing")
    text = fields[name]
    if not is_text(text):
        raise DeadLetter("field_wrong_type")
    if not text and name != "source":
        raise DeadLetter("field_empty")
    if len(text) > ID_BYTES_MAX or not text.isascii() and len(text.encode("utf-8")) > ID_BYTES_MAX:
        raise DeadLetter("id_too_long")
    if "\0" in text:
        raise DeadLetter("nul_in_id")


def time_of(fields):
    if "timestamp" not in fields:
        raise DeadLetter("field_missing")
    if not is_text(fields["timestamp"]):
        raise DeadLetter("field_wrong_type")
    instant = parse_time(fields["timestamp"])
    if instant is None:
        raise DeadLetter("invalid_timestamp")
    return instant


def arrival_of(event, before):
    """The record timestamp, in nanoseconds: `properties.arrived`, as text or as a number of milliseconds; else the
    event's own time; else, where neither can be the time of a record, that of the record `before`."""
    arrived = event.arrived
    if isinstance(arrived, Number):
        stated = int(arrived) * MILLISECOND if arrived.isdigit() else None
    else:
        stated = parse_time(arrived) if isinstance(arrived, str) else None
    for instant in (stated, event.time):
        if instant is not None and 0 <= instant // MILLISECOND * MILLISECOND <= ARRIVAL_MAX:
            return instant // MILLISECOND * MILLISECOND
    return before


# --- customers and meters -------------------------------------------------------------------------------

class Customers:
    """Which grid of periods a customer has. Without a file every customer is billed by UTC months."""

    def __init__(self):
        self.grids = {}                      # by (zone, unit, n)
        self.by_customer = defaultdict(lambda: self.grid("UTC", "month", 1))

    def grid(self, *key):
        if key not in self.grids:
            self.grids[key] = Periods(*key)
        return self.grids[key]

    def read(self, lines, default_tenant):
        self.by_customer = {}
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            profile = json.loads(line)
            key = (profile.get("tenant_id", default_tenant), profile["customer_id"])
            try:
                # A change of grid is refused by the pipeline: the first profile stands.
                self.by_customer.setdefault(key, self.grid(*grid_key(profile)))
            except (ValueError, KeyError) as error:
                print(f"truth.py: profile {number} is left out: {error}", file=sys.stderr)

    def find(self, tenant, customer):
        if isinstance(self.by_customer, defaultdict):
            return self.by_customer[tenant, customer]
        return self.by_customer.get((tenant, customer))


def grid_key(profile):
    if len(profile["versions"]) != 1 or profile["versions"][0].get("anchor"):
        raise ValueError("more than one version, or an anchor")
    version = profile["versions"][0]
    interval = version.get("interval", {})
    return version["time_zone"], interval.get("unit", "month"), interval.get("n", 1)


class Meter:
    def __init__(self, name, aggregation, types):
        if not name or aggregation not in ("count", "sum"):
            raise ValueError(f"meter '{name}': the aggregation must be count or sum, not '{aggregation}'")
        self.name = name
        self.sums = aggregation == "sum"
        self.types = None if types in ([], ["*"]) else frozenset(types)

    def wants(self, event_type):
        return self.types is None or event_type in self.types


def parse_meters(text):
    """"calls:count:a,b,value:sum:*": a part with a colon begins a meter, one without is another type."""
    meters = []
    for part in text.split(","):
        if ":" not in part:
            if not meters:
                raise ValueError(f"'{part}' is not NAME:AGG[:TYPE]")
            meters[-1][2].append(part)
            continue
        name, aggregation, *types = part.split(":", 2)
        meters.append((name, aggregation, types))
    return [Meter(*meter) for meter in meters]


# --- the rules ------------------------------------------------------------------------------------------

class Truth:
    def __init__(self, customers, meters, default_tenant=""):
        self.customers = customers
        self.meters = meters
        self.default_tenant = default_tenant
        self.last_arrival = time.time_ns()   # a first record without a time of its own gets the producer's clock
        self.fingerprints = {}               # of counted, ignored and parked ids
        self.totals = {}                     # (tenant, customer, meter, start, end) -> [count, scaled sum]
        self.verdicts = Counter()
        self.codes = Counter()

    def take(self, line):
        try:
            verdict = self.judge(Event(line, self.default_tenant))
        except DeadLetter as reason:
            verdict = "dead_letter"
            self.codes[reason.code] += 1
        self.verdicts[verdict] += 1
        return verdict

    def judge(self, event):
        self.last_arrival = arrival_of(event, self.last_arrival)
        if event.time > self.last_arrival + MAX_FUTURE:
            raise DeadLetter("timestamp_in_future")
        if event.time < self.last_arrival - MAX_AGE:
            raise DeadLetter("too_old")
        known = self.fingerprints.get(event.identity)
        if known is not None:
            if known != event.fingerprint:
                raise DeadLetter("event_id_conflict")
            return "duplicate"
        verdict = self.count(event)
        self.fingerprints[event.identity] = event.fingerprint
        return verdict

    def count(self, event):
        periods = self.customers.find(event.tenant, event.customer)
        if periods is None:
            return "parked"
        fed = [meter for meter in self.meters if meter.wants(event.type)]
        if not fed:
            return "ignored"
        period = periods.containing(event.time)
        changes = []
        for meter in fed:
            key = (event.tenant, event.customer, meter.name, *period)
            count, total = self.totals.get(key, (0, 0))
            total += event.value if meter.sums else 10**SCALE
            if abs(total) > QUANTITY_MAX:
                raise DeadLetter("value_overflow")
            changes.append((key, (count + 1, total)))
        self.totals.update(changes)
        return "counted"

    def rows(self):
        for (*names, start, end), (count, total) in self.totals.items():
            yield *names, format_time(start), format_time(end), str(count), format_quantity(total)

    def summary(self):
        return {
            "lines": sum(self.verdicts.values()),
            "verdicts": dict(sorted(self.verdicts.items())),
            "dead_letters": dict(sorted(self.codes.items())),
        }


def format_quantity(scaled):
    whole, fraction = divmod(abs(scaled), 10**SCALE)
    text = f"{whole}.{fraction:012d}".rstrip("0").rstrip(".")
    return "-" + text if scaled < 0 else text


def open_lines(path):
    return gzip.open(path, "rb") if path.endswith(".gz") else open(path, "rb")


def main(arguments=None):
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=layout)
    parser.add_argument("--input", required=True, help="events, one JSON object a line; may end in .gz")
    parser.add_argument("--customers", help="profiles; without it every customer is billed by UTC months")
    parser.add_argument("--default-tenant", default="", help="for events without a tenant_id")
    parser.add_argument("--meters", type=parse_meters, default="events:count:*,value:sum:*",
                        help="NAME:AGG[:TYPE,TYPE...],... with AGG count or sum (default: %(default)s)")
    parser.add_argument("--with-tenant", action="store_true", help="print the tenant as the first column")
    parser.add_argument("--verdicts", help="write lines per verdict and per dead-letter code to this file")
    options = parser.parse_args(arguments)

    customers = Customers()
    if options.customers:
        with open_lines(options.customers) as lines:
            customers.read(lines, options.default_tenant)
    truth = Truth(customers, options.meters, options.default_tenant)
    with open_lines(options.input) as lines:
        for line in lines:
            truth.take(line.rstrip(b"\n"))

    from_column = 0 if options.with_tenant else 1
    for row in sorted(row[from_column:] for row in truth.rows()):
        print(*row, sep="\t")
    if options.verdicts:
        with open(options.verdicts, "w", encoding="utf-8") as file:
            json.dump(truth.summary(), file, indent=2)
            file.write("\n")


if __name__ == "__main__":
    main()
