#!/usr/bin/env python3
"""Prints billing periods as Python's zoneinfo sees them, one a line: zone, unit, n, anchor or "-", start, end
(seconds).

The last line is "# end", so that a reader can tell a whole list from a broken one.
With --exhaustive all months from 1850 to 2200 of every zone, and every rule of every zone (some minutes).
"""
import itertools
import pathlib
import sys
import zoneinfo

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from grids import Grid  # noqa: E402

NOT_FOR_CUSTOMERS = {"localtime", "Factory"}  # the machine's own zone; "no zone has been set"
EVERYWHERE = [                                # (unit, n, anchor, first year, last year)
    ("month", 1, "", 2024, 2026),
    ("month", 1, "", 2037, 2038),             # the listed transitions end
    ("month", 1, "", 2150, 2150),
    ("month", 1, "", 1910, 1913),             # the end of local mean times
    ("month", 3, "", 1969, 1971),
    ("month", 1, "2024-01-31T02:30:00", 2024, 2027),
    ("week", 1, "", 2026, 2026),
    ("week", 2, "2026-01-31T00:30:00Z", 2026, 2026),
    ("year", 1, "", 1908, 1913),
    ("year", 1, "2024-02-29T12:00:00", 2023, 2033)]
DAYS = [("day", 1, "", 2026, 2027),
        ("hour", 6, "", 2025, 2025)]
DAY_ZONES = (
    "Africa/Cairo", "Africa/Casablanca", "America/Asuncion", "America/Havana", "America/New_York",
    "America/Nuuk", "America/Santiago", "Asia/Beirut", "Asia/Gaza", "Asia/Kathmandu",
    "Australia/Lord_Howe", "Europe/Budapest", "Europe/Dublin", "Pacific/Chatham", "Pacific/Kiritimati")
ODD_DAYS = [
    ("Pacific/Apia", "day", 1, "", 2011, 2012),        # no 30 December 2011
    ("Pacific/Apia", "day", 2, "", 2011, 2012),
    ("Pacific/Apia", "day", 7, "", 2011, 2012),
    ("Pacific/Apia", "day", 1, "2011-01-01T12:00:00", 2011, 2012),
    ("Pacific/Apia", "month", 1, "2011-10-30", 2011, 2012),
    ("Pacific/Apia", "week", 1, "2011-12-30", 2011, 2012),
    ("Pacific/Apia", "year", 1, "2010-12-30", 2009, 2013),
    ("Pacific/Kwajalein", "day", 1, "", 1993, 1993),   # no 21 August 1993
    ("Pacific/Kiritimati", "day", 1, "", 1994, 1995),  # no 31 December 1994
    ("America/Juneau", "day", 1, "", 1867, 1867),      # two times 18 October 1867
    ("America/Juneau", "week", 1, "1867-10-18T12:00:00", 1867, 1867),
    ("Asia/Manila", "day", 1, "", 1844, 1845)]         # no 31 December 1844
# Both switches, short months, 29 February, anchors inside of a skipped and of a repeated hour.
ANCHOR_ZONES = ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Budapest", "America/New_York",
                "Australia/Lord_Howe")
ANCHORS = (
    "2024-02-29", "2026-01-29", "2026-01-30", "2026-01-31", "2025-12-31T23:59:59",
    "2026-03-29T02:30:00", "2026-03-29T01:00:00Z",     # skipped in Budapest; the end of the gap
    "2026-10-25T02:30:00", "2026-10-25T01:30:00Z",     # repeated in Budapest; its second time
    "2026-03-08T02:30:00", "2026-11-01T01:30:00", "2026-11-01T06:30:00Z",  # New York
    "2026-10-04T02:15:00", "2026-04-05T01:45:00", "2026-04-04T15:15:00Z")  # Lord Howe, half an hour
ANCHORED = [("day", 1), ("day", 3), ("week", 1), ("week", 2), ("month", 1), ("month", 5), ("year", 1),
            ("year", 4)]


def plan(exhaustive):
    zones = sorted(zoneinfo.available_timezones() - NOT_FOR_CUSTOMERS)
    for zone, rule in itertools.product(zones, EVERYWHERE):
        yield zone, *rule
    for zone, rule in itertools.product(zones if exhaustive else DAY_ZONES, DAYS):
        yield zone, *rule
    for zone, anchor, rule in itertools.product(zones if exhaustive else ANCHOR_ZONES, ANCHORS, ANCHORED):
        yield zone, *rule, anchor, 2025, 2027
    for zone, anchor in itertools.product(ANCHOR_ZONES, ANCHORS):
        yield zone, "hour", 7, anchor, 2026, 2026
    for zone in zones if exhaustive else ():
        yield zone, "month", 1, "", 1850, 2200
    yield from ODD_DAYS


def main():
    for *rule, first_year, last_year in plan("--exhaustive" in sys.argv[1:]):
        zone, unit, n, anchor = rule
        name = "\t".join(map(str, (zone, unit, n, anchor or "-")))
        sys.stdout.writelines(f"{name}\t{start}\t{end}\n"
                              for start, end in Grid(*rule).periods(first_year, last_year))
    print("# end")


if __name__ == "__main__":
    main()
