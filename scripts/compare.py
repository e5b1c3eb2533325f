#!/usr/bin/python3
"""Compares what the topics hold with the truth, prints two tables, and exits 3 when anything differs.

Reads dumps that `kcat -C -e -J -X isolation.level=read_committed` made, the truth of tests/oracle/counting/topic_truth.py (.jsonl)
or of scripts/truth.py (.tsv), and the sums of `tidemark dev verdicts -o json`. Shares no code with the pipeline. Decimals become
integers times 10^12.
"""
import argparse
import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

from figures import Chains, decimal, scaled

VERDICTS = ("counted", "duplicate", "dead_letter", "ignored", "parked", "void", "rerouted")
MOVED = ("counted", "duplicate", "dead_letter", "ignored")  # what only a parked event or a waiting void becomes
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


def figures_of(value: dict) -> tuple:
    return value["event_count"], scaled(value["total"]), value["final"], value["meter_version"]


def read_totals(path: Path) -> dict[tuple, tuple]:
    """(count, total, final, version) by key: the last value of a compacted topic."""
    latest = {}
    for _, key, value in records(path):
        latest.pop(key, None)
        if value is not None:
            latest[key] = value
    return {identity(value): figures_of(value) for value in latest.values()}


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


def read_truth(path: Path) -> dict[tuple, tuple]:
    """As read_totals; a .tsv says nothing of final and version."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if path.suffix == ".jsonl":
        return {identity(value): figures_of(value) for value in map(json.loads, lines)}
    rows = {}
    for line in lines:
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
    """Per source topic: one verdict for every event sent; the truth and the dead-letter topic agree with them."""
    judged = {entry["topic"]: entry for entry in json.loads(options.verdicts.read_text(encoding="utf-8"))}
    truth = json.loads(options.truth_verdicts.read_text(encoding="utf-8"))
    rows = []
    for topic in sorted({options.events_topic, *judged}):
        entry = judged.get(topic, {})
        counts = [entry.get(verdict, 0) for verdict in VERDICTS]
        home = topic == options.events_topic
        balance = "holds" if sum(counts) == (truth["lines"] if home else entry["consumed"]) else "BROKEN"
        sent = [f"{options.sent:,}", f"{truth['lines']:,}"] if home else ["-", "-"]
        rows.append([topic, *sent, f"{entry.get('consumed', 0):,}", *(f"{count:,}" for count in counts), balance])
        findings.expect(f"events of {topic} judged twice", entry.get("judged_twice", 0), 0)
        if balance != "holds":
            findings.add("loss equation", f"{topic}: sent {sent[1]}, verdicts {sum(counts)}")
    print("Every event has one verdict: consumed = " + " + ".join(VERDICTS))
    print_table(["topic", "records sent", "events in them", "consumed", *VERDICTS, "equation"], rows)
    findings.expect("records", truth.get("records", options.sent), options.sent)
    compare_outcomes(added_up(judged.values()), truth, findings)
    compare_dead_letters(judged, truth, read_dead_letters(options.dead_letters), findings)


def added_up(entries) -> dict:
    """Over all topics: what was rerouted from one has its outcome in another."""
    both = Counter()
    moved = Counter()
    for entry in entries:
        both.update({verdict: entry.get(verdict, 0) for verdict in VERDICTS})
        moved.update(entry.get("moved", {}))
    return {**both, "moved": moved}


def compare_outcomes(entry: dict, truth: dict, findings: Findings) -> None:
    """What every event is by now: parked ones were released, voids met their events. It does not depend on when profiles were read."""
    moved, expected = entry.get("moved", {}), truth["verdicts"]
    outcomes = {verdict: entry.get(verdict, 0) + moved.get(verdict, 0) for verdict in MOVED}
    became = sum(moved.get(verdict, 0) for verdict in MOVED)
    outcomes["void or parked"] = entry.get("void", 0) + entry.get("parked", 0) - became
    outcomes["taken back"] = moved.get("voided", 0)
    true = {verdict: expected.get(verdict, 0) for verdict in MOVED}
    true |= {"void or parked": expected.get("void", 0) + expected.get("parked", 0), "taken back": truth.get("voided", 0)}
    print(f"What became of them ({became:,} were parked first, or waited; \"taken back\" are counted ones that a void took):")
    print_table(["", *outcomes], [["verdicts", *(f"{count:,}" for count in outcomes.values())], ["truth", *(f"{count:,}" for count in true.values())]])
    for outcome, count in outcomes.items():
        findings.expect(f"outcome {outcome}", count, true[outcome])
    findings.expect("verdict rerouted", entry.get("rerouted", 0), expected.get("rerouted", 0))


def compare_dead_letters(judged: dict, truth: dict, letters: Counter, findings: Findings) -> None:
    codes = Counter()
    for entry in judged.values():
        codes.update(entry.get("dead_letters", {}))
        codes.update(entry.get("moved_dead_letters", {}))
    expected = truth["dead_letters"]
    print_table(["dead letters by code", "verdicts", "in the topic", "truth"],
                [[code, f"{codes[code]:,}", f"{letters[code]:,}", f"{expected.get(code, 0):,}"] for code in sorted({*codes, *letters, *expected})])
    findings.expect("dead-letter codes by verdict", dict(codes), expected)
    findings.expect("dead-letter codes in the topic", dict(letters), dict(codes))


def compare_figures(options, findings: Findings) -> None:
    """Per (tenant, customer, meter, period, group): totals = sum of deltas = truth, count and sum; final and version as in the truth."""
    totals, truth = read_totals(options.totals), read_truth(options.truth)
    deltas, breaches = read_deltas(options.deltas)
    for breach in breaches:
        findings.add("delta chain", breach)
    for key in sorted({*totals, *deltas, *truth}):
        figures = [side.get(key, (0, 0))[:2] for side in (totals, deltas, truth)]
        if len(set(figures)) > 1 or key not in totals or key not in truth:
            texts = (f"{name} {count} events, {decimal(value)}" for name, (count, value) in zip(("totals", "deltas", "truth"), figures))
            findings.add("figures", f"{'/'.join(key)}: {'; '.join(texts)}")
        elif truth[key][2:] and truth[key][2:] != totals[key][2:]:
            findings.add("final or version", f"{'/'.join(key)}: totals {totals[key][2:]}, truth {truth[key][2:]}")
    print(f"Figures of {len(truth):,} (tenant, customer, meter, period, group), chains of {len(deltas):,} keys:")
    print_table(["meter", "figures", "final", "events", "usage.totals", "sum of usage.deltas", "truth", "difference"],
                [row_of(meter, totals, deltas, truth) for meter in sorted({key[2] for key in {*totals, *deltas, *truth}})])
    if not truth:
        findings.add("figures", "the truth is empty")


def row_of(meter: str, totals: dict, deltas: dict, truth: dict) -> list[str]:
    side = [[figure for key, figure in source.items() if key[2] == meter] for source in (totals, deltas, truth)]
    sums = [sum(figure[1] for figure in figures) for figures in side]
    final = sum(figure[2] for figure in side[0])
    return [meter, f"{len(side[2]):,}", f"{final:,}", f"{sum(figure[0] for figure in side[2]):,}", *map(decimal, sums), decimal(sums[0] - sums[2])]


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
