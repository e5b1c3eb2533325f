#!/usr/bin/env python3
"""Prints billing periods as Python's zoneinfo sees them, one a line: zone, unit, n, start, end (seconds).

The last line is "# end", so that a reader can tell a whole list from a broken one.
With --exhaustive all months from 1850 to 2200 of every zone (some minutes).
"""
import pathlib
import sys
import zoneinfo

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
from truth import Periods  # noqa: E402

NOT_FOR_CUSTOMERS = {"localtime", "Factory"}  # the machine's own zone; "no zone has been set"
# (unit, n, first index, last index), counted from January 1970
MONTHS = [("month", 1, 54 * 12, 58 * 12),              # 2024 to 2027
          ("month", 1, 67 * 12, 69 * 12),              # 2037 and 2038: the listed transitions end
          ("month", 1, 180 * 12, 181 * 12),            # 2150
          ("month", 1, -60 * 12, -56 * 12),            # 1910 to 1913: the end of local mean times
          ("month", 3, -4, 8)]
DAYS = [("day", 1, 56 * 365, 58 * 365),                # the years 2026 and 2027, more or less
        ("hour", 6, 81_000, 81_100)]
DAY_ZONES = (
    "Africa/Cairo", "Africa/Casablanca", "America/Asuncion", "America/Havana", "America/New_York",
    "America/Nuuk", "America/Santiago", "Asia/Beirut", "Asia/Gaza", "Asia/Kathmandu",
    "Australia/Lord_Howe", "Europe/Budapest", "Europe/Dublin", "Pacific/Chatham", "Pacific/Kiritimati")
ODD_DAYS = [("Pacific/Apia", "day", n, 15_300 // n, 15_400 // n) for n in (1, 2, 7)] + [
    ("Pacific/Kwajalein", "day", 1, 8_600, 8_700),     # no 21 August 1993
    ("Pacific/Kiritimati", "day", 1, 9_100, 9_150),    # no 31 December 1994
    ("America/Juneau", "day", 1, -37_350, -37_320),    # two times 18 October 1867
    ("Asia/Manila", "day", 1, -45_700, -45_600)]       # no 31 December 1844


def periods_of(zone, unit, n, first, last):
    periods = Periods(zone, unit, n)
    edges = [periods.edge(index) for index in range(first, last + 1)]
    for start, end in zip(edges, edges[1:]):
        if start != end:  # an empty period is no period
            yield zone, unit, n, start, end


def plan(exhaustive):
    zones = sorted(zoneinfo.available_timezones() - NOT_FOR_CUSTOMERS)
    for zone in zones:
        for grid in [("month", 1, -120 * 12, 230 * 12)] if exhaustive else MONTHS:
            yield zone, *grid
    for zone in zones if exhaustive else DAY_ZONES:
        for grid in DAYS:
            yield zone, *grid
    yield from ODD_DAYS


def main():
    for grid in plan("--exhaustive" in sys.argv[1:]):
        sys.stdout.writelines("\t".join(map(str, period)) + "\n" for period in periods_of(*grid))
    print("# end")


if __name__ == "__main__":
    main()
