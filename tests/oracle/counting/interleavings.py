#!/usr/bin/env python3
"""interleavings.py --tidemark PATH --seed S: the same usage in one order, the same profiles read at six times; final totals must be the same.

Promised by rule 3.5 of the design where each version of a profile is read before the watermark reaches the edge at which it takes effect, and before an
event of the customer at or after that edge is counted. Each customer has a profile, and most a second one that changes it ahead: it is read at
any time before the first record that reaches the edge, the first one at any time before it. Without --tidemark the model judges.
"""
import argparse
import copy
import json
import pathlib
import random
import sys
import tempfile

import compare
from grids import Grids
from orders import Input, clock_line, line_of, totals_of
from profile_changes import ProfileChanges
from profiles import read_version
from spelling import DAY, SECOND, Spec, profile_line
from timelines import wanted

INTERLEAVINGS = 6
DELAY = SECOND  # from event to arrival


def first_difference(before, after):
    """The first edge at which the two lists of versions rule differently; None where they never do."""
    grids = Grids()
    segments = [{(begin, grid.rule) for begin, grid in wanted([read_version(version, grids) for version in versions], grids).segments}
                for versions in (before, after)]
    return min((begin for begin, _ in segments[0] ^ segments[1]), default=None)


class Plan:
    """A customer's two profiles, and before which record of the usage the second must be read."""

    def __init__(self, customer, usage, made):
        self.customer = customer
        self.first = copy.deepcopy(customer.versions)
        self.second = None
        self.limit = len(usage)
        if made.rng.random() < 0.8:
            versions = copy.deepcopy(self.first)
            ProfileChanges.add_version(made.profiles, versions, usage[0].time + made.rng.randrange(40 * DAY))
            edge = first_difference(self.first, versions)
            reached = [number for number, spec in enumerate(usage) if edge is not None and spec.time >= edge]
            self.second = versions
            self.limit = min(reached, default=len(usage))

    def places(self, rng):
        """[(before which record, versions)]"""
        if self.second is None:
            return [(rng.randint(0, self.limit), self.first)]
        first, second = sorted(rng.randint(0, self.limit) for _ in range(2))
        return [(first, self.first), (second, self.second)]


def write(path, usage, plans, rng):
    due = {}
    for plan in plans:
        for place, versions in plan.places(rng):
            due.setdefault(place, []).append((plan.customer, versions))
    with open(path, "w", encoding="utf-8") as file:
        for number in range(len(usage) + 1):
            arrival = (usage[number] if number < len(usage) else usage[-1]).time + DELAY
            for customer, versions in due.get(number, ()):
                file.write(profile_line(arrival, customer.tenant, customer.id, versions) + "\n")
            if number < len(usage):
                file.write(line_of(usage[number], arrival, rng) + "\n")
        file.write(clock_line(usage[-1].time + 60 * DAY) + "\n")


def check(tidemark, seed, events, folder):
    made = Input(seed, events)
    customers, usage = made.make()
    usage = sorted((spec for spec in usage if isinstance(spec, Spec)), key=lambda spec: spec.time)
    topology = pathlib.Path(folder, "topology.yaml")
    topology.write_text(json.dumps(made.topology), encoding="utf-8")
    plans = [Plan(customer, usage, made) for customer in customers]
    first = None
    for number in range(INTERLEAVINGS):
        records = f"{folder}/interleaving_{number}.jsonl"
        write(records, usage, plans, random.Random(seed * INTERLEAVINGS + number))
        totals = totals_of(tidemark, str(topology), records, folder)
        first = first or totals
        differing = sorted(key for key in first.keys() | totals.keys() if first.get(key) != totals.get(key))
        print(f"seed {seed}: {len(usage)} records, interleaving {number}: {len(totals)} totals, {len(differing)} differ", flush=True)
        for key in differing[:compare.SHOWN]:
            print("   ", " ".join(key), "first", first.get(key, "none"), "here", totals.get(key, "none"))
        if differing:
            return compare.FINDINGS
    return compare.OK


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tidemark")
    parser.add_argument("--events", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scenarios", type=int, default=1)
    parser.add_argument("--keep", help="folder for the files of the last scenario")
    arguments = parser.parse_args()
    for seed in range(arguments.seed, arguments.seed + arguments.scenarios):
        with tempfile.TemporaryDirectory() as folder:
            kept = arguments.keep or folder
            pathlib.Path(kept).mkdir(parents=True, exist_ok=True)
            if check(arguments.tidemark, seed, arguments.events, kept) != compare.OK:
                return compare.FINDINGS
    return compare.OK


if __name__ == "__main__":
    sys.exit(main())
