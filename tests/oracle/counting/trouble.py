"""Records and fields that must become dead letters."""
import json
from dataclasses import replace

from spelling import line, own_json, structured, time_text

LARGEST = (2**127 - 1) // 10**12
BAD_FIELDS = [("event_id", None), ("event_id", ""), ("customer_id", 5), ("type", "x" * 129), ("timestamp", "soon"),
              ("timestamp", "2026-02-30T00:00:00Z"), ("value", "007"), ("value", None), ("value", "0.0000000000001"), ("value", "1e3"),
              ("value", "9" * 30), ("properties", []), ("source", 1), ("voids", ""), ("voids", 7)]
BAD_TEXTS = ['{"event_id":"x",', "", "12abc", "null", "\ufeff{}", '{"a":1,"a":2}', '{"a":"\\ud800"}', "[" * 20 + "]" * 20 + "{"]
BAD_BATCHES = ["[]", "[ ] ", "[1,]", "[{}", "[1] x"]
BAD_ATTRIBUTES = [("specversion", "0.3"), ("subject", None), ("data_base64", ""), ("time", "soon"), ("data", [1]),
                  ("datacontenttype", "application/xml")]
BAD_PROPERTIES = [("tokens", None), ("tokens", True), ("tokens", "12abc"), ("tokens", ""), ("tokens", [1]), ("tokens", "0.123456789"),
                  ("usage", 5), ("usage", {}), ("model", None), ("model", {}), ("model", "m" * 700), ("model", "m" * 530), ("region", "r" * 600), ("region", "é" * 280), ("region", 1.5), ("user", None),
                  ("user", ["a"]), ("x.y", {"n": "1.55"}), ("tokens", 1.5)]


def bad_record(rng, spec, arrival, plain):
    kind = rng.choice(["text", "field", "float", "tombstone", "key"] + ([] if plain else ["batch", "cloud_event"]))
    if kind == "text":
        return line(arrival, rng.choice(BAD_TEXTS[:-1] if plain else BAD_TEXTS), raw=True)
    if kind == "batch":
        return line(arrival, rng.choice(BAD_BATCHES), raw=True)
    if kind == "tombstone":
        return f'{{"arrival":"{time_text(arrival)}","key":"{spec.customer}","tombstone":true}}'
    if kind == "float":
        return line(arrival, own_json(replace(spec, value=4242)).replace('"value":4242', '"value":42.42'))
    if kind == "key":
        return line(arrival, own_json(spec), key="k" * 65_537)
    record = json.loads(structured(spec) if kind == "cloud_event" else own_json(spec))
    name, fault = rng.choice(BAD_ATTRIBUTES if kind == "cloud_event" else BAD_FIELDS[:-2] if plain else BAD_FIELDS)
    if fault is None and name != "value":
        record.pop(name)
    else:
        record[name] = fault
    return line(arrival, json.dumps(record))


def bad_values(rng, spec):
    """Some meters take it, others do not."""
    name, fault = rng.choice(BAD_PROPERTIES)
    properties = {**spec.properties, name: fault}
    if rng.random() < 0.3:
        del properties[name]
    return replace(spec, properties=properties)


def huge_value(rng, spec):
    return replace(spec, type="huge", value=rng.choice(["", "", "-"]) + str(LARGEST - rng.randint(0, 2)))
