"""Short notation for hand-written input: usage, profiles and their envelopes, and what the model says of them."""
import itertools
import json

import model
from envelopes import read_envelope
from output import total_of, verdict_of
from records import READER
from settings import Settings
from topologies import topology_of

CALLS = {"name": "calls", "event_types": ["call"], "aggregation": "count"}


def settings_of(meters=(CALLS,), **options):
    return Settings(READER.read(json.dumps(topology_of(list(meters), **options))))


def event(event_id, time, kind="call", customer="cus_1", **fields):
    record = {"event_id": event_id, "tenant_id": "acme", "customer_id": customer, "type": kind, "timestamp": time, **fields}
    return {name: value for name, value in record.items() if value is not ...}


def void(event_id, original):
    return {**original, "event_id": event_id, "voids": original["event_id"]}


def usage(record, arrival=None, **more):
    """`arrival`: by default the event's own time."""
    line = {"arrival": arrival or record["timestamp"], **more}
    return json.dumps({**line, "raw": record} if isinstance(record, str) else {**line, "record": record})


def usages(*records):
    """Each arrives at its own event time, or with the record before it where that is later."""
    arrivals = itertools.accumulate((record["timestamp"] for record in records), max)
    return [usage(record, arrival) for record, arrival in zip(records, arrivals)]


def version(zone="UTC", unit="month", n=1, effective_from="2020-01-01T00:00:00Z", **more):
    return {"effective_from": effective_from, "time_zone": zone, "interval": {"unit": unit, "n": n}, "mode": "test", **more}


def profile(*versions, customer="cus_1", tenant="acme", arrival="2026-01-01T00:00:00Z", ended=False):
    line = {"topic": "usage.customers", "arrival": arrival, "key": json.dumps({"tenant_id": tenant, "customer_id": customer})}
    body = {"tombstone": True} if ended else {
        "record": {"tenant_id": tenant, "customer_id": customer, "versions": list(versions) or [version()]}}
    return json.dumps({**line, **body})


class Told:
    """What the model says of some lines."""

    def __init__(self, lines, meters=(CALLS,), **options):
        self.model = model.Model(settings_of(meters, **options))
        for number, line in enumerate(lines, 1):
            self.model.take(number, read_envelope(line, "usage.events"))
        self.totals = [total_of(row) for row in self.model.totals()]

    @property
    def verdicts(self):
        """Such as "counted", "dead_letter:too_old", "parked,counted,voided"."""
        return [said_of(verdict_of(taken), taken.code) for taken in self.model.results]

    def figures(self, *names):
        """Per total the values of these fields; the start of the period as its first 10 letters."""
        rows = [tuple(row[name][:10] if name == "period_start" else row.get(name) for name in names) for row in self.totals]
        return sorted(rows, key=str)


def said_of(row, code):
    text = ",".join([row["verdict"], *row.get("then", [])])
    return f"{text}:{code}" if code else text
