#!/usr/bin/env python3
"""Meters, periods and openings of the model, against figures worked out by hand."""
import json
import unittest

from story import Told, event, profile, usage, usages, version, void

NOVEMBER = "2026-11-01"
GAUGE = {"name": "seats", "event_types": ["seats"], "aggregation": "max", "carry_over": True}


def meter(aggregation, **more):
    return {"name": "m", "event_types": "*", "aggregation": aggregation, **more}


def told(meters, *events, versions=(), **options):
    return Told([profile(*versions), *usages(*events)], meters if isinstance(meters, list) else [meters], **options)


def code_of(declared, **fields):
    return told(declared, event("e1", "2026-11-10T09:00:00Z", **fields)).verdicts[0]


def nested(names):
    return {names[0]: nested(names[1:])} if names else 1


class Aggregations(unittest.TestCase):
    def test_each_aggregation(self):
        values = [("e1", "2026-11-10T09:00:00Z", "5"), ("e2", "2026-11-10T08:00:00Z", "-2.5"), ("e3", "2026-11-10T09:00:00Z", "3"),
                  ("e4", "2026-11-10T07:00:00Z", "3")]
        events = [event(name, time, value=value, properties={"v": value}) for name, time, value in values]
        for aggregation, expected in [("sum", "8.5"), ("count", "4"), ("max", "5"), ("min", "-2.5"), ("last", "3")]:
            with self.subTest(aggregation):
                self.assertEqual(told(meter(aggregation), *events).figures("total", "event_count"), [(expected, 4)])
        self.assertEqual(told(meter("unique", value="properties.v"), *events).figures("total", "event_count"), [("3", 4)])

    def test_last_of_equal_times_is_the_one_taken_last_and_a_parked_one_keeps_its_place(self):
        at = "2026-11-10T09:00:00Z"
        first, second = event("e1", at, value="1"), event("e2", at, value="2")
        self.assertEqual(told(meter("last"), first, second).figures("total"), [("2",)])
        lines = [usage(first), profile(), usage(second)]
        self.assertEqual(Told(lines, [meter("last")]).figures("total"), [("2",)])
        lines = [profile(), usage(second), profile(ended=True), usage(first), profile()]
        self.assertEqual(Told(lines, [meter("last")]).figures("total"), [("1",)])

    def test_exact_sums(self):
        """T11: 2^53 + 1, and ten thousand times 0.1."""
        tenths = [event(f"e{i}", "2026-11-10T09:00:00Z", value="0.1") for i in range(10_000)]
        self.assertEqual(told(meter("sum"), *tenths).figures("total"), [("1000",)])
        big = [event("a", "2026-11-10T09:00:00Z", value=2**53), event("b", "2026-11-10T09:00:00Z", value=1)]
        self.assertEqual(told(meter("sum"), *big).figures("total"), [("9007199254740993",)])

    def test_744_hours_are_744_units(self):
        """T5: a late watermark cuts nothing off."""
        events = [event(f"e{h}", f"2026-10-{h // 24 + 1:02}T{h % 24:02}:30:00Z") for h in range(744)]
        self.assertEqual(told(meter("count"), *events, event("x", "2026-11-20T00:00:00Z")).figures("total", "final"),
                         [("1", False), ("744", True)])

    def test_unique_compares_typed_values(self):
        values = ["5", 5, True, "true", 1, "a", "a"]
        events = [event(f"e{i}", "2026-11-10T09:00:00Z", properties={"v": value}) for i, value in enumerate(values)]
        self.assertEqual(told(meter("unique", value="properties.v"), *events).figures("total"), [("6",)])
        raw = json.dumps(event("r", "2026-11-10T09:00:00Z", properties={"v": 5})).replace("5}", "50e-1}")
        lines = [profile(), usage(events[1]), usage(raw, arrival="2026-11-10T09:00:00Z")]
        self.assertEqual(Told(lines, [meter("unique", value="properties.v")]).figures("total"), [("1",)])

    def test_one_distinct_value_too_many_is_a_dead_letter_of_the_whole_event(self):
        meters = [meter("count"), {**meter("unique", value="properties.v", distinct_max=2), "name": "u"}]
        events = [event(f"e{i}", "2026-11-10T09:00:00Z", properties={"v": v}) for i, v in enumerate("abcb")]
        result = told(meters, *events)
        self.assertEqual(result.verdicts, ["counted", "counted", "dead_letter:unique_limit", "counted"])
        self.assertEqual(result.figures("meter", "total"), [("m", "3"), ("u", "2")])


class Fields(unittest.TestCase):
    def check(self, rows):
        for name, declared, fields, expected in rows:
            with self.subTest(name):
                self.assertEqual(code_of(declared, **fields), expected)

    def test_where(self):
        region = meter("count", where={"properties.region": ["eu", 5]})
        self.check([(str(value), region, {"properties": {"region": value}}, expected) for value, expected in [
            ("eu", "counted"), (5, "counted"), ("5", "ignored"), ("us", "ignored"), (None, "ignored"), (["eu"], "ignored")]])
        both = meter("count", where={"properties.a": True, 'properties["b.c"].d': 1})
        self.check([("missing", region, {}, "ignored"),
                    ("both", both, {"properties": {"a": True, "b.c": {"d": 1}}}, "counted"),
                    ("one_of_two", both, {"properties": {"a": True, "b": {"c": {"d": 1}}}}, "ignored"),
                    ("true_is_not_1", both, {"properties": {"a": 1, "b.c": {"d": 1}}}, "ignored"),
                    ("false_where_spares_the_other_faults", meter("sum", value="properties.v", where={"properties.a": 1}),
                     {"properties": {"v": None}}, "ignored")])

    def test_group_by(self):
        grouped = meter("count", group_by=["properties.model"])
        self.check([(str(value), grouped, {"properties": {"model": value}}, expected) for value, expected in [
            ("large", "counted"), (7, "counted"), (False, "counted"), (None, "dead_letter:field_wrong_type"),
            (1.5, "dead_letter:field_wrong_type"), ({}, "dead_letter:field_wrong_type"), ("x" * 600, "dead_letter:group_too_long")]])
        self.check([("missing", grouped, {}, "dead_letter:field_missing"),
                    ("group_before_value", meter("sum", value="properties.v", group_by=["properties.g"]), {}, "dead_letter:field_missing")])
        events = [event(f"e{i}", "2026-11-10T09:00:00Z", properties={"a": {"b": value}}) for i, value in enumerate(["5", 5, 5, True])]
        result = told(meter("count", group_by=["properties.a.b"]), *events)
        self.assertEqual(result.figures("group", "total"), sorted([({"b": "5"}, "1"), ({"b": 5}, "2"), ({"b": True}, "1")], key=str))

    def test_value_of_a_property(self):
        declared = meter("sum", value="properties.tokens", scale=1)
        bad = [("missing", ..., "value_missing"), ("null", None, "field_wrong_type"), ("bool", True, "field_wrong_type"),
               ("list", [1], "field_wrong_type"), ("float", 1.5, "value_is_float"), ("text", "12abc", "value_not_a_number"),
               ("empty", "", "value_not_a_number"), ("exponent", "1e3", "value_not_a_number"), ("scale", "0.25", "value_too_precise"),
               ("more_than_12", "0.0000000000001", "value_too_precise"), ("huge", "9" * 40, "value_overflow")]
        self.check([(name, declared, {"properties": {} if value is ... else {"tokens": value}}, f"dead_letter:{code}")
                    for name, value, code in bad])
        good = [("integer", 3), ("text", "2.5"), ("trailing_zeros", "2.500")]
        self.check([(name, declared, {"properties": {"tokens": value}}, "counted") for name, value in good])

    def test_value_of_a_unique_meter(self):
        declared = meter("unique", value="properties.v")
        self.check([("missing", declared, {}, "dead_letter:value_missing"), ("real", declared, {"properties": {"v": 1.5}}, "counted"),
                    ("null", declared, {"properties": {"v": None}}, "dead_letter:field_wrong_type"),
                    ("object", declared, {"properties": {"v": {}}}, "dead_letter:field_wrong_type")])

    def test_floats_where_they_are_allowed(self):
        at = "2026-11-10T09:00:00Z"
        for text, expected in [("0.1", "counted"), ("1e1", "dead_letter:value_not_a_number")]:
            raw = json.dumps(event("e1", at, properties={"v": 7})).replace("7", text)
            lines = [profile(), usage(raw, arrival=at)]
            result = Told(lines, [meter("sum", value="properties.v")], decode={"json_floats": True})
            self.assertEqual(result.verdicts, [expected])

    def test_the_first_fault_in_the_order_of_the_file_decides_and_nothing_is_counted(self):
        at = "2026-11-10T09:00:00Z"
        meters = [meter("count"), {**meter("sum", value="properties.v"), "name": "v"}, {**meter("count", group_by=["properties.g"]), "name": "g"}]
        result = told(meters, event("e1", at), event("e2", at, properties={"v": 1}), event("e1", at, properties={"v": 1, "g": "x"}))
        self.assertEqual(result.verdicts, ["dead_letter:value_missing", "dead_letter:field_missing", "counted"])
        self.assertEqual(result.figures("meter", "total"), [("g", "1"), ("m", "1"), ("v", "1")])

    def test_overflow_is_that_of_the_running_sum(self):
        largest = str((2**127 - 1) // 10**12)
        at = "2026-11-10T09:00:00Z"
        events = [event("e1", at, value=largest), event("e2", at, value="1"), event("e3", at, value="-5"), event("e4", at, value="1")]
        result = told(meter("sum"), *events)
        self.assertEqual(result.verdicts, ["counted", "dead_letter:value_overflow", "counted", "counted"])
        self.assertEqual(result.figures("total", "event_count"), [(str(int(largest) - 4), 3)])


class Versions(unittest.TestCase):
    def test_the_version_at_the_start_rules_and_the_first_one_rules_the_period_it_begins_in(self):
        declared = meter("sum", event_types=["a"], versions=[
            {"effective_from": "2026-09-10T00:00:00Z"},
            {"effective_from": "2026-10-15T00:00:00Z", "event_types": ["a", "b"], "aggregation": "max"}])
        times = {"before": "2026-09-09T23:59:59Z", "at": "2026-09-10T00:00:00Z", "october": "2026-10-20T00:00:00Z",
                 "november": "2026-11-01T00:00:00Z", "november_2": "2026-11-02T00:00:00Z"}
        events = [event(name, time, kind="a", value="2") for name, time in times.items()]
        events.append(event("b_october", "2026-10-21T00:00:00Z", kind="b"))
        events.append(event("b_november", "2026-11-03T00:00:00Z", kind="b", value="9"))
        result = told(declared, *events)
        self.assertEqual(result.verdicts, ["ignored", "counted", "counted", "counted", "counted", "ignored", "counted"])
        self.assertEqual(result.figures("period_start", "total", "event_count", "meter_version"),
                         [("2026-09-01", "2", 1, 1), ("2026-10-01", "2", 1, 1), ("2026-11-01", "9", 3, 2)])

    def test_a_second_version_in_the_period_of_the_first_waits_for_the_next_period(self):
        declared = meter("count", event_types=["a"], versions=[
            {"effective_from": "2026-11-05T00:00:00Z"}, {"effective_from": "2026-11-06T00:00:00Z", "event_types": ["b"]}])
        events = [event("e1", "2026-11-10T00:00:00Z", kind="a"), event("e2", "2026-11-10T00:00:00Z", kind="b")]
        self.assertEqual(told(declared, *events).verdicts, ["counted", "ignored"])


class Openings(unittest.TestCase):
    def days(self, *samples, aggregation="max", until=None):
        declared = {**GAUGE, "aggregation": aggregation}
        events = [event(f"e{i}", time, kind="seats", value=value) for i, (time, value) in enumerate(samples)]
        tail = [event("tail", until, kind="other")] if until else []
        return told(declared, *events, *tail, versions=[version(unit="day")])

    def test_a_period_opens_with_the_last_sample_once_the_watermark_has_reached_its_start(self):
        samples = [("2026-11-10T09:00:00Z", "5"), ("2026-11-10T08:00:00Z", "7")]
        for until, rows in [("2026-11-11T00:04:59Z", [("2026-11-10", "7", 2)]),
                            ("2026-11-11T00:05:00Z", [("2026-11-10", "7", 2), ("2026-11-11", "5", 0)]),
                            ("2026-11-12T12:00:00Z", [("2026-11-10", "7", 2), ("2026-11-11", "5", 0), ("2026-11-12", "5", 0)])]:
            with self.subTest(until):
                self.assertEqual(self.days(*samples, until=until).figures("period_start", "total", "event_count"), rows)

    def test_the_opening_counts_as_a_sample(self):
        samples = [("2026-11-10T09:00:00Z", "5"), ("2026-11-11T09:00:00Z", "3"), ("2026-11-12T09:00:00Z", "4")]
        for aggregation, totals in [("max", ["5", "5", "4"]), ("min", ["5", "3", "3"]), ("last", ["5", "3", "4"]),
                                    ("sum", ["5", "8", "12"]), ("count", ["1", "2", "3"])]:
            with self.subTest(aggregation):
                self.assertEqual([row[1] for row in self.days(*samples, aggregation=aggregation).figures("period_start", "total")], totals)

    def test_a_late_sample_moves_the_openings_behind_it(self):
        samples = [("2026-11-12T09:00:00Z", "5"), ("2026-11-10T09:00:00Z", "7")]
        rows = [("2026-11-10", "7", 1), ("2026-11-11", "7", 0), ("2026-11-12", "7", 1)]
        self.assertEqual(self.days(*samples).figures("period_start", "total", "event_count"), rows)

    def test_a_void_moves_the_openings_behind_it(self):
        first = event("e1", "2026-11-10T09:00:00Z", kind="seats", value="5")
        tail = event("tail", "2026-11-11T12:00:00Z", kind="other")
        result = told({**GAUGE, "aggregation": "sum"}, first, tail, void("v1", first), versions=[version(unit="day")])
        self.assertEqual(result.figures("period_start", "total", "event_count"), [("2026-11-10", "0", 0), ("2026-11-11", "0", 0)])

    def test_a_tombstone_stops_openings_and_a_new_profile_resumes_them(self):
        start = [profile(version(unit="day")), usage(event("e1", "2026-11-10T09:00:00Z", kind="seats", value="5"))]
        on = [profile(version(unit="day"), customer="cus_2"), usage(event("x", "2026-11-12T09:00:00Z", kind="other", customer="cus_2"))]
        end = profile(ended=True)
        self.assertEqual(len(Told([*start, end, *on], [GAUGE]).totals), 1)
        self.assertEqual(len(Told([*start, *on, end], [GAUGE]).totals), 3)
        self.assertEqual(len(Told([*start, end, *on, profile(version(unit="day"))], [GAUGE]).totals), 3)


class Finality(unittest.TestCase):
    def test_a_total_is_final_when_the_watermark_has_reached_end_and_grace(self):
        for time, final in [("2026-12-03T00:04:59.999Z", False), ("2026-12-03T00:05:00Z", True)]:
            result = told(meter("count", event_types=["call"]), event("e1", "2026-11-10T00:00:00Z"), event("x", time, kind="other"))
            self.assertEqual(result.figures("total", "final"), [("1", final)])

    def test_dead_letters_do_not_move_the_watermark_and_voids_do(self):
        first = event("e1", "2026-11-10T00:00:00Z")
        late = "2026-12-10T00:00:00Z"
        for name, record, final in [("dead_letter", event("e2", late, value=1.5), False), ("void", event("v", late, voids="e9"), True),
                                    ("conflict", event("e1", late), False)]:
            with self.subTest(name):
                result = told(meter("count", event_types=["call"]), first, record)
                self.assertEqual(result.figures("final"), [(final,)])

    def test_an_event_ahead_of_its_arrival_counts_by_its_arrival(self):
        meters = [meter("count", event_types=["call"])]
        lines = [profile(), usage(event("e1", "2026-11-10T00:00:00Z")),
                 usage(event("e2", "2026-12-03T00:09:00Z", kind="x"), arrival="2026-12-03T00:04:59Z")]
        self.assertEqual(Told(lines, meters).figures("final"), [(False,)])


if __name__ == "__main__":
    unittest.main()
