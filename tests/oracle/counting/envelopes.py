"""The lines of a file for `events verify`: a record with its topic, arrival, key and headers, its bytes exactly as written."""
import json
import re

from records import parse_time
from truth import MILLISECOND

BLANK = re.compile(r"[ \t\r\n]*")
DECODER = json.JSONDecoder()
ORIGINAL = "td-original-arrival"


class Envelope:
    __slots__ = ("topic", "arrival", "key", "headers", "value")

    def byte_headers(self):
        return [(name.encode(), text.encode()) for name, text in self.headers.items()]

    def original_arrival(self):
        """Nanoseconds; None where the record was not sent again, or does not say in whole milliseconds when it came first."""
        text = self.headers.get(ORIGINAL, "")
        return int(text) * MILLISECOND if re.fullmatch(r"-?[0-9]{1,18}", text) else None


def members_of(line):
    """{name: (value, its text)} of the object."""
    members = {}
    at = BLANK.match(line, 1).end()
    while line[at] != "}":
        name, at = DECODER.raw_decode(line, at)
        at = BLANK.match(line, BLANK.match(line, at).end() + 1).end()
        value, end = DECODER.raw_decode(line, at)
        members[name] = value, line[at:end]
        at = BLANK.match(line, end).end()
        if line[at] == ",":
            at = BLANK.match(line, at + 1).end()
    return members


def read_envelope(line, events_topic):
    members = members_of(line)
    envelope = Envelope()
    envelope.topic = members["topic"][0] if "topic" in members else events_topic
    envelope.arrival = parse_time(members["arrival"][0]) // MILLISECOND * MILLISECOND
    envelope.key = members["key"][0].encode() if "key" in members else b""
    envelope.headers = members["headers"][0] if "headers" in members else {}
    if "raw" in members:
        envelope.value = members["raw"][0].encode()
    else:
        envelope.value = members["record"][1].encode() if "record" in members else None
    return envelope
