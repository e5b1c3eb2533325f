#!/usr/bin/env python3
"""published_samples_test.py TIDEMARK: every line of the published samples comes out as it says: verdict, code, later verdict, and the totals after it.

The samples and their topology are in $TIDEMARK_SHARED (else ../shared); where they are absent it says so and exits with 77.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = pathlib.Path(os.environ.get("TIDEMARK_SHARED", ROOT.parent / "shared"), "examples")
NOT_RUN = 77
TIDEMARK = pathlib.Path(sys.argv.pop(1)).resolve()
# Ids are forgotten and remembered by the meter, too, and there is no sink yet.
OVERLAY = f"""extends: {EXAMPLES / 'topology.yaml'}
connectors: null
sub_topologies: {{metering: {{processors: {{meter: {{stores: [windows, parked, event_ids]}}}}}}}}
"""


def verify(folder, lines):
    topology, records = pathlib.Path(folder, "topology.yaml"), pathlib.Path(folder, "records.jsonl")
    topology.write_text(OVERLAY, encoding="utf-8")
    records.write_text("".join(lines), encoding="utf-8")
    command = [TIDEMARK, "--quiet", "-c", topology, "-o", "jsonl", "events", "verify", records, "--customers", EXAMPLES / "customers.jsonl"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 3):
        raise AssertionError(done.stderr)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {row["line"]: row for row in rows if "line" in row}, [row["total"] for row in rows if "total" in row]


def expected_total(sample, expected):
    record = sample.get("record", {})
    return {"tenant_id": expected.get("tenant", "acme"), "customer_id": expected.get("customer", record.get("customer_id")), "meter": expected["meter"],
            "period_start": expected["period"][0], "period_end": expected["period"][1], "group": expected.get("group"), "total": expected["total"]}


class PublishedSamples(unittest.TestCase):
    def setUp(self):
        self.lines = (EXAMPLES / "samples.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
        self.samples = [json.loads(line) for line in self.lines]
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def test_each_verdict(self):
        rows, _ = verify(self.folder.name, self.lines)
        for number, sample in enumerate(self.samples, 1):
            if "verdict" not in sample:
                continue
            with self.subTest(sample["n"]):
                self.assertEqual((rows[number]["verdict"], rows[number].get("code")), (sample["verdict"], sample.get("code")))
                if "then" in sample:
                    self.assertEqual(rows[number]["then"], [sample["then"]])

    def test_the_totals_after_each_line(self):
        for number, sample in enumerate(self.samples, 1):
            if "totals" not in sample:
                continue
            _, totals = verify(self.folder.name, self.lines[:number])
            for expected in sample["totals"]:
                with self.subTest(sample["n"]):
                    wanted = expected_total(sample, expected)
                    found = [total for total in totals if all(total.get(name) == value for name, value in wanted.items())]
                    self.assertEqual(len(found), 1, wanted)
                    if sample.get("kind") == "correction":  # of a period that was closed before
                        self.assertTrue(found[0]["final"])


if __name__ == "__main__":
    if not (EXAMPLES / "samples.jsonl").exists():
        print(f"NOT RUN: no samples in {EXAMPLES}; set TIDEMARK_SHARED")
        sys.exit(NOT_RUN)
    unittest.main()
