#!/usr/bin/env python3
"""The published sample events come out of the model as their lines say."""
import json
import os
import pathlib
import sys
import unittest

import model
from envelopes import read_envelope
from output import total_of, verdict_of
from story import profile, settings_of

SHARED = pathlib.Path(os.environ.get("TIDEMARK_SHARED", pathlib.Path(__file__).resolve().parents[4] / "shared"))
SAMPLES = SHARED / "examples" / "samples.jsonl"
METERS = [  # of the examples' topology.yaml
    {"name": "api_calls", "event_types": ["api.request"], "aggregation": "count"},
    {"name": "tokens", "event_types": ["llm.completion"], "aggregation": "sum", "value": "properties.tokens",
     "group_by": ["properties.model"], "scale": 0},
    {"name": "seats", "event_types": ["seats.snapshot"], "aggregation": "max", "carry_over": True}]


def lines_of(path):
    return path.read_text(encoding="utf-8").splitlines()


def envelope_of(line):
    if line.get("topic") == "usage.customers":
        record = line["record"]
        return profile(*record["versions"], customer=record["customer_id"], tenant=record["tenant_id"], arrival=line["arrival"])
    return json.dumps(line)


def key_of(wanted, record):
    return (wanted.get("tenant", record["tenant_id"]), wanted.get("customer", record["customer_id"]), wanted["meter"],
            json.dumps(wanted.get("group")), *wanted["period"])


class Samples(unittest.TestCase):
    def test_each_line_comes_out_as_written(self):
        judge = model.Model(settings_of(METERS))
        for number, text in enumerate(lines_of(SAMPLES.parent / "customers.jsonl"), -99):
            customer = json.loads(text)
            line = profile(*customer["versions"], customer=customer["customer_id"], tenant=customer["tenant_id"])
            judge.take(number, read_envelope(line, "usage.events"))
        lines = [json.loads(text) for text in lines_of(SAMPLES)]
        self.assertEqual([line["n"] for line in lines], list(range(1, len(lines) + 1)))
        for line in lines:
            judge.take(line["n"], read_envelope(envelope_of(line), "usage.events"))
            found = {(row["tenant_id"], row["customer_id"], row["meter"], json.dumps(row.get("group")), row["period_start"],
                      row["period_end"]): row["total"] for row in map(total_of, judge.totals())}
            for total in line.get("totals", []):
                with self.subTest(line=line["n"], total=total):
                    self.assertEqual(found.get(key_of(total, line["record"])), total["total"])
        said = {taken.line: verdict_of(taken) for taken in judge.results}
        for line in lines:
            with self.subTest(line=line["n"]):
                told = said.get(line["n"], {})
                self.assertEqual(told.get("verdict"), line.get("verdict"))
                self.assertEqual(told.get("code"), line.get("code"))
                moves = ["voided"] if line["n"] == 7 else [line["then"]] if "then" in line else []  # line 12 voids line 7
                self.assertEqual(told.get("then", []), moves)
        self.assertEqual(judge.refused_profiles, [])


if __name__ == "__main__":
    if not SAMPLES.exists():
        print(f"NOT RUN: {SAMPLES} is not there")
        sys.exit(0)
    unittest.main()
