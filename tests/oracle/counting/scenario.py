#!/usr/bin/env python3
"""scenario.py --seed S --events N FOLDER: writes topology.yaml and records.jsonl: random customers, meters and usage, months of it.

The seed decides everything. Lines are made one after the other, so that a million need no memory to speak of."""
import argparse
import heapq
import json
import pathlib
import random
from dataclasses import replace

import spelling
from profile_changes import ProfileChanges
from spelling import DAY, SECOND, Spec
from trouble import bad_record, bad_values, huge_value
from worlds import TYPES, VOIDABLE_TYPES, REGIONS, random_customers, random_topology

HOUR = 3600 * SECOND
MINUTE = 60 * SECOND
MILLISECOND = 10**6
MAX_AGE = 35 * DAY
RECENT = 400           # events that may be repeated or taken back
FIRST_DAY = 20_460     # 7 January 2026
ACTIONS = {"fresh": 100, "repeat": 8, "conflict": 2, "void": 6, "void_first": 2, "void_wrong": 2, "bad_record": 2, "bad_values": 5,
           "packed": 3, "sent_again": 2, "later_repeat": 2, "at_close": 2, "huge": 1}
PLAIN_ACTIONS = {"fresh": 100, "repeat": 8, "conflict": 2, "bad_record": 2, "later_repeat": 2, "sent_again": 2, "at_close": 2}


class Scenario:
    def __init__(self, seed, events, plain=False):
        self.rng = random.Random(f"{seed} {events} {plain}")
        self.events = events
        self.plain = plain
        self.days = self.rng.choice([60, 120, 200])
        self.now = self.start = (FIRST_DAY + self.rng.randint(0, 300)) * DAY  # arrival of the newest record
        self.topology = random_topology(self.rng, self.start, self.days, plain)
        self.backfill = self.topology["sub_topologies"]["metering"]["stores"]["event_ids"]["horizon"] == "forever"
        self.customers = random_customers(self.rng, events)
        self.profiles = ProfileChanges(self.rng, self.customers, events, self.start, plain)
        self.recent = []
        self.later = []      # heap of (arrival, number, spec or line maker)
        self.number = 0
        actions = PLAIN_ACTIONS if plain else ACTIONS
        self.actions = [getattr(self, name) for name in actions]
        self.weights = list(actions.values())

    def lines(self):
        """Exactly `events` lines."""
        made = 0
        for line in self.profiles.at_start(self.now):
            if made < self.events:
                made += 1
                yield line
        step = self.days * DAY // self.events
        jump = 3 / self.events
        rng = self.rng
        actions = iter(())
        while made < self.events:
            change = self.profiles.next_line(made, self.now)
            if change is not None:
                made += 1
                yield change
                continue
            self.now += int(rng.expovariate(1) * step) // MILLISECOND * MILLISECOND
            if rng.random() < jump:
                self.now += rng.randint(5, 40) * DAY
            if self.later and self.later[0][0] <= self.now:
                self.now, _, make = heapq.heappop(self.later)
                yield make()
            else:
                act = next(actions, None)
                if act is None:
                    actions = iter(rng.choices(self.actions, self.weights, k=1000))
                    act = next(actions)
                yield act()
            made += 1

    # --- pieces ----------------------------------------------------------------------------------------

    def next_id(self, letter="e"):
        self.number += 1
        return f"{letter}{self.number}"

    def arrival(self):
        """Mostly the newest so far; sometimes behind it, and rarely by more than is allowed."""
        chance = self.rng.random()
        if chance > 0.03:
            return self.now
        if self.backfill:
            return self.now - self.rng.randrange(60 * DAY // MILLISECOND) * MILLISECOND
        if chance > 0.003:
            return self.now - self.rng.randrange(23 * HOUR // MILLISECOND) * MILLISECOND
        return self.now - 23 * HOUR - self.rng.choice([0, MILLISECOND, HOUR])

    def event_time(self, arrival, customer):
        rng = self.rng
        chance = rng.random()
        if chance < 0.80:
            return arrival - rng.randrange(60_000) * MILLISECOND
        if chance < 0.88:
            return arrival - rng.randrange(HOUR)
        if chance < 0.94:
            return arrival - rng.randrange(5 * DAY)
        if chance < 0.96:
            return arrival - rng.randrange(MAX_AGE)
        if chance < 0.97:
            return arrival - MAX_AGE - rng.choice([0, 0, 1, MILLISECOND])
        if chance < 0.98:
            return arrival + 5 * MINUTE + rng.choice([0, 0, 1, -1])
        if chance < 0.985:
            return arrival + rng.randrange(5 * MINUTE)
        if customer.grid is None:
            return arrival
        return rng.choice(customer.grid.containing(arrival)) + rng.choice([-1, 0, 0, 1])

    def properties(self):
        rng = self.rng
        if self.plain and rng.random() < 0.8:
            return {}
        fields = {"region": rng.choice(REGIONS), "model": rng.choice(["large", "small", 7, True, "7"]),
                  "usage": {"input": rng.randint(0, 5000), "tier": rng.choice([1, 2, "1"])},
                  "tokens": rng.choice([rng.randint(-50, 5000), f"{rng.randint(0, 900)}.{rng.randint(0, 99):02d}"]),
                  "user": rng.choice([f"u{rng.randint(0, 60)}", rng.randint(0, 5)]), "x.y": {"n": rng.randint(0, 9)}}
        if rng.random() < 0.5:
            fields["paid"] = rng.random() < 0.8
        return fields

    def fresh_spec(self, arrival=None):
        rng = self.rng
        customer = rng.choice(self.customers)
        arrival = self.now if arrival is None else arrival
        value = rng.choice((None, None, rng.randint(-20, 1000), f"{rng.randint(0, 99)}.{rng.randint(0, 999_999)}"))
        kind = rng.choice(TYPES)
        source = "s" if rng.random() < 0.1 else ""
        time = self.event_time(arrival, customer)
        spec = Spec(self.next_id(), customer.tenant, customer.id, source, kind, time, value, self.properties())
        if self.recent and rng.random() < 0.06:
            self.make_twin(spec)
        if len(self.recent) < RECENT:
            self.recent.append(spec)
        else:
            self.recent[rng.randrange(RECENT)] = spec
        return spec

    def make_twin(self, spec):
        """Of an earlier event: the same customer, type, time and groups, so that the order decides which is the last."""
        other = self.rng.choice(self.recent)
        spec.tenant, spec.customer, spec.type, spec.time = other.tenant, other.customer, other.type, other.time
        spec.properties = {**spec.properties, **{name: other.properties[name] for name in ("region", "model", "paid") if name in other.properties}}

    def old_spec(self, types=None):
        for _ in range(8):
            if self.recent:
                spec = self.rng.choice(self.recent)
                if types is None or spec.type in types:
                    return spec
        return self.fresh_spec()

    def spelled(self, spec, arrival=None, headers=None):
        arrival = self.now if arrival is None else arrival
        chance = 1 if self.plain else self.rng.random()
        if chance < 0.05:
            return spelling.line(arrival, spelling.structured(spec), headers)
        if chance < 0.10:
            record, attributes = spelling.binary(spec)
            return spelling.line(arrival, record, {**attributes, **(headers or {})})
        offset = self.rng.choice([60, -330, 720]) if chance < 0.15 else 0
        return spelling.line(arrival, spelling.own_json(spec, offset), headers)

    def at(self, arrival, make):
        if arrival >= self.now:
            heapq.heappush(self.later, (arrival, self.next_id(), make))

    # --- actions: each makes one line ------------------------------------------------------------------

    def fresh(self):
        arrival = self.arrival()
        return self.spelled(self.fresh_spec(arrival), arrival)

    def repeat(self):
        spec = self.old_spec()
        return self.spelled(spelling.other_spelling(spec, self.rng) if self.rng.random() < 0.5 else spec, self.arrival())

    def conflict(self):
        spec = self.old_spec()
        other = self.rng.choice([{"value": "77"}, {"type": "view"}, {"time": spec.time - 1}, {"properties": {**spec.properties, "region": 5}}])
        return self.spelled(replace(spec, **other))

    def void(self):
        spec = self.old_spec(VOIDABLE_TYPES if self.rng.random() < 0.8 else None)
        void = spec.void(self.next_id("v"))
        if self.rng.random() < 0.3:
            self.recent[self.rng.randrange(len(self.recent))] = void
        return self.spelled(void)

    def void_first(self):
        """The original comes soon, just within, or never within the 35 days that a void waits."""
        spec = self.fresh_spec()
        wait = self.rng.choice([MINUTE, HOUR, 3 * DAY, 35 * DAY, 35 * DAY + MILLISECOND])
        headers = {"td-original-arrival": str(self.now // MILLISECOND)}
        if self.rng.random() < 0.8:
            self.at(self.now + wait, lambda: self.spelled(spec, headers=headers))
        void = spec.void(self.next_id("v"))
        if self.rng.random() < 0.3:
            self.at(self.now + MINUTE, lambda: self.spelled(replace(void, id=self.next_id("v"))))
        return self.spelled(void)

    def void_wrong(self):
        void = self.old_spec().void(self.next_id("v"))
        chance = self.rng.random()
        if chance < 0.4:
            void = replace(void, value="123456")
        elif chance < 0.5:
            void = replace(void, voids=void.id)
        elif chance < 0.7:
            first = replace(void, value="654321", id=self.next_id("v"))
            self.at(self.now, lambda: self.spelled(first))
        return self.spelled(void)

    def bad_record(self):
        return bad_record(self.rng, self.fresh_spec(), self.now, self.plain)

    def bad_values(self):
        return self.spelled(bad_values(self.rng, self.fresh_spec()))

    def huge(self):
        return self.spelled(huge_value(self.rng, self.fresh_spec()))

    def packed(self):
        rng = self.rng
        texts = []
        for _ in range(rng.choice([1, 2, 2, 3, 6])):
            spec = self.fresh_spec() if rng.random() < 0.8 else self.old_spec(VOIDABLE_TYPES)
            if rng.random() < 0.15:
                spec = spec.void(self.next_id("v"))
            texts.append(spelling.structured(spec) if rng.random() < 0.2 else spelling.own_json(spec))
        if rng.random() < 0.1:
            texts.insert(rng.randrange(len(texts) + 1), rng.choice(["7", '{"event_id":5}', "[]"]))
        if rng.random() < 0.5:
            return spelling.line(self.arrival(), "[" + rng.choice([",", " ,\n"]).join(texts) + "]", raw=True)
        return spelling.line(self.arrival(), "\n".join(texts), {"content-type": "application/x-ndjson"}, raw=True)

    def sent_again(self):
        """By the retrier, long after its first arrival; sometimes so long that its period is gone."""
        first = self.now - self.rng.choice([HOUR, 3 * DAY, 30 * DAY, 60 * DAY])
        headers = {"td-original-arrival": str(first // MILLISECOND)}
        return self.spelled(self.fresh_spec(first), headers=headers)

    def later_repeat(self):
        """Of a fresh event, around the horizon of 36 days and the 35 days that a parked event waits."""
        spec, arrival = self.fresh_spec(), self.now
        headers = {"td-original-arrival": str(arrival // MILLISECOND)}
        for wait in self.rng.sample([DAY, 35 * DAY, 35 * DAY + MILLISECOND, 36 * DAY, 36 * DAY + MILLISECOND], 2):
            self.at(arrival + wait, lambda: self.spelled(spec, headers=headers))
        return self.spelled(spec)

    def at_close(self):
        """Two events around the moment at which a period of the customer closes or opens."""
        customer = self.rng.choice(self.customers)
        if customer.grid is None:
            return self.fresh()
        end = customer.grid.containing(self.now)[1] + self.rng.choice([0, 5 * MINUTE, 48 * HOUR + 5 * MINUTE])
        for time in (end - MILLISECOND, end):
            if end < self.now + 60 * DAY:
                spec = Spec(self.next_id(), customer.tenant, customer.id, "", self.rng.choice(TYPES), time, None, self.properties())
                self.at(time, lambda spec=spec: self.spelled(spec))
        return self.fresh()


def write(scenario, folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "topology.yaml").write_text(json.dumps(scenario.topology, indent=1) + "\n", encoding="utf-8")
    with open(folder / "records.jsonl", "w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in scenario.lines())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--events", type=int, default=1000, help="lines, profiles included")
    parser.add_argument("--plain", action="store_true", help="only sum and count, one profile a customer, own JSON without voids")
    arguments = parser.parse_args()
    write(Scenario(arguments.seed, arguments.events, arguments.plain), arguments.folder)


if __name__ == "__main__":
    main()
