"""Totals and deltas as readers see them, against what the generator wrote down. Decimals are integers times 10^12."""
import json
import subprocess
import sys
from pathlib import Path

from lab import BenchError

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))
from figures import Chains, scaled

SHOWN_MAX = 5


def key_of(row: dict) -> tuple[str, str, str, str]:
    """Only calendar months in UTC occur here."""
    start, end = row["period_start"], row["period_end"]
    if not (start.endswith("-01T00:00:00Z") and end.endswith("-01T00:00:00Z")):
        raise ValueError(f"not a month: {start} to {end}")
    return row["tenant_id"], row["customer_id"], row["meter"], start[:7]


def read_truth(paths: list[Path]) -> dict[tuple, tuple[int, int]]:
    truth = {}
    for path in paths:
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                *key, count, total = line.rstrip("\n").split("\t")
                before = truth.get(tuple(key), (0, 0))
                truth[tuple(key)] = (before[0] + int(count), before[1] + scaled(total))
    return truth


def read_totals(lab) -> dict[tuple, tuple[int, int]]:
    rows = (json.loads(line) for line in lab.tidemark("usage", "-o", "jsonl").splitlines())
    return {key_of(row): (row["event_count"], scaled(row["total"])) for row in rows}


def read_deltas(lab) -> Chains:
    chains = Chains()
    with subprocess.Popen(lab.reader_command("bench.deltas", "-e", "-o", "beginning"), stdout=subprocess.PIPE) as dump:
        for line in dump.stdout:
            row = json.loads(line)
            chains.take(key_of(row), row)
    if dump.returncode != 0:
        raise BenchError(f"kcat ended with {dump.returncode}")
    return chains


def differences(name: str, found: dict, truth: dict) -> list[str]:
    out = [f"{name}: {key}: {found.get(key)} instead of {truth.get(key)}"
           for key in sorted(found.keys() | truth.keys()) if found.get(key) != truth.get(key)]
    more = [f"{name}: {len(out) - SHOWN_MAX} more differ"] if len(out) > SHOWN_MAX else []
    return out[:SHOWN_MAX] + more


def check_figures(lab, truths: list[Path]) -> tuple[dict, list[str]]:
    truth = read_truth(truths)
    totals = read_totals(lab)
    deltas = read_deltas(lab)
    findings = differences("total", totals, truth) + differences("sum of deltas", deltas.sums, truth)
    findings += [f"chain: {breach}" for breach in deltas.breaches[:SHOWN_MAX]]
    return {"totals": len(totals), "deltas": deltas.number}, findings
