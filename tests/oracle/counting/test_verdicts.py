#!/usr/bin/env python3
"""Repeats, voids, clocks, packed records and CloudEvents of the model, one boundary a row."""
import json
import unittest

from story import CALLS, Told, event, profile, usage, usages, void

AT = "2026-11-10T09:00:00Z"
NOON = "2026-11-10T12:00:00Z"
SEATS = {"name": "seats", "event_types": ["seats"], "aggregation": "max"}
OTHER = "2026-11-10T10:00:00Z"


def told(*records, meters=(CALLS, SEATS), **options):
    return Told([profile(), *usages(*records)], meters, **options)


def tick(name, time):
    """Moves the clocks and feeds no meter."""
    return usage(event(name, time, kind="other"))


class Repeats(unittest.TestCase):
    def test_identity_and_content(self):
        first = event("e1", AT, properties={"a": 1}, value="12")
        for name, again, expected in [
            ("same", first, "duplicate"),
            ("offset", {**first, "timestamp": "2026-11-10T10:00:00+01:00"}, "duplicate"),
            ("zeros", {**first, "value": "12.0"}, "duplicate"),
            ("integer", {**first, "value": 12}, "duplicate"),
            ("default_tenant", {**first, "tenant_id": ...}, "duplicate"),
            ("unknown_field", {**first, "x": 1}, "duplicate"),
            ("empty_source", {**first, "source": ""}, "duplicate"),
            ("source", {**first, "source": "s"}, "counted"),
            ("customer", {**first, "customer_id": "cus_2"}, "parked"),
            ("value", {**first, "value": "13"}, "dead_letter:event_id_conflict"),
            ("a_millisecond", {**first, "timestamp": "2026-11-10T09:00:00.001Z"}, "dead_letter:event_id_conflict"),
            ("property_type", {**first, "properties": {"a": "1"}}, "dead_letter:event_id_conflict"),
            ("type", {**first, "type": "other"}, "dead_letter:event_id_conflict"),
        ]:
            with self.subTest(name):
                again = {key: value for key, value in again.items() if value is not ...}
                self.assertEqual(Told([profile(), usage(first), usage(again, AT)]).verdicts, ["counted", expected])

    def test_a_hundred_different_events_of_one_millisecond_are_a_hundred(self):
        """T7."""
        result = told(*[event(f"e{i}", AT) for i in range(100)])
        self.assertEqual(result.figures("total"), [("100",)])

    def test_only_counted_ignored_parked_and_voided_ids_are_remembered(self):
        bad = event("e1", AT, value=0.5)
        self.assertEqual(told(bad, event("e1", AT)).verdicts, ["dead_letter:value_is_float", "counted"])
        self.assertEqual(told(event("e1", AT, kind="x"), event("e1", AT, kind="x")).verdicts, ["ignored", "duplicate"])
        parked = event("e1", AT, customer="cus_2")
        self.assertEqual(told(parked, parked).verdicts, ["parked", "duplicate"])

    def test_an_id_is_known_for_36_days_of_the_dedup_clock(self):
        first = event("e1", AT)
        headers = {"td-original-arrival": "1794301200000"}  # AT: sent again, so not too old
        for arrival, expected in [("2026-12-16T09:00:00Z", "duplicate"), ("2026-12-16T09:00:00.001Z", "counted")]:
            lines = [profile(), usage(first), usage(first, arrival, headers=headers)]
            with self.subTest(arrival):
                self.assertEqual(Told(lines).verdicts, ["counted", expected])
                self.assertEqual(Told(lines, horizon="forever").verdicts, ["counted", "duplicate"])


class Clocks(unittest.TestCase):
    def check(self, rows, before=(), **options):
        for name, time, arrival, expected in rows:
            with self.subTest(name):
                result = Told([profile(), *before, usage(event("e1", time), arrival)], **options)
                self.assertEqual(result.verdicts[-1], expected)

    def test_age_by_the_arrival_of_the_same_record(self):
        self.check([("ahead", "2026-11-10T12:05:00Z", NOON, "counted"),
                    ("further_ahead", "2026-11-10T12:05:00.000000001Z", NOON, "dead_letter:timestamp_in_future"),
                    ("old", "2026-10-06T12:00:00Z", NOON, "counted"),
                    ("too_old", "2026-10-06T11:59:59.999999999Z", NOON, "dead_letter:too_old"),
                    ("arrival_is_cut_to_milliseconds", "2026-11-10T12:05:00.0005Z", "2026-11-10T12:00:00.0009Z",
                     "dead_letter:timestamp_in_future")])

    def test_arrival_behind_comes_before_the_ages(self):
        before = [tick("t", NOON)]
        rows = [("slack", AT, "2026-11-09T13:00:00Z", "dead_letter:timestamp_in_future"),
                ("behind", AT, "2026-11-09T12:59:59.999Z", "dead_letter:arrival_behind")]
        self.check(rows, before)
        self.check([("no_check", "2026-10-01T00:00:00Z", "2026-10-01T00:00:00Z", "counted")], before, horizon="forever")
        self.check([("undecodable_records_move_the_clock", AT, "2026-11-09T12:59:59.999Z", "dead_letter:arrival_behind")],
                   [usage("{", NOON)])
        self.check([("profiles_do_not", "2026-11-09T12:00:00Z", "2026-11-09T12:00:00Z", "counted")], [profile(arrival=NOON)])

    def test_a_record_sent_again_is_judged_by_its_first_arrival(self):
        headers = {"td-original-arrival": "1791298800000"}  # 2026-10-06T15:00:00Z
        rows = [("age", "2026-10-01T00:00:00Z", "counted"), ("future", "2026-10-07T00:00:00Z", "dead_letter:timestamp_in_future"),
                ("too_old", "2026-09-01T00:00:00Z", "dead_letter:too_old")]
        for name, time, expected in rows:
            with self.subTest(name):
                lines = [profile(), tick("t", NOON), usage(event("e1", time), "2026-11-01T00:00:00Z", headers=headers)]
                self.assertEqual(Told(lines).verdicts[-1], expected)

    def test_below_the_floor_a_period_takes_nothing(self):
        """September ends 38 days before 8 November 00:00: 35 d, grace 48 h, margin 24 h."""
        headers = {"td-original-arrival": "1790000000000"}  # 2026-09-21
        for arrival, expected in [("2026-11-08T00:00:00Z", "counted"), ("2026-11-08T00:00:00.001Z", "dead_letter:period_purged")]:
            lines = [profile(), usage(event("e1", "2026-09-20T00:00:00Z"), arrival, headers=headers)]
            with self.subTest(arrival):
                self.assertEqual(Told(lines).verdicts, [expected])
                self.assertEqual(Told(lines, purge=False).verdicts, ["counted"])


class Voids(unittest.TestCase):
    first = event("e1", AT, value="2")

    def check(self, rows):
        for name, records, expected in rows:
            with self.subTest(name):
                self.assertEqual(told(*records).verdicts, expected)

    def test_a_void_and_its_target(self):
        first, taken_back = self.first, void("v1", self.first)
        mismatch = {**taken_back, "value": "3"}
        self.check([
            ("after", [first, taken_back], ["counted,voided", "void"]),
            ("before", [taken_back, first], ["void", "counted,voided"]),
            ("sent_twice", [first, taken_back, taken_back], ["counted,voided", "void", "duplicate"]),
            ("second_void", [first, taken_back, void("v2", first)], ["counted,voided", "void", "duplicate"]),
            ("a_duplicate_void_is_not_remembered", [first, taken_back, void("v2", first), {**mismatch, "event_id": "v2"}],
             ["counted,voided", "void", "duplicate", "dead_letter:void_mismatch"]),
            ("mismatch", [first, mismatch], ["counted", "dead_letter:void_mismatch"]),
            ("mismatch_before_second_void", [first, taken_back, {**mismatch, "event_id": "v2"}],
             ["counted,voided", "void", "dead_letter:void_mismatch"]),
            ("two_pending_of_one_content", [taken_back, void("v2", first), first], ["void", "duplicate", "counted,voided"]),
            ("two_pending_of_two_contents", [mismatch, {**taken_back, "event_id": "v2"}, first],
             ["void,dead_letter:void_mismatch", "void", "counted,voided"]),
            ("own_id_first", [first, void("v1", first), {**mismatch, "event_id": "v1"}],
             ["counted,voided", "void", "dead_letter:event_id_conflict"]),
            ("void_of_itself", [{**first, "voids": "e1"}], ["dead_letter:void_mismatch"]),
            ("void_of_a_void", [first, taken_back, void("v2", taken_back)], ["counted,voided", "void", "dead_letter:void_mismatch"]),
            ("void_of_a_void_before_it", [void("v2", taken_back), first, taken_back],
             ["void,dead_letter:void_mismatch", "counted,voided", "void"]),
            ("target_sent_again", [first, taken_back, first], ["counted,voided", "void", "duplicate"]),
            ("void_of_a_dead_letter_waits", [event("e1", AT, value=0.5), taken_back, first],
             ["dead_letter:value_is_float", "void", "counted,voided"]),
        ])
        self.assertEqual(told(first, event("e2", AT), taken_back).figures("total", "event_count"), [("1", 1)])
        self.assertEqual(told(first, taken_back).figures("total", "event_count"), [("0", 0)])

    def test_a_void_of_an_unmetered_event_moves_nothing(self):
        view = event("e1", AT, kind="view")
        self.check([("after", [view, void("v1", view)], ["ignored", "void"]), ("before", [void("v1", view), view], ["void", "ignored"]),
                    ("second", [view, void("v1", view), void("v2", view)], ["ignored", "void", "duplicate"])])

    def test_what_max_min_last_and_unique_have_taken_cannot_be_taken_back(self):
        seats = event("e1", AT, kind="seats")
        other = {**void("v1", seats), "type": "call"}
        self.check([("after", [seats, void("v1", seats)], ["counted", "dead_letter:void_unsupported"]),
                    ("before", [void("v1", seats), seats], ["dead_letter:void_unsupported", "counted"]),
                    ("mismatch_first", [seats, other], ["counted", "dead_letter:void_mismatch"])])
        both = [{"name": "a", "event_types": "*", "aggregation": "sum"}, {**SEATS, "aggregation": "last"}]
        self.assertEqual(told(seats, void("v1", seats), meters=both).figures("meter", "total"), [("a", "1"), ("seats", "1")])

    def test_a_pending_void_expires_after_35_days_and_its_id_is_free(self):
        start = [profile(), usage(void("v1", self.first), AT)]
        in_time, after = tick("t1", "2026-12-15T09:00:00Z"), tick("t2", "2026-12-15T09:00:00.001Z")
        self.assertEqual(Told([*start, in_time]).verdicts, ["void", "ignored"])
        self.assertEqual(Told([*start, after]).verdicts, ["void,dead_letter:void_target_unknown", "ignored"])
        reused = usage(event("v1", "2026-12-15T09:00:01Z"))
        self.assertEqual(Told([*start, after, reused]).verdicts[-1], "counted")
        self.assertEqual(Told([*start, in_time, reused]).verdicts[-1], "counted")  # the record itself moved the clock

    def test_a_void_subtracts_where_its_target_was_counted(self):
        """October is closed by then, and ruled by another version of the profile later on."""
        tick_late = event("t", "2026-11-05T00:00:00Z", kind="x")
        october = event("e1", "2026-10-31T09:00:00Z")
        result = told(october, event("e2", "2026-10-31T10:00:00Z"), tick_late, void("v1", october))
        self.assertEqual(result.figures("period_start", "total", "final"), [("2026-10-01", "1", True)])


class Parking(unittest.TestCase):
    first = event("e1", AT)

    def test_what_was_parked_is_released_in_order(self):
        taken_back = void("v1", self.first)
        for name, records, expected in [
            ("event", [self.first], ["parked,counted"]),
            ("ignored", [event("e1", AT, kind="x")], ["parked,ignored"]),
            ("dead_letter", [event("e1", AT, kind="seats", value="0.001")], ["parked,dead_letter:value_too_precise"]),
            ("void", [self.first, taken_back], ["parked,counted,voided", "parked,void"]),
            ("void_before", [taken_back, self.first], ["parked,void", "parked,counted,voided"]),
            ("second_void", [self.first, taken_back, void("v2", self.first)], ["parked,counted,voided", "parked,void", "parked,duplicate"]),
            ("mismatch", [self.first, {**taken_back, "value": "7"}], ["parked,counted", "parked,dead_letter:void_mismatch"]),
        ]:
            with self.subTest(name):
                result = Told([*usages(*records), profile()], [CALLS, {**SEATS, "scale": 2}])
                self.assertEqual(result.verdicts, expected)

    def test_a_dead_letter_and_a_second_void_are_forgotten_at_release(self):
        lines = [usage(self.first), usage(void("v1", self.first)), usage(void("v2", self.first)), profile(), usage(event("v2", AT))]
        self.assertEqual(Told(lines).verdicts[-1], "counted")

    def test_a_parked_event_expires_after_35_days_strictly_before_the_record_that_moved_the_clock(self):
        for arrival, verdict in [("2026-12-15T09:00:00Z", "parked"), ("2026-12-15T09:00:00.001Z", "parked,dead_letter:unknown_customer")]:
            with self.subTest(arrival):
                self.assertEqual(Told([usage(self.first), tick("t", arrival)]).verdicts[0], verdict)
        again = usage({**self.first, "timestamp": "2026-12-15T10:00:00Z"})
        self.assertEqual(Told([usage(self.first), again]).verdicts, ["parked,dead_letter:unknown_customer", "parked"])

    def test_the_watermark_moves_when_parking(self):
        later = usage(event("e2", "2026-12-03T00:05:00Z", customer="cus_2"))
        self.assertEqual(Told([profile(), usage(self.first), later]).figures("final"), [(True,)])

    def test_a_tombstone_parks_and_a_void_parks_with_it(self):
        lines = [profile(), usage(self.first), profile(ended=True), usage(void("v1", self.first)), profile()]
        self.assertEqual(Told(lines).verdicts, ["counted,voided", "parked,void"])
        self.assertEqual(Told(lines[:4]).verdicts, ["counted", "parked"])


class Forms(unittest.TestCase):
    def test_cloud_events_are_the_same_event(self):
        own = event("e1", AT, source="s", value="2.50", properties={"a": 1})
        data = {"a": 1, "value": "2.5"}
        attributes = {"specversion": "1.0", "id": "e1", "source": "s", "type": "call", "subject": "cus_1", "time": AT, "tenantid": "acme"}
        structured = {**attributes, "data": data}
        headers = {f"ce_{name}": text for name, text in attributes.items()}
        lines = [profile(), usage(own), usage(structured, AT), usage(data, AT, headers=headers)]
        self.assertEqual(Told(lines).verdicts, ["counted", "duplicate", "duplicate"])
        other = {**structured, "data": {**data, "value": "3"}}
        self.assertEqual(Told([profile(), usage(own), usage(other, AT)]).verdicts[-1], "dead_letter:event_id_conflict")
        voiding = usage(data, AT, headers={**headers, "ce_id": "v1", "ce_voids": "e1"})
        self.assertEqual(Told([profile(), usage(own), voiding]).verdicts, ["counted,voided", "void"])
        refused = [{**structured, "specversion": "0.3"}, {**structured, "data_base64": ""}, {**structured, "datacontenttype": "text/plain"}]
        for record in refused:
            self.assertEqual(Told([profile(), usage(record, AT)]).verdicts, ["dead_letter:unsupported_format"])
        without = {name: value for name, value in structured.items() if name != "subject"}
        self.assertEqual(Told([profile(), usage(without, AT)]).verdicts, ["dead_letter:field_missing"])
        bare = usage("", AT, headers=headers)
        self.assertEqual(Told([profile(), bare]).verdicts, ["counted"])

    def test_packed_records(self):
        a, b, bad = event("e1", AT), event("e2", AT), event("e3", AT, value=0.5)
        array, lines = json.dumps([a, b, bad, a]), "\n".join(map(json.dumps, [a, b, bad, a]))
        four = ["counted", "counted", "dead_letter:value_is_float", "duplicate"]
        for name, raw, headers, expected in [
            ("array", array, {}, four),
            ("lines", lines, {}, four),
            ("blank_lines_are_none", "\n" + lines.replace("\n", "\n \n"), {}, four),
            ("one", json.dumps([a]), {}, ["counted"]),
            ("pretty", json.dumps(a, indent=1), {}, ["counted"]),
            ("one_line", json.dumps(a) + "\n", {}, ["counted"]),
            ("one_line_by_type", json.dumps(a), {"content-type": "application/x-ndjson"}, ["counted"]),
            ("broken_line", lines + "\n{", {}, four + ["dead_letter:invalid_json"]),
            ("broken_array", array[:-1], {}, ["dead_letter:invalid_json"]),
            ("text_after_array", array + "x", {}, ["dead_letter:invalid_json"]),
            ("empty", "[ ]", {}, ["dead_letter:empty_batch"]),
            ("numbers", "[1, [2]]", {}, ["dead_letter:not_an_object"] * 2),
            ("depth_is_that_of_the_element", json.dumps([{**a, "x": json.loads("[" * 15 + "]" * 15)}]), {}, ["counted"]),
        ]:
            with self.subTest(name):
                self.assertEqual(Told([profile(), usage(raw, AT, headers=headers)]).verdicts, expected)

    def test_elements_are_judged_one_after_the_other(self):
        first = event("e1", AT)
        record = json.dumps([first, void("v1", first)])
        result = Told([profile(), usage(record, AT)])
        self.assertEqual(result.verdicts, ["counted,voided", "void"])
        self.assertEqual([taken.element for taken in result.model.results], [0, 1])

    def test_bytes(self):
        tombstone = json.dumps({"arrival": AT, "key": "cus_1", "tombstone": True})
        for name, line, expected in [("null", tombstone, "null_value"), ("cut", usage('{"event_id":"x1",', AT), "invalid_json"),
                                     ("mark", usage("\ufeff{}", AT), "byte_order_mark"),
                                     ("size", usage(event("e1", AT, note="x" * 65536)), "record_too_large"),
                                     ("headers", usage(event("e1", AT), headers={"x": "y" * 65536}), "record_too_large")]:
            with self.subTest(name):
                self.assertEqual(Told([profile(), line]).verdicts, [f"dead_letter:{expected}"])


if __name__ == "__main__":
    unittest.main()
