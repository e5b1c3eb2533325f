#!/usr/bin/python3
"""scripts/compare.py notices every way in which the topics can be wrong."""
import json
import sys
import tempfile
import types
import unittest
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
import compare
import figures

KEY = {"tenant_id": "acme", "customer_id": "cus_1", "meter": "tokens", "period_start": "2025-03-01T00:00:00Z",
       "period_end": "2025-04-01T00:00:00Z"}


def delta(seq, previous, change, total, count=1):
    return {**KEY, "seq": seq, "previous_total": previous, "delta": change, "total": total, "event_count": count}


def total(value, count):
    return {**KEY, "total": value, "event_count": count, "final": False, "meter_version": 1}


GOOD = {
    "totals": [(0, total("1.5", 1)), (0, total("1", 2))],
    "deltas": [(0, delta(1, "0", "1.5", "1.5")), (0, delta(2, "1.5", "-0.5", "1"))],
    "truth": [(2, "1")],
    "verdicts": {"topic": "usage.events", "consumed": 4, "counted": 2, "duplicate": 1, "dead_letter": 1,
                 "dead_letters": {"too_old": 1}, "judged_twice": 0},
    "dead_letters": ["a=b,td-error-code=too_old,td-attempt=1"],
    "sent": 4,
}
TRUTH_VERDICTS = {"records": 4, "lines": 4, "verdicts": {"counted": 2, "duplicate": 1, "dead_letter": 1}, "dead_letters": {"too_old": 1}}


def kinds_of_findings(**changes) -> set[str]:
    case = {**GOOD, **changes}
    with tempfile.TemporaryDirectory() as folder:
        def write(name, lines):
            path = Path(folder, name)
            path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
            return path

        def dump(name):
            return write(name, [json.dumps({"partition": partition, "key": "k", "payload": json.dumps(value)})
                                for partition, value in case[name]])

        options = types.SimpleNamespace(
            totals=dump("totals"), deltas=dump("deltas"), dead_letters=write("dlq", case["dead_letters"]),
            truth=write("truth", ["\t".join([*KEY.values(), str(count), value]) for count, value in case["truth"]]),
            verdicts=write("verdicts", [json.dumps([case["verdicts"]])]),
            truth_verdicts=write("truth_verdicts", [json.dumps(TRUTH_VERDICTS)]),
            sent=case["sent"], events_topic="usage.events")
        findings = compare.Findings()
        with redirect_stdout(StringIO()):
            compare.compare_verdicts(options, findings)
            compare.compare_figures(options, findings)
        return set(findings.by_kind)


class CompareTest(unittest.TestCase):
    CASES = (
        # what is wrong                     changes                                                            found as
        ("nothing",                         {},                                                                set()),
        ("a total is off by 10^-12",        {"totals": [(0, total("1.000000000001", 2))]},                     {"figures"}),
        ("a count is off",                  {"totals": [(0, total("1", 3))]},                                  {"figures"}),
        ("a total is missing",              {"totals": []},                                                    {"figures"}),
        ("truth has none of it",            {"truth": []},                                                     {"figures"}),
        ("a delta is missing at the end",   {"deltas": GOOD["deltas"][:1]},                                    {"figures"}),
        ("a delta is missing at the start", {"deltas": GOOD["deltas"][1:]},                                    {"figures", "delta chain"}),
        ("a delta comes twice",             {"deltas": GOOD["deltas"] + GOOD["deltas"][1:]},                   {"figures", "delta chain"}),
        ("a sum is wrong",                  {"deltas": [(0, delta(1, "0", "1.5", "1", 2))]},                   {"figures", "delta chain"}),
        ("a chain changes its partition",   {"deltas": [GOOD["deltas"][0], (1, GOOD["deltas"][1][1])]},        {"delta chain"}),
        ("a record is lost",                {"sent": 5},                                                       {"records"}),
        ("an event has no verdict",         {"verdicts": {**GOOD["verdicts"], "counted": 1}},                  {"loss equation", "outcome counted"}),
        ("a dead letter was not written",   {"dead_letters": []},                                              {"dead-letter codes in the topic"}),
        ("a dead letter was written twice", {"dead_letters": GOOD["dead_letters"] * 2},                        {"dead-letter codes in the topic"}),
        ("a record was judged twice",       {"verdicts": {**GOOD["verdicts"], "judged_twice": 1}},             {"events of usage.events judged twice"}),
        ("a verdict differs",               {"verdicts": {**GOOD["verdicts"], "counted": 3, "duplicate": 0}},  {"outcome counted", "outcome duplicate"}),
    )

    def test_each_way(self):
        for name, changes, expected in self.CASES:
            with self.subTest(name):
                self.assertEqual(kinds_of_findings(**changes), expected)

    def test_chains_add_up(self):
        chains = figures.Chains()
        for _, row in GOOD["deltas"]:
            chains.take(("k",), row)
        self.assertEqual((chains.sums, chains.breaches, chains.number), ({("k",): (2, 10**12)}, [], 2))

    def test_decimals_are_exact(self):
        for text, value in (("0", 0), ("-0.5", -5 * 10**11), ("18446744073709551616", 2**64 * 10**12), ("0.000000000001", 1)):
            self.assertEqual(figures.scaled(text), value)
        for text in ("1e3", "", "1.", "0.0000000000001", "+1"):
            self.assertRaises(ValueError, figures.scaled, text)


if __name__ == "__main__":
    unittest.main()
