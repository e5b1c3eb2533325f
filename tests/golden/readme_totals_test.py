#!/usr/bin/env python3
"""readme_totals_test.py TIDEMARK: the lines of README.md that read totals tell the groups of a meter apart."""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TIDEMARK = pathlib.Path(sys.argv.pop(1)).resolve()
TOPOLOGY = f"""extends: {ROOT / 'topology.yaml'}
meters: [{{name: tokens, event_types: [llm], aggregation: sum, group_by: [properties.model]}}]
"""
PROFILE = {"tenant_id": "acme", "customer_id": "cus_000001",
           "versions": [{"effective_from": "2020-01-01T00:00:00Z", "time_zone": "UTC", "interval": {"unit": "month", "n": 1}, "mode": "test"}]}


def grouped_totals():
    """The values of six totals of one meter and period, 1 to 6, as `usage.totals` holds them."""
    events = [{"event_id": str(n), "customer_id": "cus_000001", "type": "llm", "timestamp": "2026-11-10T10:00:00Z", "value": str(n),
               "properties": {"model": f"m{n}"}} for n in range(1, 7)]
    with tempfile.TemporaryDirectory() as folder:
        paths = [pathlib.Path(folder, name) for name in ("topology.yaml", "events.jsonl", "customers.jsonl")]
        paths[0].write_text(TOPOLOGY, encoding="utf-8")
        paths[1].write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
        paths[2].write_text(json.dumps(PROFILE) + "\n", encoding="utf-8")
        done = subprocess.run([TIDEMARK, "--quiet", "-c", paths[0], "-o", "json", "events", "verify", paths[1], "--customers", paths[2]],
                              capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["totals"]


class ReadmeTotals(unittest.TestCase):
    def test_the_jq_line_shows_each_group(self):
        program = re.search(r"jq -c '(select.*)'", README).group(1)
        lines = "".join(json.dumps(total) + "\n" for total in grouped_totals())
        shown = subprocess.run(["jq", "-c", program], input=lines, capture_output=True, text=True, check=True).stdout.splitlines()
        self.assertEqual({(row["group"]["model"], row["total"]) for row in map(json.loads, shown)}, {(f"m{n}", str(n)) for n in range(1, 7)})

    def test_the_query_keeps_every_field_of_the_key(self):
        query = re.search(r"```sql\n(.*?)```", README, re.DOTALL).group(1)
        selected, columns = query.split("FROM")
        for field in grouped_totals()[0].keys() & {"tenant_id", "customer_id", "meter", "period_start", "period_end", "group"}:
            with self.subTest(field):
                self.assertRegex(selected, rf"\b{field}\b")
                self.assertRegex(columns, rf"\b{field}\b\"?: '")


if __name__ == "__main__":
    unittest.main()
