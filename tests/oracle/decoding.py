#!/usr/bin/env python3
"""decoding.py PROGRAM: event_forms.py and the decoder (tests/property/decode_oracle_check.cc) agree on every record: on its
events, on their codes, and on which of them have the same identity, content, fingerprint and properties. The records: every
line that test_truth.py knows, every event with two faulty fields, both in each form, packed records, and mutations of good
ones by a fixed seed."""
import itertools
import json
import random
import subprocess
import sys
import unittest

import event_forms
import test_truth
import truth
from event_forms import Record

ID_FAULTS = (5, "x" * 129, "a\0b")
FAULTS = {
    "event_id": (..., "", *ID_FAULTS),
    "tenant_id": (..., "", *ID_FAULTS),
    "customer_id": (..., "", *ID_FAULTS),
    "source": ID_FAULTS,
    "type": (..., "", *ID_FAULTS),
    "timestamp": (..., "", 5, "soon"),
    "value": (None, 0.5, "1.", "0.0000000000001", "9" * 60),
    "properties": (None, []),
    "voids": ("e0", "e1", "", None, *ID_FAULTS),
    "specversion": ("1.0", "0.3", None),
    "datacontenttype": ("text/xml", None, 5, "application/json"),
    "data_base64": ("", None),
    "extra": ("\ud800",),
}
GOOD = [
    {},
    {"source": "gw", "value": "12.50", "properties": {"region": "eu", "a": {"b": 1.0}, "a.b": 1}},
    {"source": "gw", "value": 12.5, "properties": {"a.b": 10, "region": "eu"}},
    {"value": 7, "properties": {"region": None, "a": {"b": [1, {"value": 2}]}, "a.b": True}},
    {"voids": "e0", "value": -3, "properties": {"region": "\u00e9\n", "a": {"b": "1"}, "a.b": 1e3}},
]
PATHS = (("region",), ("a", "b"), ("a.b",), ("value",))
MUTATIONS = 40_000
SPLICES = [b"", b"[", b"]", b"{", b"}", b",", b":", b'"', b"\\", b"\n", b" ", b"0", b"1", b"e", b".", b"-", b"\xff", b"\xc3\xa9", b"\0",
           b"null", b"true", b"\\u0065", b"\\ud800", b'"value":1,', b'"specversion":"1.0",', b'"voids":"e1",', b"{}"]


def known_lines() -> list[bytes]:
    lines = []
    test_truth.OneRecord.check = lambda _, rows: lines.extend(line for _, line, _ in rows)
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(test_truth.OneRecord)
    suite.run(unittest.TestResult())
    return [line for line in lines if not line.startswith(b"[" * 1000)]  # deeper than Python reads an array


def faulty_events() -> list[dict]:
    single = [(name, fault) for name, faults in FAULTS.items() for fault in faults]
    return [dict(pair) for pair in itertools.combinations(single, 2)]


def structured(own: bytes) -> bytes:
    """The same event as a CloudEvent in JSON, as far as it can be told."""
    fields = json.loads(own)
    names = {own_name: name for name, own_name in event_forms.ATTRIBUTES.items()}
    event = {"specversion": "1.0"} | {names.get(name, name): value for name, value in fields.items()}
    data = event.pop("properties", {})
    if "value" in event and isinstance(data, dict):
        data["value"] = event.pop("value")
    if data != {}:
        event["data"] = data
    return json.dumps(event).encode()


def binary(own: bytes) -> Record:
    fields = json.loads(structured(own))
    data = fields.pop("data", None)
    headers = [(b"ce_" + name.encode(), str(value).encode("utf-8", "surrogatepass")) for name, value in fields.items()]
    return Record(b"" if data is None else json.dumps(data).encode(), tuple(headers))


def in_all_forms(own: bytes) -> list[Record]:
    content_type = (b"content-type", b"Application/CloudEvents+JSON; charset=utf-8")
    return [Record(own), Record(structured(own)), Record(structured(own), (content_type,)), binary(own)]


def packed(values: list[bytes]) -> list[Record]:
    array = b"[" + b" ,\n".join(values) + b"]"
    lines = b"\n".join(values)
    types = [(), *(((b"content-type", media.encode()),) for media in (*event_forms.LINES, event_forms.BATCH, event_forms.CLOUD_EVENT))]
    return [Record(value, headers) for value in (array, lines, b" " + lines + b"\r\n\n", lines + b"\n{") for headers in types]


def good_records() -> list[Record]:
    events = [test_truth.spell(**fields) for fields in GOOD]
    forms = [record for event in events for record in in_all_forms(event)]
    packs = packed(events) + packed([structured(event) for event in events[:2]]) + packed([events[0], b"[{}]", b'"x"', b"1"])
    pretty = Record(json.dumps(json.loads(events[1]), indent=1).encode())
    return [*forms, *packs, *packed([]), pretty, Record(None), Record(None, ((b"ce_id", b"e1"),)), Record(b"\xef\xbb\xbf[]")]


def mutated(record: Record, chance: random.Random) -> Record:
    headers = list(record.headers)
    if headers and chance.random() < 0.5:
        at = chance.randrange(len(headers))
        name, value = headers[at]
        headers[at : at + 1] = chance.choice([
            [], [(name, value)] * 2, [(name.upper(), value)], [(name, splice(value, chance))], [(splice(name, chance), value)],
            [(b"content-type", chance.choice([b"application/json", b"text/plain", b"application/cloudevents+avro"])), (name, value)]])
        return Record(record.value, tuple(headers))
    value = record.value or b""
    for _ in range(chance.choice([1, 1, 2, 5])):
        value = splice(value, chance)
    return Record(value, record.headers)


def splice(text: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(SPLICES) + text[at + chance.choice([0, 1, 1, 2, 8]) :]


def all_records() -> list[Record]:
    chance = random.Random(1)
    good = good_records()
    faulty = [test_truth.spell(**fields) for fields in faulty_events()]
    records = [Record(line) for line in known_lines()] + good
    records += [record for own in faulty for record in in_all_forms(own)]
    return records + [mutated(chance.choice(good), chance) for _ in range(MUTATIONS)]


def asked(record: Record) -> bytes:
    parts = ["-" if record.value is None else record.value.hex()]
    parts += [part.hex() for header in record.headers for part in header]
    return "\t".join(parts).encode() + b"\n"


def selected(event: event_forms.Event) -> list[str]:
    """The properties that the program was told to pick: text where it is the same in both, else to be matched."""
    found = []
    for path in PATHS:
        value = event.properties
        for name in path:
            value = value.get(name, event_forms.ABSENT) if isinstance(value, dict) else event_forms.ABSENT
        kinds = {dict: "object", list: "array"}
        found.append("absent" if value is event_forms.ABSENT else kinds.get(type(value)) or "=" + truth.canonical(value))
    return found


class Matching:
    """Whether two ways to name things name the same things alike."""

    def __init__(self):
        self.theirs = {}
        self.ours = {}

    def agree(self, ours, theirs) -> bool:
        return self.theirs.setdefault(ours, theirs) == theirs and self.ours.setdefault(theirs, ours) == ours


class Comparison:
    def __init__(self):
        self.identities, self.contents, self.fingerprints, self.values = (Matching() for _ in range(4))

    def agree(self, ours, theirs: str) -> bool:
        if isinstance(ours, str):
            return ours == theirs
        word, *hashes = theirs.split(" ")
        if word != "good":
            return False
        identity, voids_identity, (content, fingerprint), values = hashes[:2], hashes[2:4], hashes[4:6], hashes[6:]
        return (self.identities.agree(ours.identity, tuple(identity))
                and self.identities.agree(ours.voids_identity, tuple(voids_identity))
                and self.contents.agree(ours.content, content)
                and self.fingerprints.agree(ours.fingerprint, fingerprint)
                and (content == fingerprint) == (ours.voids_identity is None)
                and all(map(self.values.agree, selected(ours), values)))


def main() -> int:
    records = all_records()
    told = subprocess.run([sys.argv[1]], input=b"".join(map(asked, records)), stdout=subprocess.PIPE, check=True)
    comparison, differing, codes = Comparison(), [], set()
    for record, line in zip(records, told.stdout.decode().splitlines(), strict=True):
        theirs = line.removesuffix(";").split(";")
        ours = event_forms.verdicts(record)
        codes.update(verdict if isinstance(verdict, str) else "good" for verdict in ours)
        if len(ours) != len(theirs) or not all(map(comparison.agree, ours, theirs)):
            differing.append(f"{record}"[:300] + f": {theirs}, the oracle says {ours}"[:600])
    print("\n".join(differing[:20]) or f"{len(records)} records, {len(codes)} codes")
    return 3 if differing or len(codes) < 23 else 0


if __name__ == "__main__":
    sys.exit(main())
