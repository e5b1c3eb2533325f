"""A history of real commits: totals equal those that came with it."""
import gzip
import json
import os
import random
import sys
from pathlib import Path

from broker import NOT_RUN, ROOT, say, wait_for
from processor import Processor
from run import Run


def shared_data() -> Path:
    folder = Path(os.environ.get("TIDEMARK_SHARED", ROOT.parent / "shared")) / "data"
    if not (folder / "commits.jsonl.gz").exists():
        say(f"NOT RUN: no real commits at {folder} (set TIDEMARK_SHARED)")
        sys.exit(NOT_RUN)
    return folder


def commits(run: Run, zones: str, repeat_percent: int):
    folder = shared_data()
    lines = gzip.open(folder / "commits.jsonl.gz", "rb").read().splitlines(keepends=True)
    dice, ordered = random.Random(7), []
    for place, line in enumerate(lines):
        ordered.append((place, line))
        if dice.randrange(100) < repeat_percent:
            ordered.append((place + dice.randrange(1, len(lines)), line))
    run.events = run.work / "events.jsonl"
    run.events.write_bytes(b"".join(line for _, line in sorted(ordered, key=lambda pair: pair[0])))
    run.customers = folder / f"customers-{zones}.jsonl"
    run.meters, run.tenant = "events:count:*,value:sum:*", "duckdb"
    run.use_topology(f"extends: {ROOT}/examples/backfill.topology.yaml\n")
    run.apply()
    assert run.send().wait() == 0
    Processor(run, "a").start()
    wait_for("the end of the counting", run.at_end, 120)
    run.finish()
    check_against_file(run, folder / f"truth-{zones}.tsv.gz")


def check_against_file(run: Run, truth: Path):
    expected = {}
    for line in gzip.open(truth, "rt"):
        customer, meter, start, end, count, total = line.rstrip("\n").split("\t")
        expected[customer, meter, start, end] = count if meter == "events" else total
    found = {}
    for line in run.command("usage", "-o", "jsonl").stdout.splitlines():
        row = json.loads(line)
        found[row["customer_id"], row["meter"], row["period_start"], row["period_end"]] = row["total"]
    differing = [key for key in expected.keys() | found.keys() if expected.get(key) != found.get(key)]
    assert not differing, f"{len(differing)} totals differ from {truth.name}: {differing[:3]}"
    say(f"{len(found)} totals equal {truth.name}")


def real_commits(run: Run):
    commits(run, "zones", repeat_percent=0)


def real_commits_with_repeats(run: Run):
    commits(run, "zones", repeat_percent=10)


def real_commits_in_utc(run: Run):
    commits(run, "utc", repeat_percent=0)


def real_commits_in_utc_with_repeats(run: Run):
    commits(run, "utc", repeat_percent=10)


CASES = (real_commits, real_commits_with_repeats, real_commits_in_utc, real_commits_in_utc_with_repeats)
