"""One Kafka record as the events that it holds: own JSON, CloudEvents in both modes, packed records."""
import hashlib
import json
import pathlib
import re
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[3] / "scripts"))
from truth import (IDS, READER, RECORD_BYTES_MAX, DeadLetter, Number, canonical, check_id, is_text, parse_json,  # noqa: E402
                   parse_time, quote, scaled_value, time_of)

BLANK = re.compile(r"[ \t\r\n]*")
NDJSON_TYPES = ("application/x-ndjson", "application/ndjson", "application/jsonl")
BATCH_TYPE = "application/cloudevents-batch+json"
ATTRIBUTES = {"id": "event_id", "tenantid": "tenant_id", "subject": "customer_id", "source": "source", "type": "type",
              "time": "timestamp", "voids": "voids"}


class Event:
    """What a valid record says. `content` leaves `voids` out, `fingerprint` does not."""

    __slots__ = ("tenant", "customer", "id", "source", "type", "time", "value", "properties", "voids", "content", "fingerprint")

    @property
    def identity(self):
        return identity_of(self.tenant, self.customer, self.source, self.id)

    @property
    def target(self):
        return identity_of(self.tenant, self.customer, self.source, self.voids)


def identity_of(*parts):
    return "".join([f"{len(part)}:{part}" for part in parts])


def quantity(value, json_floats):
    """The value times 10^12. A float that is allowed is read like the text it is written with."""
    return scaled_value(str(value) if json_floats and isinstance(value, Number) else value)


def event_of(fields, settings):
    """The fields one after the other, in the order of docs/errors.md: of two faults the first is told."""
    if settings.default_tenant:
        fields.setdefault("tenant_id", settings.default_tenant)
    for name in IDS:
        check_id(fields, name)
    event = Event()
    event.time = time_of(fields)
    event.value = quantity(fields.get("value", Number("1")), settings.json_floats)
    event.properties = fields.get("properties", {})
    if not isinstance(event.properties, dict):
        raise DeadLetter("field_wrong_type")
    event.voids = None
    if "voids" in fields:
        check_id(fields, "voids")
        event.voids = fields["voids"]
    event.tenant, event.customer, event.type = fields["tenant_id"], fields["customer_id"], fields["type"]
    event.source, event.id = fields.get("source", ""), fields["event_id"]
    if event.voids == event.id:
        raise DeadLetter("void_mismatch")
    text = f"{quote(event.type)} {event.time} {event.value} {canonical(event.properties)}"
    event.content = event.fingerprint = digest(text)
    if event.voids:
        event.fingerprint = digest(f"{text} {quote(event.voids)}")
    return event


def digest(text):
    return hashlib.blake2b(text.encode("ascii"), digest_size=16).digest()


def fields_of_cloud_event(attributes, data):
    fields = {ours: attributes[theirs] for theirs, ours in ATTRIBUTES.items() if theirs in attributes}
    if attributes.get("specversion") != "1.0" or "data_base64" in attributes:
        raise DeadLetter("unsupported_format")
    kind = attributes.get("datacontenttype", "application/json")
    if not re.fullmatch(r"(application|text)/json|.*\+json", str(kind).partition(";")[0].strip().lower()):
        raise DeadLetter("unsupported_format")
    if isinstance(data, dict) and "value" in data:
        fields["value"] = data["value"]
        data = {name: value for name, value in data.items() if name != "value"}
    fields["properties"] = data
    return fields


def decode(value, headers, settings):
    """The one event of a record, or of an element of a packed one."""
    binary = {name[3:]: text for name, text in headers.items() if name.startswith("ce_")}
    if binary:
        data = parse_json(value) if value else {}
        return event_of(fields_of_cloud_event(binary, data), settings)
    fields = parse_json(value)
    if "specversion" in fields:
        fields = fields_of_cloud_event(fields, fields.get("data", {}))
    return event_of(fields, settings)


def elements_of(value, headers):
    """The elements of a packed record, or None where it is not packed."""
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if any(name.startswith("ce_") for name in headers):
        return None
    is_lines = content_type in NDJSON_TYPES
    text = value.decode("utf-8", "surrogateescape")
    if content_type == BATCH_TYPE and text[BLANK.match(text).end():].startswith("{"):
        return None  # an element that was a dead letter, and is sent again
    is_array = content_type == BATCH_TYPE or text[BLANK.match(text).end():].startswith("[") and not is_lines
    if not is_array and not is_lines and "\n" not in text.strip(" \t\r\n"):
        return None
    lines = [line.strip(" \t\r") for line in text.split("\n") if line.strip(" \t\r")]
    if not is_array and not is_lines and not (len(lines) > 1 and is_object(lines[0])):
        return None
    if len(value) > RECORD_BYTES_MAX:
        raise DeadLetter("record_too_large")
    elements = split_array(value) if is_array else lines
    if not elements:
        raise DeadLetter("empty_batch")
    return [element.encode("utf-8", "surrogateescape") for element in elements]


def is_object(line):
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def split_array(value):
    """The texts of the elements; the array as a whole must be JSON."""
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        raise DeadLetter("invalid_utf8") from None
    elements = []
    try:
        at = BLANK.match(text).end() + 1
        at = BLANK.match(text, at).end()
        while text[at] != "]" or elements:
            _, end = READER.decoder.raw_decode(text, at)
            elements.append(text[at:end])
            at = BLANK.match(text, end).end()
            if text[at] == "]":
                break
            if text[at] != ",":
                raise DeadLetter("invalid_json")
            at = BLANK.match(text, at + 1).end()
        if BLANK.match(text, at + 1).end() != len(text):
            raise DeadLetter("invalid_json")
    except (ValueError, IndexError):
        raise DeadLetter("invalid_json") from None
    return elements


__all__ = ["DeadLetter", "Event", "Number", "READER", "canonical", "decode", "elements_of", "is_text", "parse_time", "quantity", "quote"]
