#!/usr/bin/env python3
"""compare.py --tidemark PATH --events N --seed S: the pipeline and the model judge one random scenario; every verdict, move and total must agree.

With --file and --topology instead of --events: of these files. Differences are printed, the scenario is made smaller by leaving out
customers and records, and kept under --keep. Exit 3 where there is a difference.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import model
import scenario
from output import total_of, verdict_of
from settings import read_settings
from shrink import shrink

SHOWN = 10
TOTAL_KEY = ("tenant_id", "customer_id", "meter", "period_start", "period_end")
TOTAL_FIELDS = ("total", "event_count", "final", "meter_version")
OK, FINDINGS = 0, 3


class Difference:
    """`kind` says what differs, without names and numbers, so that a smaller scenario can be known to differ in the same way."""

    def __init__(self, kind, text, line=None):
        self.kind = kind
        self.text = text
        self.line = line


def run_pipeline(tidemark, topology, records, output):
    """Writes what `events verify` prints to `output`; the text of the failure, if it is one."""
    with open(output, "wb") as file:
        command = [tidemark, "--quiet", "-c", topology, "-o", "jsonl", "events", "verify", records]
        done = subprocess.run(command, stdout=file, stderr=subprocess.PIPE, check=False)
    return None if done.returncode in (OK, FINDINGS) else f"exit {done.returncode}: {done.stderr.decode(errors='replace').strip()[-2000:]}"


def read_pipeline(output, events_topic):
    """(rows of records, totals by key); rows of other topics are left out."""
    rows, totals = [], {}
    with open(output, encoding="utf-8") as file:
        for text in file:
            row = json.loads(text)
            if "total" in row:
                totals[key_of(row["total"])] = row["total"]
            elif "line" in row and row.get("topic", events_topic) == events_topic:
                rows.append(row)
    return rows, totals


def key_of(total):
    group = json.dumps(total.get("group") or {}, sort_keys=True)  # typed: true is not 1
    return (*(total[name] for name in TOTAL_KEY), group)


def place_of(row):
    return row["line"], row.get("element") or 0  # the pipeline names no element where a record holds only one


def said(row):
    """Verdict and moves; each code once."""
    moves = [move if isinstance(move, str) else move["verdict"] for move in row.get("then", [])]
    return "nothing" if row is NOTHING else " then ".join([row["verdict"], *moves]) + (f" ({row['code']})" if row.get("code") else "")


NOTHING = {}


def compare_rows(ours, theirs):
    theirs = {place_of(row): row for row in theirs}
    for row in ours:
        other = theirs.pop(place_of(row), NOTHING)
        if said(row) != said(other):
            yield Difference(("verdict", said(row), said(other)), f"{where(row)}: the model says {said(row)}, the pipeline {said(other)}", row["line"])
    for row in theirs.values():
        yield Difference(("verdict", "nothing", said(row)), f"{where(row)}: the model says nothing, the pipeline {said(row)}", row["line"])


def where(row):
    return f"line {row['line']}" + (f" element {row['element']}" if row.get("element") is not None else "")


def compare_totals(ours, theirs):
    theirs = dict(theirs)
    for total in ours:
        key = key_of(total)
        other = theirs.pop(key, None)
        if other is None:
            yield Difference(("total", "missing"), f"total {' '.join(key)}: the model has {figures(total)}, the pipeline none")
            continue
        differing = tuple(name for name in TOTAL_FIELDS if name in other and other[name] != total[name])
        if differing:
            yield Difference(("total", *differing), f"total {' '.join(key)}: the model has {figures(total)}, the pipeline {figures(other)}")
    for key, other in theirs.items():
        yield Difference(("total", "surplus"), f"total {' '.join(key)}: the model has none, the pipeline {figures(other)}")


def figures(total):
    return " ".join(f"{name}={total[name]}" for name in TOTAL_FIELDS if name in total)


def differences(tidemark, topology, records):
    """All of them, and how much was compared."""
    settings = read_settings(topology)
    with tempfile.TemporaryDirectory() as folder:
        output = str(pathlib.Path(folder, "pipeline.jsonl"))
        failure = run_pipeline(tidemark, topology, records, output)
        if failure:
            return [Difference(("failure",), f"the pipeline fails: {failure}")], "nothing compared"
        judged = model.run(records, settings)
        rows, totals = read_pipeline(output, settings.events_topic)
    ours = [total_of(row) for row in judged.totals()]
    found = [*compare_rows((verdict_of(taken) for taken in judged.results), rows), *compare_totals(ours, totals)]
    return found, f"{len(judged.results)} verdicts, {len(ours)} totals"


def report(found, records):
    with open(records, encoding="utf-8") as file:
        lines = file.read().splitlines() if any(each.line for each in found) else []
    for each in found[:SHOWN]:
        print(each.text)
        if each.line is not None:
            print("   ", lines[each.line - 1][:600])
    if len(found) > SHOWN:
        print(f"... {len(found) - SHOWN} more")


def check(arguments, topology, records, name):
    found, compared = differences(arguments.tidemark, topology, records)
    print(f"{name}: {compared}, {len(found)} differences", flush=True)
    if not found:
        return OK
    report(found, records)
    if arguments.keep:
        smaller = shrink(records, arguments.keep, topology, found[0].kind, lambda *files: differences(arguments.tidemark, *files)[0])
        print(f"kept in {arguments.keep}: topology.yaml and {smaller} lines of records.jsonl")
        report(differences(arguments.tidemark, topology, f"{arguments.keep}/records.jsonl")[0], f"{arguments.keep}/records.jsonl")
    return FINDINGS


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tidemark", required=True)
    parser.add_argument("--events", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1, help="of the first scenario")
    parser.add_argument("--scenarios", type=int, default=1, help="as many seeds from there on; ends at the first difference")
    parser.add_argument("--plain", action="store_true", help="scenarios without what an early pipeline lacks")
    parser.add_argument("--keep", help="folder for a smaller scenario that still differs")
    parser.add_argument("--file")
    parser.add_argument("--topology")
    arguments = parser.parse_args()
    if arguments.file:
        return check(arguments, arguments.topology, arguments.file, arguments.file)
    for seed in range(arguments.seed, arguments.seed + arguments.scenarios):
        with tempfile.TemporaryDirectory() as folder:
            scenario.write(scenario.Scenario(seed, arguments.events, arguments.plain), folder)
            code = check(arguments, f"{folder}/topology.yaml", f"{folder}/records.jsonl", f"seed {seed}")
        if code != OK:
            return code
    return OK


if __name__ == "__main__":
    sys.exit(main())
