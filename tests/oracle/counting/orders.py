#!/usr/bin/env python3
"""orders.py --tidemark PATH --seed S: one small scenario in six orders of arrival; the final totals must be the same.

Promised by rule 3.5 of the design for input as it is made here: every event is young enough in every order, no id has two contents, no total
overflows, no two samples of a customer have one time, and each customer has one profile, which takes effect whenever it is read: nothing is late
for a first profile. Without --tidemark the model judges.
"""
import json
import random
import sys
from dataclasses import replace

import spelling
import variants
from scenario import Scenario
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


def check(tidemark, seed, events, folder):
    made = Input(seed, events)
    profiles, usage = made.make()
    rng = random.Random(seed)
    orders = orders_of(profiles, usage, rng)
    return variants.check(tidemark, seed, made.topology, folder, orders, lambda order, path: write_order(orders[order], path, made.now + STEP, rng))


if __name__ == "__main__":
    sys.exit(variants.main(__doc__, 400, check))
