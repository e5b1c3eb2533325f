"""Usage events in all their forms (docs/formats.md): own JSON, voids, CloudEvents in both modes, packed records. What the
forms have in common is decoded by scripts/truth.py, which reads own JSON only."""
import pathlib
import sys
from typing import NamedTuple

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
import truth  # noqa: E402
from truth import DeadLetter  # noqa: E402

SPACES = b" \t\r\n"
ATTRIBUTES = {"id": "event_id", "tenantid": "tenant_id", "subject": "customer_id", "source": "source", "type": "type",
              "time": "timestamp", "voids": "voids", "specversion": "specversion", "datacontenttype": "datacontenttype"}
LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl")
CLOUD_EVENT = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
ABSENT = object()


class Record(NamedTuple):
    value: bytes | None
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Event(NamedTuple):
    """What two decoders must agree on, up to the hash functions."""
    identity: tuple
    voids_identity: tuple | None
    content: str
    fingerprint: tuple
    properties: dict


class Said(NamedTuple):
    """What a valid event says."""
    tenant: str
    customer: str
    source: str
    id: str
    type: str
    time: int        # nanoseconds
    value: int       # times 10^12
    properties: dict
    voids: str | None
    content: str     # what its fingerprint is taken over, but for `voids`


# --- headers --------------------------------------------------------------------------------------------

def media_type(content_type: bytes) -> str:
    return content_type.partition(b";")[0].strip(b" \t").decode("latin-1").lower()


def is_json(content_type: str | bytes) -> bool:
    if isinstance(content_type, str):
        content_type = content_type.encode()
    media = media_type(content_type)
    return media == "application/json" or media.endswith("+json") and media != "+json"


def format_of(headers) -> tuple[str, str]:
    """What the content type says ("" where it says nothing of events), and how attributes are sent."""
    said = [media_type(value) for name, value in headers if name.lower() == b"content-type"]
    said = [media for media in said if media in LINES or media.startswith("application/cloudevents")]
    media = said[0] if said else ""
    if media.startswith("application/cloudevents"):
        return media, "structured"
    return media, "binary" if any(name.startswith(b"ce_") for name, _ in headers) else "own"


def header_attributes(headers) -> dict:
    found, extensions = {}, []
    for name, value in headers:
        if name.lower() == b"content-type":
            attribute = "datacontenttype"
        elif name.startswith(b"ce_"):
            attribute = name[3:].decode("latin-1")
        else:
            continue
        try:
            text = value.decode("utf-8")
        except UnicodeDecodeError:
            raise DeadLetter("invalid_utf8") from None
        if attribute not in ATTRIBUTES or name == b"ce_datacontenttype":
            extensions.append(name)
            continue
        if attribute in found:
            raise DeadLetter("duplicate_field")
        found[attribute] = text
    if len(set(extensions)) != len(extensions):
        raise DeadLetter("duplicate_field")
    return found


# --- one event ------------------------------------------------------------------------------------------

def check_attributes(attributes: dict):
    if "specversion" not in attributes:
        raise DeadLetter("field_missing")
    if not truth.is_text(attributes["specversion"]) or attributes["specversion"] != "1.0":
        raise DeadLetter("unsupported_format")
    content_type = attributes.get("datacontenttype", "application/json")
    if not truth.is_text(content_type):
        raise DeadLetter("field_wrong_type")
    if not is_json(content_type):
        raise DeadLetter("unsupported_format")


def from_cloud_event(attributes: dict, data) -> dict:
    """The fields of own JSON."""
    fields = {ATTRIBUTES[name]: value for name, value in attributes.items()}
    if data is not ABSENT:
        fields["properties"] = data
    if isinstance(data, dict):
        fields["properties"] = {name: value for name, value in data.items() if name != "value"}
        if "value" in data:
            fields["value"] = data["value"]
    return fields


def fields_of(value: bytes, headers) -> dict:
    media, form = format_of(headers)
    if form == "structured" and media not in (CLOUD_EVENT, BATCH):
        raise DeadLetter("unsupported_format")
    if form == "binary":
        attributes = header_attributes(headers)
        check_attributes(attributes)
        return from_cloud_event(attributes, truth.parse_json(value or b"{}"))
    fields = truth.parse_json(value)
    if form == "own" and "specversion" not in fields:
        return fields
    attributes = {name: fields[name] for name in ATTRIBUTES if fields.get(name) is not None}
    check_attributes(attributes)
    if "data_base64" in fields:
        raise DeadLetter("unsupported_format")
    return from_cloud_event(attributes, fields.get("data", ABSENT))


def quantity(value, json_floats: bool) -> int:
    """The value times 10^12. A float that is allowed is read like the text it is written with."""
    return truth.scaled_value(str(value) if json_floats and isinstance(value, truth.Number) else value)


def said_of(fields: dict, default_tenant: str = "", json_floats: bool = False) -> Said:
    """The fields one after the other, in the order of docs/errors.md: of two faults the first is told."""
    if default_tenant:
        fields.setdefault("tenant_id", default_tenant)
    for name in truth.IDS:
        truth.check_id(fields, name)
    time = truth.time_of(fields)
    scaled = quantity(fields.get("value", truth.Number("1")), json_floats)
    properties = fields.get("properties", {})
    if not isinstance(properties, dict):
        raise DeadLetter("field_wrong_type")
    if "voids" in fields:
        truth.check_id(fields, "voids")
    voids = fields.get("voids")
    if voids == fields["event_id"]:
        raise DeadLetter("void_mismatch")
    return Said(fields["tenant_id"], fields["customer_id"], fields.get("source", ""), fields["event_id"], fields["type"], time, scaled, properties,
                voids, f"{truth.quote(fields['type'])} {time} {scaled} {truth.canonical(properties)}")


def decode(value: bytes | None, headers=(), default_tenant: str = "") -> Event:
    if value is None:
        raise DeadLetter("null_value")
    if len(value) > truth.RECORD_BYTES_MAX:
        raise DeadLetter("record_too_large")
    said = said_of(fields_of(value, headers), default_tenant)
    whose = (said.tenant, said.customer, said.source)
    return Event((*whose, said.id), (*whose, said.voids) if said.voids else None, said.content, (said.content, said.voids), said.properties)


# --- packed records -------------------------------------------------------------------------------------

def lines_of(value: bytes) -> list[bytes]:
    return [line for line in (part.strip(SPACES) for part in value.split(b"\n")) if line]


def is_object(line: bytes) -> bool:
    try:
        return isinstance(truth.READER.read(line.decode("utf-8")), dict)
    except ValueError:
        return False


def array_elements(text: str) -> list[bytes]:
    """REQUIRES: a JSON array."""
    elements, at = [], text.index("[") + 1
    while True:
        at += len(text) - at - len(text[at:].lstrip(SPACES.decode() + ","))
        if text[at] == "]":
            return elements
        _, end = truth.READER.decoder.raw_decode(text, at)
        elements.append(text[at:end].encode())
        at = end


def check_array(value: bytes):
    """Raises what refuses the whole record; returns its text."""
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        raise DeadLetter("invalid_utf8") from None
    if text.startswith("\ufeff"):
        raise DeadLetter("byte_order_mark")
    try:
        document = truth.READER.read(text)
    except ValueError:
        raise DeadLetter("invalid_json") from None
    if not isinstance(document, list):
        raise DeadLetter("unsupported_format")
    return text


def unpack(record: Record) -> list[bytes] | None:
    """The elements; None: the record holds one event."""
    if record.value is None:
        return None
    media, form = format_of(record.headers)
    if form == "binary" or form == "structured" and media not in (CLOUD_EVENT, BATCH):
        return None
    if len(record.value) > truth.RECORD_BYTES_MAX:
        raise DeadLetter("record_too_large")
    lines = lines_of(record.value)
    if media == BATCH and record.value.strip(SPACES).startswith(b"{"):
        return None  # an element that was a dead letter, and is sent again
    if media in LINES:
        elements = lines
    elif media == BATCH or record.value.strip(SPACES).startswith(b"["):
        elements = array_elements(check_array(record.value))
    elif len(lines) > 1 and is_object(lines[0]):
        elements = lines
    else:
        return None
    if not elements:
        raise DeadLetter("empty_batch")
    return elements


def verdicts(record: Record) -> list[Event | str]:
    """Per event of the record, or for the record as a whole: the event or the code."""
    try:
        elements = unpack(record)
    except DeadLetter as reason:
        return [reason.code]
    found = []
    for element in [record.value] if elements is None else elements:
        try:
            found.append(decode(element, record.headers))
        except DeadLetter as reason:
            found.append(reason.code)
    return found
