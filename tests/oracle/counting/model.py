#!/usr/bin/env python3
"""model.py FILE -c TOPOLOGY: what `tidemark events verify FILE -o jsonl` must print, by brute force.

Judges the records of one partition in their order. It keeps every record and every sample for ever, and shares no code with the pipeline;
a total is added up at the end from the samples that are left.
"""
import argparse
import heapq
import json
import sys

from envelopes import read_envelope
from grids import Grids
from homes import home_of
from meters import VOIDABLE
from output import write_report
from profiles import read_profile
from records import DeadLetter, decode, elements_of
from settings import read_settings
from timelines import BEGINNING, changed, wanted
from totals import Cell, decimal_text, rows_of
from truth import ARRIVAL_MAX, QUANTITY_MAX, RECORD_BYTES_MAX

REMEMBERED = ("counted", "ignored", "parked", "void")
UNMOVED = ("dead_letter", "rerouted")  # they do not move the watermark


class Taken:
    """A record, or an element of a packed one, and what became of it."""

    __slots__ = ("line", "element", "order", "verdict", "code", "then", "identity", "fingerprint", "content", "event_time", "clock",
                 "state", "voided", "cells", "event", "target")

    def __init__(self, line, element, order):
        self.line = line
        self.element = element
        self.order = order
        self.verdict = self.state = None  # the verdict it got, and what it is by now
        self.code = None
        self.then = []
        self.voided = False
        self.cells = ()     # (cell, end of its period) that it was counted in
        self.event = None   # while it is parked
        self.target = None  # of a void: what it waits for

    def become(self, state, code=None):
        if self.verdict is None:
            self.verdict = state
        else:
            self.then.append(state)
        self.state = state
        self.code = code or self.code


class Customer:
    def __init__(self):
        self.known = False
        self.timeline = None         # kept through a tombstone
        self.latest_counted = None   # event time
        self.parked = []
        self.cells = {}              # by (meter, group, start, end)
        self.ended_at = None         # the watermark when the tombstone was read


class Model:
    """`partition`: which one it is, where records may be found that belong to others; None: it is home to all."""

    def __init__(self, settings, partition=None):
        self.settings = settings
        self.partition = partition
        self.foreign = []        # (home, value, envelope) of what belongs to others
        self.grids = Grids()
        self.customers = {}
        self.remembered = {}     # identity -> Taken
        self.pending = {}        # identity of the target -> voids that wait for it
        self.waiting = []        # heap of (dedup clock when it was taken, order, Taken): parked events, pending voids
        self.results = []
        self.orders = 0
        self.clock = 0
        self.watermark = None
        self.refused_profiles = []

    # --- records ---------------------------------------------------------------------------------------

    def take(self, line, envelope):
        if envelope.topic == self.settings.customers_topic:
            self.take_profile(line, envelope)
        else:
            self.take_usage(line, envelope)

    def take_usage(self, line, envelope):
        clock_before = self.clock
        if 0 <= envelope.arrival <= ARRIVAL_MAX and envelope.arrival > self.clock:
            self.clock = envelope.arrival
            self.expire()
        try:
            elements = self.open(envelope)
        except DeadLetter as reason:
            self.new_taken(line, None).become("dead_letter", reason.code)
            return
        for number, value in elements:
            taken = self.new_taken(line, number)
            try:
                event = decode(value, envelope.headers, self.settings)
                if self.is_foreign(event, value, envelope):
                    taken.become("rerouted")
                    continue
                arrival = self.check_times(event, envelope, clock_before)
            except DeadLetter as reason:
                taken.become("dead_letter", reason.code)
                continue
            self.judge(taken, event)
            if taken.verdict not in UNMOVED:
                seen = min(event.time, arrival) - self.settings.disorder
                self.watermark = seen if self.watermark is None else max(self.watermark, seen)

    def is_foreign(self, event, value, envelope):
        if self.partition is None:
            return False
        home = home_of(event.customer, self.settings.partition_count)
        if home != self.partition:
            self.foreign.append((home, value, envelope))
        return home != self.partition

    def take_brought(self, value, envelope):
        """An event that another partition found: it moves no clock and no watermark. That what is found and what stands here come in
        any order is for who calls this to know."""
        taken = self.new_taken(None, None)
        try:
            event = decode(value, envelope.headers, self.settings)
            self.check_times(event, envelope, self.clock)
        except DeadLetter as reason:
            taken.become("dead_letter", reason.code)
            return
        self.judge(taken, event)

    def open(self, envelope):
        around = len(envelope.key) + sum(len(name) + len(text) for name, text in envelope.byte_headers())
        if envelope.value is None:
            raise DeadLetter("null_value" if around <= RECORD_BYTES_MAX else "record_too_large")
        if around > RECORD_BYTES_MAX:
            raise DeadLetter("record_too_large")
        elements = elements_of(envelope.value, envelope.headers)
        return [(None, envelope.value)] if elements is None else list(enumerate(elements))

    def new_taken(self, line, element):
        taken = Taken(line, element, self.orders)
        self.orders += 1
        self.results.append(taken)
        return taken

    def check_times(self, event, envelope, clock_before):
        """The arrival by which the record is judged: that of its first attempt where it was sent again."""
        settings = self.settings
        original = envelope.original_arrival()
        arrival = envelope.arrival if original is None else min(original, envelope.arrival)
        if not 0 <= arrival <= ARRIVAL_MAX:
            raise DeadLetter("arrival_invalid")
        if original is None and settings.horizon is not None and arrival + settings.arrival_slack < clock_before:
            raise DeadLetter("arrival_behind")
        if event.time > arrival + settings.max_future:
            raise DeadLetter("timestamp_in_future")
        if event.time < arrival - settings.max_age:
            raise DeadLetter("too_old")
        return arrival

    # --- identity --------------------------------------------------------------------------------------

    def find(self, identity):
        taken = self.remembered.get(identity)
        if taken is None or self.settings.horizon is not None and self.clock > taken.clock + self.settings.horizon:
            return None
        return taken

    def forget(self, taken):
        if self.remembered.get(taken.identity) is taken:
            del self.remembered[taken.identity]

    def judge(self, taken, event):
        taken.identity = event.identity
        before = self.find(taken.identity)
        if before is not None:
            if before.fingerprint == event.fingerprint:
                taken.become("duplicate")
            else:
                taken.become("dead_letter", "event_id_conflict")
            return
        taken.fingerprint, taken.content = event.fingerprint, event.content
        taken.event_time = event.time
        taken.clock = self.clock
        customer = self.customer(event.tenant, event.customer)
        if customer.known:
            self.settle(taken, event, customer)
        else:
            taken.become("parked")
            taken.event = event
            customer.parked.append(taken)
            self.await_until_expiry(taken)
        if taken.verdict in REMEMBERED:
            self.remembered[taken.identity] = taken
            self.meet_pending(taken, customer)

    def customer(self, tenant, name):
        return self.customers.setdefault((tenant, name), Customer())

    def settle(self, taken, event, customer):
        """The judgement of an event, or of a void, whose customer is known."""
        try:
            if event.voids is None:
                self.book(taken, event, customer)
            else:
                self.void(taken, event, customer)
        except DeadLetter as reason:
            taken.become("dead_letter", reason.code)

    # --- usage -----------------------------------------------------------------------------------------

    def content_of(self, event, period):
        """What the event is to each meter that it feeds; the first fault of its own content is a dead letter."""
        for index, meter in enumerate(self.settings.meters):
            rule = meter.rule_for(event, period)
            if rule is not None:
                yield index, rule, rule.group_of(event), rule.value_of(event, self.settings.json_floats)

    def book(self, taken, event, customer):
        period = customer.timeline.containing(event.time)
        bookings = []
        for index, rule, group, value in list(self.content_of(event, period)):
            self.check_purge(period[1])
            key = (index, group, *period)
            cell = customer.cells.get(key) or Cell(rule)
            check_room(cell, value)
            bookings.append((key, cell, value))
        if not bookings:
            taken.become("ignored")
            return
        for key, cell, value in bookings:
            customer.cells[key] = cell
            cell.add(taken, value)
        taken.cells = tuple((cell, key[-1]) for key, cell, _ in bookings)
        if customer.latest_counted is None or event.time > customer.latest_counted:
            customer.latest_counted = event.time
        taken.become("counted")

    def check_purge(self, period_end):
        span = self.settings.purge_span
        if span is not None and period_end < self.clock - span:
            raise DeadLetter("period_purged")

    # --- voids -----------------------------------------------------------------------------------------

    def void(self, taken, event, customer):
        rules = [rule for _, rule, _, _ in self.content_of(event, customer.timeline.containing(event.time))]
        target = self.find(event.target)
        if target is None or target.state == "parked":  # one that is parked counts as not yet seen
            self.wait_for_target(taken, event, rules)
            return
        self.check_match(taken, target)
        if target.voided:
            taken.become("duplicate")
            return
        for cell, period_end in target.cells:
            self.check_purge(period_end)
            check_sum(cell, cell.live(without=target))
        taken.become("void")
        self.take_back(target)

    def check_match(self, void, target):
        if target.state == "void" or target.content != void.content:
            raise DeadLetter("void_mismatch")
        if any(cell.rule.aggregation not in VOIDABLE for cell, _ in target.cells):
            raise DeadLetter("void_unsupported")

    def wait_for_target(self, taken, event, rules):
        if any(rule.aggregation not in VOIDABLE for rule in rules):
            raise DeadLetter("void_unsupported")
        if any(other.content == event.content for other in self.pending.get(event.target, ())):
            taken.become("duplicate")
            return
        self.pending.setdefault(event.target, []).append(taken)
        taken.target = event.target
        if taken.verdict is None:  # else it was parked, and is in the heap: its time runs since then
            self.await_until_expiry(taken)
        taken.become("void")

    @staticmethod
    def take_back(target):
        target.voided = True
        if target.state == "counted":
            target.then.append("voided")

    def meet_pending(self, taken, customer):
        """`taken` is remembered: voids that came before it find their target."""
        if taken.state == "parked":
            return
        for void in self.pending.pop(taken.identity, ()):
            void.target = None
            try:
                self.check_match(void, taken)
                self.take_back(taken)
            except DeadLetter as reason:
                void.become("dead_letter", reason.code)
                self.forget(void)

    # --- what waits ------------------------------------------------------------------------------------

    def await_until_expiry(self, taken):
        heapq.heappush(self.waiting, (taken.clock, taken.order, taken))

    def expire(self):
        while self.waiting and self.clock > self.waiting[0][0] + self.settings.waiting:
            _, _, taken = heapq.heappop(self.waiting)
            if taken.state == "parked":
                taken.become("dead_letter", "unknown_customer")
                self.customer(taken.event.tenant, taken.event.customer).parked.remove(taken)
            elif taken.target is not None:
                taken.become("dead_letter", "void_target_unknown")
                self.pending[taken.target].remove(taken)
            else:
                continue
            self.forget(taken)

    def release(self, customer):
        for taken in customer.parked:
            self.settle(taken, taken.event, customer)
            taken.event = None
            if taken.state in REMEMBERED:
                self.meet_pending(taken, customer)
            else:
                self.forget(taken)
        customer.parked = []

    # --- profiles --------------------------------------------------------------------------------------

    def take_profile(self, line, envelope):
        try:
            key, versions = read_profile(envelope, self.grids)
        except ValueError as error:
            self.refused_profiles.append((line, str(error)))
            return
        customer = self.customer(*key)
        if versions is None:
            if customer.known:
                customer.known = False
                customer.ended_at = self.watermark
            return
        if customer.timeline is None:
            customer.timeline = wanted(versions, self.grids)
        else:
            customer.timeline = changed(customer.timeline, versions, self.grids, self.locked_until(customer))
            for _, _, start, end in customer.cells:
                assert customer.timeline.containing(start) == (start, end), "a period with usage was moved"
        customer.known = True
        self.release(customer)

    def locked_until(self, customer):
        """The first edge after the watermark and after every counted event."""
        reached = [time for time in (self.watermark, customer.latest_counted) if time is not None]
        return customer.timeline.edge_after(max(reached)) if reached else BEGINNING

    # --- the end ---------------------------------------------------------------------------------------

    def totals(self):
        rows = []
        for (tenant, name), customer in self.customers.items():
            openings_until = self.watermark if customer.known else customer.ended_at
            for meter, group, period, total, count, version in rows_of(customer, self.settings.meters, openings_until):
                row = {"tenant_id": tenant, "customer_id": name, "meter": meter}
                if group:
                    row["group"] = json.loads(group)
                row["period_start"], row["period_end"] = period
                final = self.watermark is not None and self.watermark >= period[1] + self.settings.grace
                row |= {"total": decimal_text(total), "event_count": count, "final": final, "meter_version": version}
                rows.append(row)
        return rows


def check_sum(cell, samples, more=0):
    if abs(sum(value for _, value in samples) + more) > QUANTITY_MAX:
        raise DeadLetter("value_overflow")


def check_room(cell, value):
    if cell.rule.aggregation == "unique":
        if value not in cell.distinct and len(cell.distinct) >= cell.rule.distinct_max:
            raise DeadLetter("unique_limit")
    elif cell.rule.aggregation == "sum" and cell.largest + abs(value) > QUANTITY_MAX:
        check_sum(cell, cell.live(), value)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("-c", "--topology", required=True)
    arguments = parser.parse_args()
    write_report(run(arguments.file, read_settings(arguments.topology)), sys.stdout)


def run(path, settings):
    model = Model(settings)
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            model.take(number, read_envelope(line.rstrip("\n"), settings.events_topic))
    return model


if __name__ == "__main__":
    main()
