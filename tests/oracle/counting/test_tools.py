#!/usr/bin/env python3
"""Scenarios are rich and repeatable; the comparer, the shrinker and the six orders notice a pipeline that breaks a rule."""
import argparse
import contextlib
import io
import json
import os
import pathlib
import sys
import tempfile
import unittest
from collections import Counter

import compare
import model
import orders
import topic_truth
from envelopes import read_envelope
from homes import home_of
from output import verdict_of
from records import READER
from scenario import Scenario, write
from settings import Settings
from story import event, profile, said_of, settings_of, usage, usages

SEEDS = range(1, 9)
OFTEN = 5  # at least so many times in the seeds together
PATHS = [
    "counted", "counted,voided", "ignored", "duplicate", "void", "parked", "parked,counted", "parked,counted,voided", "parked,ignored",
    "parked,void", "parked,duplicate", "parked,dead_letter:unknown_customer", "parked,dead_letter:void_mismatch",
    "void,dead_letter:void_target_unknown", "parked,void,dead_letter:void_target_unknown"]
CODES = [
    "arrival_behind", "timestamp_in_future", "too_old", "event_id_conflict", "void_mismatch", "void_unsupported", "period_purged",
    "value_missing", "value_too_precise", "value_overflow", "value_is_float", "value_not_a_number", "field_missing", "field_wrong_type",
    "group_too_long", "empty_batch", "unsupported_format", "record_too_large", "invalid_json", "not_an_object", "null_value"]

# A pipeline that is the model, with or without a broken rule.
STUB = """#!{python}
import sys
sys.path.insert(0, {folder!r})
sys.dont_write_bytecode = True
import model, output, settings
{planted}
output.write_report(model.run(sys.argv[-1], settings.read_settings(sys.argv[sys.argv.index("-c") + 1])), sys.stdout)
"""
PLANTED = {
    "a_void_takes_nothing_back": "model.Model.take_back = staticmethod(lambda target: None)",
    "openings_never_come": "model.rows_of = lambda customer, meters, until: [row for row in output_rows(customer, meters, None)]",
    "of_equal_times_the_first_is_last": "import totals; totals.order_of = lambda sample: (sample[0].event_time, -sample[0].order)",
    "ids_live_an_hour_less": "whole = settings.duration; settings.duration = lambda text: whole(text) - (text == '36d') * 3600 * 10**9",
}


def stub(folder, planted=""):
    planted = planted.replace("output_rows", "__import__('totals').rows_of")
    path = pathlib.Path(folder, "stub")
    path.write_text(STUB.format(python=sys.executable, folder=os.path.dirname(os.path.abspath(__file__)), planted=planted), encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def quietly(call, *arguments):
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        return call(*arguments), output.getvalue()


class Scenarios(unittest.TestCase):
    def test_every_path_of_a_record_comes_up(self):
        paths = Counter()
        for seed in SEEDS:
            made = Scenario(seed, 3000)
            judge = model.Model(Settings(READER.read(json.dumps(made.topology))))
            for number, line in enumerate(made.lines(), 1):
                judge.take(number, read_envelope(line, "usage.events"))
            paths.update(said_of(verdict_of(taken), taken.code) for taken in judge.results)
        self.assertEqual([path for path in PATHS if not paths[path]], [])
        codes = Counter({code: sum(paths[path] for path in paths if path.endswith(f":{code}")) for code in CODES})
        self.assertEqual([code for code in CODES if codes[code] < OFTEN], [])

    def test_the_seed_decides_everything(self):
        self.assertEqual(list(Scenario(3, 500).lines()), list(Scenario(3, 500).lines()))
        self.assertNotEqual(list(Scenario(3, 500).lines()), list(Scenario(4, 500).lines()))

    def test_as_many_lines_as_asked_for(self):
        for events in (1, 50, 777):
            self.assertEqual(len(list(Scenario(5, events).lines())), events)


class Comparing(unittest.TestCase):
    def check(self, folder, planted, seed, keep=None):
        write(Scenario(seed, 1500), folder)
        arguments = argparse.Namespace(tidemark=stub(folder, planted), keep=keep)
        return quietly(compare.check, arguments, f"{folder}/topology.yaml", f"{folder}/records.jsonl", "scenario")

    def test_a_pipeline_without_fault_agrees(self):
        with tempfile.TemporaryDirectory() as folder:
            code, text = self.check(folder, "", 1)
            self.assertEqual(code, compare.OK, text)
            self.assertIn("0 differences", text)

    def test_a_broken_rule_is_noticed(self):
        for name, planted in PLANTED.items():
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                codes = [self.check(folder, planted, seed)[0] for seed in range(1, 5)]
                self.assertIn(compare.FINDINGS, codes)

    def test_what_differs_is_made_small(self):
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as keep:
            broken = "model.Model.expire = lambda self: None"
            write(Scenario(2, 60), folder)
            arguments = argparse.Namespace(tidemark=stub(folder, broken), keep=keep)
            code, text = quietly(compare.check, arguments, f"{folder}/topology.yaml", f"{folder}/records.jsonl", "scenario")
            self.assertEqual(code, compare.FINDINGS, text)
            self.assertLessEqual(len(pathlib.Path(keep, "records.jsonl").read_text(encoding="utf-8").splitlines()), 3, text)

    def test_a_pipeline_that_fails_is_a_difference(self):
        with tempfile.TemporaryDirectory() as folder:
            code, text = self.check(folder, "raise SystemExit('no such file')", 1)
            self.assertEqual(code, compare.FINDINGS)
            self.assertIn("no such file", text)

    def test_missing_and_surplus_rows_and_totals_are_told(self):
        row = {"line": 1, "verdict": "counted"}
        self.assertEqual([each.kind for each in compare.compare_rows([row], [])], [("verdict", "counted", "nothing")])
        self.assertEqual([each.kind for each in compare.compare_rows([], [row])], [("verdict", "nothing", "counted")])
        total = {"tenant_id": "t", "customer_id": "c", "meter": "m", "period_start": "a", "period_end": "b", "group": {"g": 1},
                 "total": "5", "event_count": 1, "final": False, "meter_version": 1}
        typed = {**total, "group": {"g": True}}
        self.assertEqual([each.kind for each in compare.compare_totals([total], {compare.key_of(typed): typed})],
                         [("total", "missing"), ("total", "surplus")])
        for name, other in [("total", "6"), ("event_count", 2), ("final", True), ("meter_version", 2)]:
            changed = {**total, name: other}
            self.assertEqual([each.kind for each in compare.compare_totals([total], {compare.key_of(total): changed})], [("total", name)])


class Orders(unittest.TestCase):
    def test_six_orders_of_the_model_agree(self):
        for seed in (1, 2, 3):
            with tempfile.TemporaryDirectory() as folder:
                code, text = quietly(orders.check, None, seed, 150, folder)
                self.assertEqual(code, compare.OK, text)
                self.assertEqual(text.count(" 0 differ"), 6)

    def test_a_figure_that_depends_on_the_order_is_noticed(self):
        planted = ("import totals; plain = totals.total_of; totals.total_of = lambda aggregation, samples, opening: "
                   "samples[-1][1] if aggregation == 'last' and samples else plain(aggregation, samples, opening)")
        with tempfile.TemporaryDirectory() as folder:
            codes = [quietly(orders.check, stub(folder, planted), seed, 150, folder)[0] for seed in (1, 2, 3, 4)]
        self.assertIn(compare.FINDINGS, codes)


class Topics(unittest.TestCase):
    def test_a_dump_is_read_byte_for_byte(self):
        records = [(3, 1500, b"c", {"content-type": "application/json; a=b", "ce_id": "x"}, b'{"a":\n"\xff"}'), (0, 0, b"", {}, b""), (1, 7, b"k k", {}, None)]
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "dump")
            path.write_bytes(b"".join(self.dumped(*record) for record in records))
            read = [(partition, each.arrival // 10**6, each.key, each.headers, each.value) for partition, each in topic_truth.read_dump(path)]
        self.assertEqual(read, records)

    @staticmethod
    def dumped(partition, arrival, key, headers, value):
        head = f"{partition} {arrival} {len(key) or -1} {-1 if value is None else len(value)} " + ",".join(f"{name}={text}" for name, text in headers.items())
        return head.encode() + b"\n" + key + (value or b"") + b"\n"

    def test_an_overlay_merges_replaces_and_removes(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "base.yaml").write_text("a: {b: 1, c: 2}\nl: [1, 2]\nn: 1\n", encoding="utf-8")
            path = pathlib.Path(folder, "over.yaml")
            path.write_text("extends: base.yaml\na: {b: 3}\nl: [2025-01-01T00:00:00Z]\nn: null\n", encoding="utf-8")
            self.assertEqual(topic_truth.load_topology(path), {"a": {"b": 3, "c": 2}, "l": ["2025-01-01T00:00:00Z"]})

    def test_partitions_are_judged_apart_after_the_profiles(self):
        settings = settings_of()
        parts = [topic_truth.judge(settings, 0, [envelope(profile())], [envelope(line) for line in lines], [])
                 for lines in (usages(event("a", "2026-01-05T00:00:00Z"), event("a", "2026-01-05T00:00:00Z")), [usage("no event", "2026-01-05T00:00:00Z")])]
        self.assertEqual([total["total"] for rows, _ in parts for total in rows], ["1"])
        self.assertEqual(topic_truth.summary_of([verdicts for _, verdicts in parts]),
                         {"records": 3, "lines": 3, "verdicts": {"counted": 1, "dead_letter": 1, "duplicate": 1}, "dead_letters": {"invalid_json": 1}, "voided": 0})

    def test_what_is_found_elsewhere_is_judged_at_home(self):
        settings = settings_of()
        self.assertIsInstance(settings.partition_count, int)  # the reader keeps numbers as they are written
        settings.partition_count, settings.brings_home, settings.horizon = 8, True, None
        time = "2026-01-05T00:00:00Z"
        records = [envelope(line) for line in (*usages(event("a", time), event("a", time), event("b", time)), usage("no event", time))]
        home = home_of("cus_1", 8)
        elsewhere = (home + 1) % 8
        found = topic_truth.find_foreign(settings, elsewhere, records)
        self.assertEqual([each for each, _, _ in found], [home] * 3)
        there = topic_truth.judge(settings, elsewhere, [], records, [])
        here = topic_truth.judge(settings, home, [envelope(profile())], records[:1], [(value, record) for _, value, record in found])
        self.assertEqual(there, ([], (4, 4, {"rerouted": 3, "dead_letter": 1}, {"invalid_json": 1}, 0)))
        self.assertEqual(here[1], (1, 1, {"counted": 2, "duplicate": 2}, {}, 0))

    def test_the_home_partition_is_that_of_the_java_client(self):
        for key, of_4, of_8, of_32 in (("", 1, 1, 25), ("a", 0, 4, 28), ("ab", 2, 2, 10), ("abc", 3, 3, 27), ("cus_cairo_daily", 1, 5, 21), ("cus_999", 3, 3, 27),
                                       ("ünïcødé", 2, 6, 14), ("acme|cus_42", 1, 5, 21)):  # as partitioner_test.cc
            self.assertEqual([home_of(key, count) for count in (4, 8, 32)], [of_4, of_8, of_32], key)


def envelope(line):
    return read_envelope(line, "usage.events")


if __name__ == "__main__":
    unittest.main()
