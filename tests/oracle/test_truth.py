#!/usr/bin/env python3
"""The rules of scripts/truth.py, one boundary a row."""
import contextlib
import gzip
import io
import json
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
import truth  # noqa: E402

MAX_QUANTITY = "170141183460469231731687303"  # the whole part of (2^127 - 1) / 10^12


def spell(**fields):
    event = {"event_id": "e1", "tenant_id": "acme", "customer_id": "cus_1", "type": "call",
             "timestamp": "2026-11-10T09:00:00Z"}
    event.update(fields)
    return json.dumps({name: value for name, value in event.items() if value is not ...}).encode()


def nested(levels):
    return "[" * levels + "]" * levels


def make_truth(meters="calls:count:call,amount:sum:*", default_tenant="", profiles=None):
    customers = truth.Customers()
    if profiles is not None:
        customers.read([json.dumps(profile).encode() for profile in profiles], default_tenant)
    return truth.Truth(customers, truth.parse_meters(meters), default_tenant)


def profile(customer, zone="UTC", unit="month", n=1, **more):
    return {"tenant_id": "acme", "customer_id": customer, "versions": [
        {"effective_from": "2020-01-01T00:00:00Z", "time_zone": zone,
         "interval": {"unit": unit, "n": n}, **more}]}


def code_of(line):
    judge = make_truth()
    verdict = judge.take(line)
    return next(iter(judge.codes)) if verdict == "dead_letter" else verdict


class OneRecord(unittest.TestCase):
    def check(self, rows):
        for name, line, expected in rows:
            with self.subTest(name):
                self.assertEqual(code_of(line), expected)

    def test_bytes_and_json(self):
        good = spell()
        in_properties = lambda text: good[:-1] + b', "properties": ' + text.encode() + b"}"  # noqa: E731
        padding = b"x" * (64 * 1024 - len(spell(note="")))
        self.check([
            ("good", good, "counted"),
            ("white_space_around", b" \t" + good + b"\r", "counted"),
            ("64_KiB", spell(note=padding.decode()), "counted"),
            ("more_than_64_KiB", spell(note=padding.decode() + "x"), "record_too_large"),
            ("byte_order_mark", b"\xef\xbb\xbf" + good, "byte_order_mark"),
            ("broken_utf8", b"\xff" + good, "invalid_utf8"),
            ("surrogate_in_utf8", in_properties('{"a": "?"}').replace(b"?", b"\xed\xa0\x80"), "invalid_utf8"),
            ("empty", b"", "invalid_json"),
            ("cut", good[:-5], "invalid_json"),
            ("text_after", good + b"x", "invalid_json"),
            ("trailing_comma", good[:-1] + b",}", "invalid_json"),
            ("nan", in_properties('{"a": NaN}'), "invalid_json"),
            ("leading_zero", in_properties('{"a": 01}'), "invalid_json"),
            ("raw_control_character", in_properties('{"a": "\t"}'), "invalid_json"),
            ("array", b"[" + good + b"]", "not_an_object"),
            ("null", b"null", "not_an_object"),
            ("number", b"12", "not_an_object"),
            ("16_levels", in_properties('{"a": ' + nested(14) + "}"), "counted"),
            ("17_levels", in_properties('{"a": ' + nested(15) + "}"), "too_deep"),
            ("brackets_in_text", in_properties('{"a": "' + nested(30) + '"}'), "counted"),
            ("900_levels", in_properties('{"a": ' + nested(900) + "}"), "too_deep"),
            ("20000_levels", in_properties('{"a": ' + nested(20_000) + "}"), "too_deep"),
            ("name_twice", good[:-1] + b', "type": "call"}', "duplicate_field"),
            ("name_twice_by_escape", good[:-1] + rb', "typ\u0065": "call"}', "duplicate_field"),
            ("name_twice_inside", in_properties('{"a": [{"b": 1, "b": 1}]}'), "duplicate_field"),
            ("lone_surrogate", in_properties(r'{"a": "\ud800"}'), "lone_surrogate"),
            ("lone_surrogate_in_name", in_properties(r'{"\uDC00": 1}'), "lone_surrogate"),
            ("surrogate_pair", in_properties(r'{"a": "\ud83d\ude00"}'), "counted"),
            ("huge_exponent", in_properties('{"a": 1e' + "9" * 5000 + "}"), "counted"),
        ])

    def test_fields(self):
        self.check([
            ("no_event_id", spell(event_id=...), "field_missing"),
            ("no_tenant_without_default", spell(tenant_id=...), "field_missing"),
            ("no_customer_id", spell(customer_id=...), "field_missing"),
            ("no_type", spell(type=...), "field_missing"),
            ("no_timestamp", spell(timestamp=...), "field_missing"),
            ("null_is_not_absent", spell(event_id=None), "field_wrong_type"),
            ("number_as_id", spell(event_id=12), "field_wrong_type"),
            ("number_as_source", spell(source=1), "field_wrong_type"),
            ("properties_null", spell(properties=None), "field_wrong_type"),
            ("properties_list", spell(properties=[]), "field_wrong_type"),
            ("empty_id", spell(event_id=""), "field_empty"),
            ("empty_source_is_absent", spell(source=""), "counted"),
            ("id_of_128_bytes", spell(event_id="é" * 64), "counted"),
            ("id_of_129_bytes", spell(event_id="é" * 64 + "x"), "id_too_long"),
            ("type_of_128_bytes", spell(type="x" * 128), "counted"),
            ("type_of_129_bytes", spell(type="x" * 129), "id_too_long"),
            ("nul_in_type", spell(type="a\0b"), "nul_in_id"),
            ("empty_timestamp", spell(timestamp=""), "invalid_timestamp"),
            ("nul_in_id", spell(customer_id="a\0b"), "nul_in_id"),
            ("nul_in_property", spell(properties={"a": "\0"}), "counted"),
            ("unknown_field", spell(extra={"a": 1}), "counted"),
            ("void", spell(voids="e0"), "void_unsupported"),
            ("cloud_event", spell(specversion="1.0"), "unsupported_format"),
        ])

    def test_of_two_faults_the_first_is_told(self):
        """Each row breaks two neighbours in the order of docs/errors.md."""
        bom, good = b"\xef\xbb\xbf", spell()
        self.check([
            ("size_before_utf8", b"\xff" * (64 * 1024 + 1), "record_too_large"),
            ("utf8_before_byte_order_mark", bom + b"\xff", "invalid_utf8"),
            ("byte_order_mark_before_json", bom + b"{", "byte_order_mark"),
            ("object_before_depth", nested(20).encode(), "not_an_object"),
            ("object_before_any_depth", nested(20_000).encode(), "not_an_object"),
            ("depth_before_names", good[:-1] + b', "a": ' + nested(20).encode() + b', "a": 1}', "too_deep"),
            ("names_at_the_last_depth", good[:-1] + b', "a": ' + nested(15).encode() + b', "a": 1}', "duplicate_field"),
            ("names_before_surrogate", good[:-1] + rb', "a": "\ud800", "a": 1}', "duplicate_field"),
            ("surrogate_before_format", good[:-1] + rb', "specversion": "\ud800"}', "lone_surrogate"),
            ("format_before_fields", spell(specversion="1.0", event_id=...), "unsupported_format"),
            ("event_id_before_tenant_id", spell(event_id=5, tenant_id=...), "field_wrong_type"),
            ("event_id_before_customer_id", spell(event_id=5, customer_id=...), "field_wrong_type"),
            ("tenant_id_before_customer_id", spell(tenant_id="", customer_id=...), "field_empty"),
            ("customer_id_before_source", spell(customer_id="x" * 129, source=1), "id_too_long"),
            ("source_before_type", spell(source="a\0", type=...), "nul_in_id"),
            ("type_before_timestamp", spell(type="", timestamp=...), "field_empty"),
            ("timestamp_before_value", spell(timestamp="soon", value=None), "invalid_timestamp"),
            ("value_before_properties", spell(value=0.5, properties=None), "value_is_float"),
            ("properties_before_voids", spell(properties=None, voids="e0"), "field_wrong_type"),
        ])

    def test_timestamp(self):
        good = ["2026-11-10T09:00:00Z", "2026-11-10T09:00:00+00:00", "2026-11-10T09:00:00.123456789-23:59",
                "2028-02-29T00:00:00Z"]
        bad = ["2026-11-10T09:00:00", "2026-11-10 09:00:00Z", "2026-11-10t09:00:00Z", "2026-11-10T09:00:00z",
               "2026-11-10T09:00:60Z", "2026-11-10T24:00:00Z", "2026-02-29T00:00:00Z", "2026-11-10",
               "2026-11-10T09:00:00+24:00", "2026-11-10T09:00:00+01", "2026-11-10T09:00:00.Z",
               "2026-11-10T09:00:00.1234567890Z", "2026-11-10T09:00:00Z\n", "٢٠٢٦-11-10T09:00:00Z",
               "1677-12-31T00:00:00Z", "2262-01-01T00:00:00Z"]
        self.check([(text, spell(timestamp=text), "counted") for text in good])
        self.check([(text, spell(timestamp=text), "invalid_timestamp") for text in bad])

    def test_value(self):
        for text, expected in [
            ("1", "1"), ('"12.5"', "12.5"), ('"1.50"', "1.5"), ("-0", "0"),
            ('"-0.000000000001"', "-0.000000000001"),
            ("9007199254740993", "9007199254740993"), ('"0.0000000000010000"', "0.000000000001"),
            (f'"{MAX_QUANTITY}.715884105727"', f"{MAX_QUANTITY}.715884105727"),
            (f'"-{MAX_QUANTITY}.715884105727"', f"-{MAX_QUANTITY}.715884105727"),
        ]:
            with self.subTest(text):
                judge = make_truth("amount:sum:*")
                self.assertEqual(judge.take(spell()[:-1] + f', "value": {text}}}'.encode()), "counted")
                self.assertEqual([row[-1] for row in judge.rows()], [expected])
        self.check([(text, spell()[:-1] + f', "value": {text}}}'.encode(), code) for text, code in [
            ("1.0", "value_is_float"), ("1e2", "value_is_float"), ("1E2", "value_is_float"),
            ('"007"', "value_not_a_number"), ('".5"', "value_not_a_number"), ('"5."', "value_not_a_number"),
            ('"+1"', "value_not_a_number"), ('"1e3"', "value_not_a_number"), ('""', "value_not_a_number"),
            ('"--1"', "value_not_a_number"), ('"1 "', "value_not_a_number"), ('"１"', "value_not_a_number"),
            ("null", "field_wrong_type"), ("true", "field_wrong_type"), ("[1]", "field_wrong_type"),
            ('"0.0000000000001"', "value_too_precise"), (f'"{MAX_QUANTITY}.715884105728"', "value_overflow"),
            ("1" + "0" * 27, "value_overflow"), ("9" * 6000, "value_overflow")]])

    def test_age_by_arrival(self):
        arrived = {"arrived": "2026-11-10T09:12:00Z"}
        self.check([(name, spell(timestamp=time, properties=arrived), expected) for name, time, expected in [
            ("five_minutes_ahead", "2026-11-10T09:17:00Z", "counted"),
            ("a_nanosecond_more", "2026-11-10T09:17:00.000000001Z", "timestamp_in_future"),
            ("35_days_old", "2026-10-06T09:12:00Z", "counted"),
            ("a_millisecond_older", "2026-10-06T09:11:59.999Z", "too_old")]])
        self.check([
            ("arrival_is_cut_to_milliseconds", spell(timestamp="2026-11-10T09:05:00.0009Z", properties={
                "arrived": "2026-11-10T09:00:00.0009Z"}), "timestamp_in_future"),
            ("no_arrival_is_the_event_time", spell(timestamp="1999-01-01T00:00:00Z"), "counted"),
            ("before_1970_there_is_no_arrival", spell(timestamp="1969-12-31T23:59:59Z"), "too_old"),
            ("after_2200_there_is_no_arrival", spell(timestamp="2200-01-01T00:00:00.001Z"), "timestamp_in_future"),
        ])

    def test_arrival_is_read_as_the_sender_reads_it(self):
        """`events send --arrival-field properties.arrived`; the event is of 1970-01-01T00:20:00Z."""
        self.check([(name, spell(timestamp="1970-01-01T00:20:00Z", properties={"arrived": arrived}), expected)
                    for name, arrived, expected in [
            ("milliseconds", 15 * 60_000, "counted"),
            ("milliseconds_too_early", 15 * 60_000 - 1, "timestamp_in_future"),
            ("largest_milliseconds", 7_258_118_400_000, "too_old"),
            ("too_many_milliseconds", 7_258_118_400_001, "counted"),
            ("negative_milliseconds", -1, "counted"),
            ("fraction", 0.5, "counted"),
            ("text_before_1970", "1969-12-31T23:59:59Z", "counted"),
            ("text_after_2200", "2200-01-01T00:00:00.001Z", "counted"),
            ("no_time", "soon", "counted"),
            ("list", [0], "counted")]])

    def test_event_without_a_usable_time_arrives_with_the_one_before(self):
        judge = make_truth()
        self.assertEqual(judge.take(spell(timestamp="1970-01-05T00:00:00Z")), "counted")
        self.assertEqual(judge.take(spell(event_id="e2", timestamp="1969-12-31T00:00:00Z")), "counted")


class Repeats(unittest.TestCase):
    def verdicts(self, *lines, **options):
        judge = make_truth(**options)
        return [judge.take(line) for line in lines]

    def test_same_content_in_other_letters_is_a_duplicate(self):
        properties = {"a": 1, "b": {"c": [1, 2], "d": None}}
        first = spell(value="12", properties=properties)
        for name, again in {
            "same_bytes": first,
            "offset": spell(timestamp="2026-11-10T10:00:00+01:00", value="12", properties=properties),
            "zeros": spell(value="12.00", properties=properties),
            "integer": spell(value=12, properties=properties),
            "order_of_names": spell(value="12", properties={"b": {"d": None, "c": [1, 2]}, "a": 1}),
            "number_by_value": first.replace(b'"a": 1,', b'"a": 10.0e-1,'),
            "unknown_field": spell(value="12", properties=properties, note=1),
        }.items():
            with self.subTest(name):
                self.assertEqual(self.verdicts(first, again), ["counted", "duplicate"])
        self.assertEqual(self.verdicts(spell(), spell(value=1, properties={})), ["counted", "duplicate"])

    def test_other_content_is_a_conflict_and_changes_nothing(self):
        first = spell(properties={"a": "5"})
        for name, other in {
            "type": spell(type="other", properties={"a": "5"}),
            "instant": spell(timestamp="2026-11-10T09:00:00.000000001Z", properties={"a": "5"}),
            "value": spell(value=2, properties={"a": "5"}),
            "property_type": spell(properties={"a": 5}),
            "no_properties": spell(),
        }.items():
            with self.subTest(name):
                self.assertEqual(self.verdicts(first, other, first), ["counted", "dead_letter", "duplicate"])

    def test_identity_is_tenant_customer_source_and_id(self):
        self.assertEqual(
            self.verdicts(spell(), spell(tenant_id="beta"), spell(customer_id="cus_2"), spell(source="s"),
                          spell(event_id="e2"), spell(source="")),
            ["counted"] * 5 + ["duplicate"])

    def test_absent_tenant_is_the_default(self):
        self.assertEqual(self.verdicts(spell(), spell(tenant_id=...), default_tenant="acme"),
                         ["counted", "duplicate"])

    def test_id_of_a_dead_letter_is_free(self):
        self.assertEqual(self.verdicts(spell(value=0.5), spell(value="0.5")), ["dead_letter", "counted"])

    def test_ids_of_ignored_and_parked_events_are_remembered(self):
        meters = "calls:count:call"
        self.assertEqual(self.verdicts(spell(type="view"), spell(type="view"), spell(), meters=meters),
                         ["ignored", "duplicate", "dead_letter"])
        self.assertEqual(self.verdicts(spell(), spell(), profiles=[profile("cus_2")]),
                         ["parked", "duplicate"])

    def test_age_comes_before_repeat(self):
        late = spell(properties={"arrived": "2027-01-01T00:00:00Z"})
        self.assertEqual(code_of(late), "too_old")
        self.assertEqual(self.verdicts(spell(), late), ["counted", "dead_letter"])


class Totals(unittest.TestCase):
    def test_each_meter_counts_its_types(self):
        judge = make_truth("calls:count:call,get,amount:sum:*")
        for number, (kind, value) in enumerate([("call", "1.5"), ("get", "-2"), ("put", 4)]):
            judge.take(spell(event_id=f"e{number}", type=kind, value=value))
        month = ("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z")
        self.assertEqual(sorted(judge.rows()), [("acme", "cus_1", "amount", *month, "3", "3.5"),
                                                ("acme", "cus_1", "calls", *month, "2", "2")])

    def test_event_that_would_overflow_one_total_feeds_none(self):
        judge = make_truth("calls:count:*,amount:sum:*")
        verdicts = [judge.take(spell(event_id=value, value=value)) for value in (MAX_QUANTITY, "1", "0.5")]
        self.assertEqual(verdicts, ["counted", "dead_letter", "counted"])
        self.assertEqual({row[2]: row[5:] for row in judge.rows()},
                         {"calls": ("2", "2"), "amount": ("2", MAX_QUANTITY + ".5")})

    def test_periods_are_those_of_the_customer(self):
        profiles = [profile("bud", "Europe/Budapest"), profile("cairo", "Africa/Cairo", "day"),
                    profile("apia", "Pacific/Apia", "day"), profile("kolkata", "Asia/Kolkata", "hour", 6),
                    profile("quarter", "UTC", "month", 3)]
        for customer, time, start, end in [
            ("bud", "2026-11-10T00:00:00Z", "2026-10-31T23:00:00Z", "2026-11-30T23:00:00Z"),
            ("bud", "2026-11-30T23:00:00Z", "2026-11-30T23:00:00Z", "2026-12-31T23:00:00Z"),
            ("cairo", "2026-04-23T22:00:00Z", "2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"),
            ("apia", "2011-12-30T09:59:59Z", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"),
            ("apia", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"),
            ("kolkata", "2026-11-10T00:00:00Z", "2026-11-09T18:30:00Z", "2026-11-10T00:30:00Z"),
            ("quarter", "2026-11-10T00:00:00Z", "2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        ]:
            with self.subTest(customer=customer, time=time):
                judge = make_truth("calls:count:*", profiles=profiles)
                self.assertEqual(judge.take(spell(customer_id=customer, timestamp=time)), "counted")
                self.assertEqual([row[3:5] for row in judge.rows()], [(start, end)])

    def test_profile_that_cannot_be_used_leaves_its_customer_unknown(self):
        for name, bad in {"zone": profile("cus_1", "Nope/Nope"), "week": profile("cus_1", unit="week"),
                          "n": profile("cus_1", n=0),
                          "anchor": profile("cus_1", anchor="2026-01-31")}.items():
            with self.subTest(name), contextlib.redirect_stderr(io.StringIO()) as messages:
                self.assertEqual(make_truth(profiles=[bad]).take(spell()), "parked")
                self.assertIn("profile 1", messages.getvalue())


class Program(unittest.TestCase):
    def test_reads_gzip_and_prints_sorted_lines(self):
        with tempfile.TemporaryDirectory() as folder:
            events = f"{folder}/events.jsonl.gz"
            with gzip.open(events, "wb") as file:
                file.write(b"\n".join([spell(customer_id="cus_2"), spell(), spell(), b"{"]))
            output = io.StringIO()
            with contextlib.redirect_stdout(output):
                truth.main(["--input", events, "--meters", "calls:count:call", "--with-tenant",
                            "--verdicts", f"{folder}/verdicts.json"])
            month = "2026-11-01T00:00:00Z\t2026-12-01T00:00:00Z"
            self.assertEqual(output.getvalue().splitlines(), [f"acme\tcus_1\tcalls\t{month}\t1\t1",
                                                              f"acme\tcus_2\tcalls\t{month}\t1\t1"])
            self.assertEqual(json.loads(pathlib.Path(folder, "verdicts.json").read_text()), {
                "lines": 4, "verdicts": {"counted": 2, "dead_letter": 1, "duplicate": 1},
                "dead_letters": {"invalid_json": 1}})


if __name__ == "__main__":
    unittest.main()
