#!/usr/bin/python3
"""Compares what the topics hold with the truth, prints two tables, and exits 3 when anything differs.

Reads dumps that `kcat -C -e -J -X isolation.level=read_committed` made, the truth of scripts/truth.py, and the sums of
`tidemark dev verdicts -o json`. Shares no code with the pipeline. Decimals become integers times 10^12.
"""
import argparse
import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

from figures import Chains, decimal, scaled

VERDICTS = ("counted", "duplicate", "dead_letter", "ignored", "parked", "void", "rerouted")
SHOWN_MAX = 10  # differences printed per kind


def records(path: Path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            envelope = json.loads(line)
            payload = envelope.get("payload")
            yield envelope["partition"], envelope["key"], None if payload is None else json.loads(payload)


def identity(value: dict) -> tuple:
    group = json.dumps(value["group"], sort_keys=True) if value.get("group") else ""
    return (value["tenant_id"], value["customer_id"], value["meter"], value["period_start"], value["period_end"], group)


def read_totals(path: Path) -> dict[tuple, tuple[int, int]]:
    """(count, total) by key: the last value of a compacted topic."""
    latest = {}
    for _, key, value in records(path):
        latest.pop(key, None)
        if value is not None:
            latest[key] = value
    return {identity(value): (value["event_count"], scaled(value["total"])) for value in latest.values()}


def read_deltas(path: Path) -> tuple[dict[tuple, tuple[int, int]], list[str]]:
    """(count, sum) by key, added up, and every breach of the chain."""
    chains, homes, moves = Chains(), {}, []
    for partition, _, value in records(path):
        key = identity(value)
        chains.take(key, value)
        home = homes.setdefault(key, partition)
        if partition != home:
            moves.append(f"{'/'.join(key)} seq {value['seq']}: in partition {partition}, the chain began in {home}")
    return chains.sums, chains.breaches + moves


def read_truth(path: Path) -> dict[tuple, tuple[int, int]]:
    rows = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        tenant, customer, meter, start, end, count, total = line.split("\t")
        rows[tenant, customer, meter, start, end, ""] = (int(count), scaled(total))
    return rows


def read_dead_letters(path: Path) -> Counter:
    """Codes in the headers, one line a record (kcat -f '%h\\n')."""
    return Counter(re.findall(r"(?:^|,)td-error-code=([a-z0-9_]+)", path.read_text(encoding="utf-8", errors="replace"), re.M))


def print_table(header: list[str], rows: list[list[str]]) -> None:
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    for row in [header, ["-" * width for width in widths], *rows]:
        print("  ".join([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))]).rstrip())
    print()


class Findings:
    def __init__(self):
        self.by_kind = defaultdict(list)

    def add(self, kind: str, text: str) -> None:
        self.by_kind[kind].append(text)

    def expect(self, kind: str, actual, expected) -> None:
        if actual != expected:
            self.add(kind, f"{actual}, expected {expected}")

    def print(self) -> None:
        for kind, texts in self.by_kind.items():
            print(f"DIFFERENCE {kind}: {len(texts)}")
            for text in texts[:SHOWN_MAX]:
                print(f"  {text}")


def compare_verdicts(options, findings: Findings) -> None:
    """Per source topic: one verdict for every record sent; the truth and the dead-letter topic agree with them."""
    judged = {entry["topic"]: entry for entry in json.loads(options.verdicts.read_text(encoding="utf-8"))}
    truth = json.loads(options.truth_verdicts.read_text(encoding="utf-8"))
    dead_letters = read_dead_letters(options.dead_letters)
    rows, codes, moved = [], Counter(), Counter()
    for topic in sorted({options.events_topic, *judged}):
        entry = judged.get(topic, {})
        counts = [entry.get(verdict, 0) for verdict in VERDICTS]
        sent = f"{options.sent:,}" if topic == options.events_topic else "-"
        balance = "holds" if sum(counts) == (options.sent if topic == options.events_topic else entry["consumed"]) else "BROKEN"
        rows.append([topic, sent, f"{entry.get('consumed', 0):,}", *(f"{count:,}" for count in counts), balance])
        codes.update(entry.get("dead_letters", {}))
        moved.update(entry.get("moved_dead_letters", {}))
        findings.expect(f"records of {topic} judged twice", entry.get("judged_twice", 0), 0)
        if balance != "holds":
            findings.add("loss equation", f"{topic}: sent {sent}, verdicts {sum(counts)}")
    print("Every record has one verdict: consumed = " + " + ".join(VERDICTS))
    print_table(["topic", "sent", "consumed", *VERDICTS, "equation"], rows)
    expected = truth["dead_letters"]
    print_table(["dead letters by code", "verdicts", "in the topic", "truth"],
                [[code, f"{codes[code]:,}", f"{dead_letters[code] - moved[code]:,}", f"{expected.get(code, 0):,}"]
                 for code in sorted({*codes, *dead_letters, *expected})])
    home = judged.get(options.events_topic, {})
    for verdict in VERDICTS:
        findings.expect(f"verdict {verdict}", home.get(verdict, 0), truth["verdicts"].get(verdict, 0))
    findings.expect("dead-letter codes by verdict", dict(codes), expected)
    findings.expect("dead-letter codes in the topic", dict(dead_letters), dict(codes + moved))


def compare_figures(options, findings: Findings) -> None:
    """Per (tenant, customer, meter, period): totals = sum of deltas = truth, count and sum."""
    totals, truth = read_totals(options.totals), read_truth(options.truth)
    deltas, breaches = read_deltas(options.deltas)
    for breach in breaches:
        findings.add("delta chain", breach)
    for key in sorted({*totals, *deltas, *truth}):
        figures = [side.get(key, (0, 0)) for side in (totals, deltas, truth)]
        if len(set(figures)) > 1:
            texts = (f"{name} {count} events, {decimal(value)}" for name, (count, value) in zip(("totals", "deltas", "truth"), figures))
            findings.add("figures", f"{'/'.join(key)}: {'; '.join(texts)}")
    rows = []
    for meter in sorted({key[2] for key in {*totals, *deltas, *truth}}):
        side = [[figure for key, figure in source.items() if key[2] == meter] for source in (totals, deltas, truth)]
        sums = [sum(value for _, value in figures) for figures in side]
        rows.append([meter, f"{len(side[2]):,}", f"{sum(count for count, _ in side[2]):,}", *map(decimal, sums), decimal(sums[0] - sums[2])])
    print(f"Figures of {len(truth):,} (tenant, customer, meter, period), chains of {len(deltas):,} keys:")
    print_table(["meter", "figures", "events", "usage.totals", "sum of usage.deltas", "truth", "difference"], rows)
    if not truth:
        findings.add("figures", "the truth is empty")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("totals", "deltas", "dead-letters", "verdicts", "truth", "truth-verdicts"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--sent", type=int, required=True)
    parser.add_argument("--events-topic", default="usage.events")
    options = parser.parse_args()
    findings = Findings()
    compare_verdicts(options, findings)
    compare_figures(options, findings)
    findings.print()
    return 3 if findings.by_kind else 0


if __name__ == "__main__":
    sys.exit(main())
