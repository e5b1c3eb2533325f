#!/usr/bin/env python3
"""Grids and changes of profile of the model, against periods worked out by hand."""
import unittest

from grids import BadRule, Grid
from output import time_text
from records import parse_time
from story import CALLS, Told, event, profile, usage, usages, version

SPRING, AUTUMN = "2026-03-29T00:00:00Z", "2026-10-25T00:00:00Z"


def period(time, *rule):
    start, end = Grid(*rule).containing(parse_time(time))
    return time_text(start), time_text(end)


def days(*names):
    return [f"2026-{name}" for name in names]


class Grids(unittest.TestCase):
    def check(self, rows):
        for name, rule, time, start, end in rows:
            with self.subTest(name, time=time):
                self.assertEqual(period(time, *rule), (start, end))

    def test_calendar(self):
        self.check([
            ("month", ("Europe/Budapest", "month"), "2026-11-10T00:00:00Z", "2026-10-31T23:00:00Z", "2026-11-30T23:00:00Z"),
            ("end_is_the_next", ("Europe/Budapest", "month"), "2026-11-30T23:00:00Z", "2026-11-30T23:00:00Z", "2026-12-31T23:00:00Z"),
            ("quarter", ("UTC", "month", 3), "2026-11-10T00:00:00Z", "2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            ("year", ("UTC", "year"), "2026-11-10T00:00:00Z", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            ("week_from_monday", ("UTC", "week"), "2026-11-08T23:59:59Z", "2026-11-02T00:00:00Z", "2026-11-09T00:00:00Z"),
            ("two_weeks_from_29_december_1969", ("UTC", "week", 2), "1970-01-05T00:00:00Z", "1969-12-29T00:00:00Z", "1970-01-12T00:00:00Z"),
            ("six_hours_from_local_midnight_of_1970", ("Asia/Kolkata", "hour", 6), "2026-11-10T00:00:00Z", "2026-11-09T18:30:00Z",
             "2026-11-10T00:30:00Z")])

    def test_switches_of_the_clock(self):
        self.check([
            ("no_midnight", ("Africa/Cairo", "day"), "2026-04-23T22:00:00Z", "2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"),
            ("no_30_december", ("Pacific/Apia", "day"), "2011-12-30T09:59:59Z", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"),
            ("after_it", ("Pacific/Apia", "day"), "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"),
            ("lord_howe_half_an_hour", ("Australia/Lord_Howe", "day"), "2026-04-04T13:00:00Z", "2026-04-04T13:00:00Z", "2026-04-05T13:30:00Z"),
            ("kiritimati", ("Pacific/Kiritimati", "month"), "2026-11-10T00:00:00Z", "2026-10-31T10:00:00Z", "2026-11-30T10:00:00Z"),
            ("midnight_twice", ("America/Havana", "day"), "2026-11-01T04:30:00Z", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"),
            ("anchor_in_the_gap", ("Europe/Budapest", "day", 1, "2026-01-01T02:30:00"), SPRING, "2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z"),
            ("after_the_gap", ("Europe/Budapest", "day", 1, "2026-01-01T02:30:00"), "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z",
             "2026-03-30T00:30:00Z"),
            ("the_earlier_of_two", ("Europe/Budapest", "day", 1, "2026-01-01T02:30:00"), "2026-10-25T00:30:00Z", "2026-10-25T00:30:00Z",
             "2026-10-26T01:30:00Z"),
            ("hours_are_elapsed", ("Europe/Budapest", "hour", 24, "2026-03-28T00:00:00"), "2026-03-30T00:00:00Z", "2026-03-29T23:00:00Z",
             "2026-03-30T23:00:00Z")])

    def test_anchors(self):
        day_31, leap = ("UTC", "month", 1, "2026-01-31"), ("UTC", "year", 1, "2024-02-29")
        self.check([
            ("31_to_28", day_31, "2026-02-27T00:00:00Z", "2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z"),
            ("28_to_31", day_31, "2026-02-28T00:00:00Z", "2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z"),
            ("before_the_anchor", day_31, "2025-11-30T00:00:00Z", "2025-11-30T00:00:00Z", "2025-12-31T00:00:00Z"),
            ("29_february", leap, "2026-03-01T00:00:00Z", "2026-02-28T00:00:00Z", "2027-02-28T00:00:00Z"),
            ("29_february_again", leap, "2028-02-29T00:00:00Z", "2028-02-29T00:00:00Z", "2029-02-28T00:00:00Z"),
            ("three_months_both_ways", ("UTC", "month", 3, "2026-01-31"), "2025-12-01T00:00:00Z", "2025-10-31T00:00:00Z", "2026-01-31T00:00:00Z"),
            ("weekday", ("UTC", "week", 1, "2026-11-12"), "2026-11-10T00:00:00Z", "2026-11-05T00:00:00Z", "2026-11-12T00:00:00Z"),
            ("an_instant_is_its_local_time", ("Europe/Budapest", "month", 1, "2026-01-14T23:00:00Z"), "2026-07-20T00:00:00Z",
             "2026-07-14T22:00:00Z", "2026-08-14T22:00:00Z"),
            ("hours_from_an_instant", ("Europe/Budapest", "hour", 5, "2026-07-01T00:30:00+02:00"), "2026-07-01T00:00:00Z",
             "2026-06-30T22:30:00Z", "2026-07-01T03:30:00Z")])

    def test_what_is_no_rule(self):
        for rule in [("Nope/Nope", "month"), ("UTC", "month", 0), ("UTC", "fortnight"), ("UTC", "month", 1, "2026-02-30"),
                     ("UTC", "month", 1, "soon"), ("UTC", "month", 1, "2026-01-01Z")]:
            with self.subTest(rule), self.assertRaises(BadRule):
                Grid(*rule)


class Changes(unittest.TestCase):
    """Month by month in UTC unless said otherwise; the starts of the periods in which one event a day was counted."""

    def starts(self, *lines):
        return sorted({row["period_start"][:10] for row in Told([*lines], [CALLS]).totals})

    def daily(self, first, last, name="e"):
        return usages(*[event(f"{name}{day}", f"2026-11-{day:02}T12:00:00Z") for day in range(first, last + 1)])

    def test_versions_of_a_first_profile_take_effect_at_the_first_edge_of_the_grid_before(self):
        weekly = version(unit="week", effective_from="2026-11-05T00:00:00Z")
        for name, versions, expected in [
            ("after_the_month", [version(), weekly], days("11-01")),
            ("at_the_edge_is_in_time", [version(), {**weekly, "effective_from": "2026-11-01T00:00:00Z"}],
             days("11-01", "11-02", "11-09", "11-16", "11-23", "11-30")),
            ("a_stub_up_to_the_new_grid", [version(unit="day", n=5, anchor="2026-10-31"), weekly], days("10-31", "11-05", "11-09", "11-16", "11-23", "11-30")),
            ("of_two_at_one_edge_the_later_rules",
             [version(), {**weekly, "effective_from": "2026-10-05T00:00:00Z"},
              version(unit="year", effective_from="2026-10-20T00:00:00Z")], days("11-01")),
            ("the_same_rule_changes_nothing", [version(), version(effective_from="2026-11-05T00:00:00Z")], days("11-01")),
            ("the_first_reaches_back", [version(effective_from="2026-12-01T00:00:00Z")], days("11-01")),
        ]:
            with self.subTest(name):
                self.assertEqual(self.starts(profile(*versions), *self.daily(1, 30)), expected)

    def test_a_change_in_time_and_a_late_one(self):
        """The watermark stands in the month of November when the second profile comes: 1 December is the next edge."""
        for name, effective_from, expected in [
            ("ahead", "2026-11-20T00:00:00Z", days("11-01", "12-01", "12-07")),
            ("late", "2026-10-20T00:00:00Z", days("11-01", "12-01", "12-07")),
            ("far_ahead", "2026-12-20T00:00:00Z", days("11-01", "12-01")),
        ]:
            december = usages(event("d1", "2026-12-02T00:00:00Z"), event("d2", "2026-12-08T00:00:00Z"))
            change = profile(version(), version(unit="week", effective_from=effective_from))
            with self.subTest(name):
                self.assertEqual(self.starts(profile(), *self.daily(1, 10), change, *self.daily(11, 30), *december), expected)

    def test_a_changed_first_version_is_late(self):
        change = profile(version(unit="week"))
        december = usages(event("d1", "2026-12-08T00:00:00Z"))
        self.assertEqual(self.starts(profile(), *self.daily(1, 10), change, *self.daily(11, 30), *december), days("11-01", "12-07"))
        self.assertEqual(self.starts(profile(), change, *self.daily(1, 10)), days("10-26", "11-02", "11-09"))

    def test_from_the_locked_edge_on_all_is_as_if_it_had_been_wanted_always(self):
        """Weeks are wanted at present, so from 1 December; days follow where a week ends, though 1 December is an edge as well."""
        change = profile(version(unit="week"), version(unit="day", effective_from="2026-11-30T12:00:00Z"))
        december = usages(*[event(f"d{day}", f"2026-12-{day:02}T12:00:00Z") for day in range(1, 10)])
        self.assertEqual(self.starts(profile(), *self.daily(1, 10), change, *december),
                         days("11-01", "12-01", "12-07", "12-08", "12-09"))

    def test_a_scheduled_version_that_is_dropped_in_time_never_rules(self):
        scheduled = profile(version(), version(unit="week", effective_from="2026-11-20T00:00:00Z"))
        december = usages(event("d1", "2026-12-08T12:00:00Z"))
        self.assertEqual(self.starts(scheduled, *self.daily(1, 10), profile(), *december), days("11-01", "12-01"))

    def test_the_edge_is_reached_by_the_watermark_or_by_a_counted_event(self):
        """With an edge at 11 November 00:00: the watermark is 5 minutes behind the newest event."""
        change = profile(version(unit="day"), version(unit="day", n=2, anchor="2026-11-11", effective_from="2026-11-10T12:00:00Z"))
        grown = days("11-10", "11-11", "11-12")
        for name, before, expected in [
            ("neither", [event("a", "2026-11-10T12:00:00Z")], days("11-10", "11-11")),
            ("a_counted_event", [event("a", "2026-11-10T12:00:00Z"), event("b", "2026-11-11T00:00:00Z")], grown),
            ("an_ignored_one", [event("a", "2026-11-10T12:00:00Z"), event("b", "2026-11-11T00:00:00Z", kind="x")], days("11-10", "11-11")),
            ("the_watermark", [event("a", "2026-11-10T12:00:00Z"), event("b", "2026-11-11T00:05:00Z", kind="x")], grown),
        ]:
            after = usages(event("c", "2026-11-11T12:00:00Z"), event("d", "2026-11-12T12:00:00Z"))
            with self.subTest(name):
                self.assertEqual(self.starts(profile(version(unit="day")), *usages(*before), change, *after), expected)

    def test_a_profile_after_a_tombstone_is_a_change(self):
        weekly = profile(version(unit="week"))
        lines = [profile(), *self.daily(1, 10), profile(ended=True), *self.daily(11, 12), weekly]
        self.assertEqual(self.starts(*lines), days("11-01"))

    def test_a_profile_that_is_refused_changes_nothing(self):
        bad = profile(version(zone="Nope/Nope"))
        self.assertEqual(Told([bad, usage(event("e1", "2026-11-10T00:00:00Z"))]).verdicts, ["parked"])
        twice = profile(version(), version())
        self.assertEqual(self.starts(profile(), twice, *self.daily(1, 2)), days("11-01"))


if __name__ == "__main__":
    unittest.main()
