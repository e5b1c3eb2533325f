#!/usr/bin/env python3
"""The `tests` of a topology, as `topology lint` runs them: what passes, and what each failure says.

    topology_tests_test.py --tidemark BINARY
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TIDEMARK = ""
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("TIDEMARK_")}

CALL = "{type: api.request, timestamp: '2026-11-10T10:00:00Z'}"
JOB = "{type: compute.job, timestamp: '2026-11-10T10:00:00Z', value: '2.5'}"
FLOAT = "{event_id: f, type: compute.job, timestamp: '2026-11-10T10:00:00Z', value: 2.5}"
NOVEMBER = "['2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z']"
TOTAL = "total of api_calls of cus_1 [2026-11-01T00:00:00Z, 2026-12-01T00:00:00Z]"


LATE = """'{"topic":"usage.customers","record":{"tenant_id":"acme","customer_id":"cus_1","versions":[\
{"effective_from":"2000-01-01T00:00:00Z","time_zone":"UTC","interval":{"unit":"month","n":1},"mode":"test"},\
{"effective_from":"2026-11-01T00:00:00Z","time_zone":"UTC","interval":{"unit":"week","n":1},"mode":"test"}]}}'"""


class TopologyTestsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.topology = Path(folder.name) / "t.yaml"

    def lint(self, *members: str) -> tuple[int, list[str]]:
        """Exit code and findings, each with its line, of a topology whose one test has these members. The first stands in line 4."""
        text = "".join(f"    {member}\n" for member in members)
        self.topology.write_text(f"extends: {ROOT}/topology.yaml\ntests:\n  - name: t\n{text}", encoding="utf-8")
        done = subprocess.run([TIDEMARK, "-c", self.topology, "-o", "json", "topology", "lint"], env=ENVIRONMENT, capture_output=True, text=True)
        self.assertTrue(done.stdout, done.stderr)
        return done.returncode, [f"{finding['line']}: {finding['message']}" for finding in json.loads(done.stdout)]

    def test_what_comes_as_expected_passes(self):
        for name, members in {
            "a total by its meter": (f"events: [{CALL}]", "expect: {totals: [{meter: api_calls, total: 1}]}"),
            "a total in all its fields": (
                f"events: [{JOB}]", "expect: {totals: [{tenant_id: acme, customer_id: cus_1, meter: compute_hours,",
                f"  period: {NOVEMBER}, total: '2.50', event_count: 1, final: false, meter_version: 1}}]}}"),
            "a period in another offset": (
                f"events: [{CALL}]", "expect: {totals: [{meter: api_calls, total: 1, period: ['2026-11-01T01:00:00+01:00', '2026-12-01T00:00:00Z']}]}"),
            "totals that are not spoken of": (f"events: [{CALL}]", "expect: {}"),
            "events have numbers as ids": (f"events: [{CALL}, {CALL}]", "expect: {totals: [{meter: api_calls, total: 2}]}"),
            "ids that are given count once": (
                "events: [{event_id: a, type: api.request, timestamp: '2026-11-10T10:00:00Z'}, {event_id: a, type: api.request, timestamp: '2026-11-10T10:00:00Z'}]",
                "expect: {totals: [{meter: api_calls, total: 1}]}"),
            "an event as a text": (
                """events: ['{"event_id":"a","customer_id":"cus_9","type":"api.request","timestamp":"2026-11-10T10:00:00Z"}']""",
                "expect: {totals: [{meter: api_calls, customer_id: cus_9, total: 1}]}"),
            "a customer in a zone": (
                "customers: [{customer_id: cus_1, time_zone: Europe/Budapest}]", f"events: [{CALL}]",
                "expect: {totals: [{meter: api_calls, total: 1, period: ['2026-10-31T23:00:00Z', '2026-11-30T23:00:00Z']}]}"),
            "no customer: parked": ("customers: []", f"events: [{CALL}]", "expect: {totals: []}"),
            "the clock closes a period": (
                f"events: [{CALL}]", "clock: 2026-12-03T00:00:00Z", "expect: {totals: [{meter: api_calls, total: 1, final: true, event_count: 1}]}"),
            "the clock stops before the close": (
                f"events: [{CALL}]", "clock: 2026-12-02T23:59:59Z", "expect: {totals: [{meter: api_calls, total: 1, final: false}]}"),
            "a dead letter by its id": (f"events: [{FLOAT}]", "expect: {dead_letters: [{event_id: f, code: value_is_float}]}"),
            "a dead letter by its place": (f"events: [{CALL}, '{{']", "expect: {dead_letters: [{event: 2, code: invalid_json}]}"),
            "an arrival of its own": (
                "events: [{type: api.request, timestamp: '2026-11-10T10:00:00Z', arrival: '2026-11-10T09:54:59Z'}]",
                "expect: {totals: [], dead_letters: [{event_id: '1', code: timestamp_in_future}]}"),
            "a notice by its event": (f"events: [{CALL}, {LATE}]", "expect: {notices: [{code: profile_late, event: 2}]}"),
            "a notice by its code": (f"events: [{CALL}, {LATE}]", "expect: {notices: [{code: profile_late}]}"),
            "notices that are not spoken of": (f"events: [{CALL}, {LATE}]", "expect: {}"),
            "no notice": (f"events: [{CALL}]", "expect: {notices: []}"),
            "deltas": (f"events: [{CALL}]", "expect: {deltas: [{meter: api_calls, seq: 1, kind: usage, delta: 1, previous_total: 0, total: 1, event_count: 1}]}"),
        }.items():
            with self.subTest(name):
                self.assertEqual(self.lint(*members), (0, []))

    def test_a_failure_says_what_came(self):
        for name, (members, findings) in {
            "another total": ((f"events: [{CALL}]", "expect: {totals: [{meter: api_calls, total: 2, event_count: 3}]}"),
                              [f"5: test 't': {TOTAL}: total is 1, expected 2, event_count is 1, expected 3"]),
            "a total too many": ((f"events: [{CALL}]", "expect: {totals: []}"),
                                 [f"5: test 't': not expected: {TOTAL}: total 1, event_count 1, final false, meter_version 1"]),
            "a total too few": ((f"events: [{CALL}]", "expect:", "  totals:", "    - {meter: api_calls, total: 1}", "    - {meter: tokens, total: 5}"),
                                ["8: test 't': there is no such total of tokens"]),
            "the same total twice": ((f"events: [{CALL}]", "expect:", "  totals:", "    - {meter: api_calls, total: 1}", "    - {meter: api_calls, total: 1}"),
                                     ["8: test 't': there is no such total of api_calls"]),
            "a delta of another kind": ((f"events: [{CALL}]", "expect: {deltas: [{meter: api_calls, delta: 1, kind: correction}]}"),
                                        ["5: test 't': there is no such delta of api_calls",
                                         "5: test 't': not expected: delta of api_calls of cus_1 [2026-11-01T00:00:00Z, 2026-12-01T00:00:00Z]: "
                                         "kind usage, delta 1, previous_total 0, total 1, event_count 1, meter_version 1"]),
            "a dead letter nobody expects": (("events:", f"  - {CALL}", f"  - {FLOAT}", "expect: {}"),
                                             ["6: test 't': not expected: a dead letter value_is_float: value: \"2.5\" is a JSON float"]),
            "a dead letter of another code": ((f"events: [{FLOAT}]", "expect: {dead_letters: [{event_id: f, code: too_old}]}"),
                                              ["5: test 't': the dead letter's code is value_is_float, expected too_old: value: \"2.5\" is a JSON float"]),
            "no dead letter": ((f"events: [{CALL}]", "expect: {dead_letters: [{event_id: '1', code: too_old}]}"),
                               ["5: test 't': there is no such dead letter, expected too_old"]),
            "a notice nobody expects": (("events:", f"  - {CALL}", f"  - {LATE}", "expect: {notices: []}"),
                                        ["6: test 't': not expected: a notice profile_late: customer cus_1 of tenant acme"]),
            "a notice of another event": (("events:", f"  - {CALL}", f"  - {LATE}", "expect: {notices: [{code: profile_late, event: 1}]}"),
                                          ["6: test 't': not expected: a notice profile_late: ",
                                           "7: test 't': there is no such notice, expected profile_late of event 1"]),
            "a notice without a code": ((f"events: [{CALL}]", "expect: {notices: [{event: 1}]}"), ["5: test 't': a notice has a code"]),
            "a customer that is refused": (("customers:", "  - {customer_id: cus_1, time_zone: Mars/Base}", "expect: {}"),
                                           ["5: test 't': the customer is refused: profile_invalid: "]),
        }.items():
            with self.subTest(name):
                code, found = self.lint(*members)
                self.assertEqual((code, len(found)), (3, len(findings)), found)
                for got, wanted in zip(sorted(found), sorted(findings)):
                    self.assertTrue(got.startswith(wanted), got)

    def test_a_test_of_the_wrong_shape_is_a_finding_of_the_file(self):
        for name, (members, finding) in {
            "nothing expected": ((f"events: [{CALL}]",), "3: a test must say under 'expect'"),
            "unknown key": (("event: []", "expect: {}"), "4: unknown key 'event'"),
            "unknown key under expect": (("expect: {total: []}",), "4: unknown key 'total'"),
            "clock without offset": (("clock: 2026-12-03T00:00:00", "expect: {}"), "4: clock must be a time"),
            "events no list": (("events: {}", "expect: {}"), "4: events must be a list"),
            "customer without a name": (("customers: [{time_zone: UTC}]", "expect: {}"), "4: a customer must have a customer_id"),
            "envelope that cannot be": (("""events: ['{"record":1,"raw":""}']""", "expect: {}"), "4: an envelope has one of"),
        }.items():
            with self.subTest(name):
                code, found = self.lint(*members)
                self.assertEqual((code, len(found)), (78, 1), found)
                self.assertTrue(found[0].startswith(finding), found)

    def test_an_expectation_of_the_wrong_shape_fails(self):
        for expected, finding in {
            "{meter: api_calls}": "total is missing",
            "{total: 1}": "meter is missing",
            "{meter: api_calls, total: many}": "total must be a decimal",
            "{meter: api_calls, total: 1, periode: []}": "unknown key 'periode'",
            "{meter: api_calls, total: 1, period: [now, then]}": "period must be two times with an offset, [start, end]",
            "{meter: api_calls, total: 1, group: large}": "group must be a map",
        }.items():
            with self.subTest(expected):
                code, found = self.lint(f"events: [{CALL}]", f"expect: {{totals: [{expected}]}}")
                self.assertEqual(code, 3)
                self.assertIn(f"5: test 't': {finding}", found)


if __name__ == "__main__":
    TIDEMARK = sys.argv[sys.argv.index("--tidemark") + 1]
    unittest.main(argv=sys.argv[:1])
