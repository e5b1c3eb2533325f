#!/usr/bin/env python3
"""orders.py --tidemark PATH --seed S: one small scenario in six orders of arrival; the final totals must be the same.

Promised by rule 3.5 of the design for input as it is made here: every event is young enough in every order, no id has two contents, no total
overflows, no two samples of a customer have one time, and each customer has one profile, which takes effect whenever it is read: nothing is late
for a first profile. Without --tidemark the model judges.
"""
import argparse
import json
import pathlib
import random
import sys
import tempfile
from dataclasses import replace

import compare
import model
import spelling
from output import total_of
from scenario import Scenario
from settings import read_settings
from spelling import DAY, SECOND, time_text

SPAN = 30 * DAY            # of the event times; less than the greatest age
STEP = 50 * 10**6          # between arrivals; all of them come after the last event
DISORDER = 60 * SECOND     # the smallest that a topology here allows


class Input(Scenario):
    """Usage as (event time, text of the record) and one profile a customer, without arrivals."""

    def __init__(self, seed, events):
        super().__init__(seed, events)
        self.times = set()  # no two events have one
        for meter in self.topology["meters"]:
            meter.pop("distinct_max", None)  # which value is one too many depends on the order

    def event_time(self, arrival, customer):
        time = arrival
        while time in self.times:
            time = self.now - self.rng.randrange(SPAN)
        self.times.add(time)
        return time

    def make_twin(self, spec):
        """No two events have one time here."""

    def make(self):
        """([text of a profile line without its arrival], [(event time, customer, line maker)])"""
        usage = []
        while len(usage) < self.events:
            spec = self.fresh_spec()
            usage.append(spec)
            chance = self.rng.random()
            if chance < 0.10:
                usage.append(spelling.other_spelling(spec, self.rng))
            elif chance < 0.20:
                usage.append(spec.void(self.next_id("v")))
            elif chance < 0.23:
                void = spec.void(self.next_id("v"))
                usage += [void, replace(void, id=self.next_id("v"))]
            elif chance < 0.26:
                usage.append(replace(spec.void(self.next_id("v")), value="987654"))
        profiles = [customer for customer in self.customers if self.rng.random() < 0.9]
        for customer in profiles:
            self.profiles.change(customer, "first", self.now)
        return profiles, usage


def within_disorder(usage, rng):
    """In order of event time, then reversed in runs no longer than the allowed disorder."""
    runs = []
    for spec in sorted(usage, key=lambda each: each.time):
        if runs and spec.time - runs[-1][0].time <= DISORDER:
            runs[-1].append(spec)
        else:
            runs.append([spec])
    return [spec for run in runs for spec in reversed(run)]


def shuffled(items, rng):
    return rng.sample(items, len(items))


def orders_of(profiles, usage, rng):
    """{name: profiles and events in one order}"""
    mixed = shuffled(usage, rng)
    for profile in profiles:
        mixed.insert(rng.randrange(len(mixed) + 1), profile)
    return {
        "as generated": [*profiles, *usage],
        "reversed within the disorder": [*profiles, *within_disorder(usage, rng)],
        "by customer": [*profiles, *sorted(usage, key=lambda spec: (spec.customer, spec.time))],
        "reversed": [*profiles, *reversed(usage)],
        "profiles last": [*shuffled(usage, rng), *profiles],
        "profiles in between": mixed}


def line_of(item, arrival, rng):
    if isinstance(item, spelling.Spec):
        return spelling.line(arrival, spelling.structured(item) if rng.random() < 0.1 else spelling.own_json(item))
    return spelling.profile_line(arrival, item.tenant, item.id, item.versions)


def write_order(items, path, start, rng):
    with open(path, "w", encoding="utf-8") as file:
        for number, item in enumerate(items):
            file.write(line_of(item, start + number * STEP, rng) + "\n")
        file.write(clock_line(start + len(items) * STEP) + "\n")


def clock_line(arrival):
    """A last event of nobody: it is parked, and takes the watermark to one place in every order. Else that depends on
    which records were dead letters at once, and which were parked before."""
    event = {"event_id": "clock", "tenant_id": "acme", "customer_id": "cus_clock", "type": "clock", "timestamp": time_text(arrival)}
    return json.dumps({"arrival": time_text(arrival), "key": "cus_clock", "record": event})


def totals_of(tidemark, topology, records, folder):
    """{key: figures}"""
    if tidemark is None:
        rows = map(total_of, model.run(records, read_settings(topology)).totals())
        return {compare.key_of(row): compare.figures(row) for row in rows}
    output = f"{folder}/output.jsonl"
    failure = compare.run_pipeline(tidemark, topology, records, output)
    if failure:
        raise SystemExit(f"the pipeline fails: {failure}")
    _, totals = compare.read_pipeline(output, "usage.events")
    return {key: compare.figures(total) for key, total in totals.items()}


def check(tidemark, seed, events, folder):
    made = Input(seed, events)
    profiles, usage = made.make()
    topology = pathlib.Path(folder, "topology.yaml")
    topology.write_text(json.dumps(made.topology), encoding="utf-8")
    rng = random.Random(seed)
    first = None
    for name, items in orders_of(profiles, usage, rng).items():
        records = f"{folder}/{name.replace(' ', '_')}.jsonl"
        write_order(items, records, made.now + STEP, rng)
        totals = totals_of(tidemark, str(topology), records, folder)
        first = first or totals
        differing = sorted(key for key in first.keys() | totals.keys() if first.get(key) != totals.get(key))
        print(f"seed {seed}: {len(usage)} records {name}: {len(totals)} totals, {len(differing)} differ", flush=True)
        for key in differing[:compare.SHOWN]:
            print("   ", " ".join(key), "first", first.get(key, "none"), "here", totals.get(key, "none"))
        if differing:
            return compare.FINDINGS
    return compare.OK


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tidemark")
    parser.add_argument("--events", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scenarios", type=int, default=1)
    parser.add_argument("--keep", help="folder for the six files of the last scenario")
    arguments = parser.parse_args()
    for seed in range(arguments.seed, arguments.seed + arguments.scenarios):
        with tempfile.TemporaryDirectory() as folder:
            kept = arguments.keep or folder
            pathlib.Path(kept).mkdir(parents=True, exist_ok=True)
            code = check(arguments.tidemark, seed, arguments.events, kept)
        if code != compare.OK:
            return code
    return compare.OK


if __name__ == "__main__":
    sys.exit(main())
