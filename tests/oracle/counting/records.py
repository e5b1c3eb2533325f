"""One Kafka record as the events that it holds, in the form in which the model keeps millions of them."""
import hashlib
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))
import event_forms  # noqa: E402  (finds scripts/truth.py, too)
from event_forms import quantity  # noqa: E402
from truth import READER, DeadLetter, Number, canonical, is_text, parse_time, quote  # noqa: E402


class Event:
    """What a valid record says. `content` leaves `voids` out, `fingerprint` does not."""

    __slots__ = ("tenant", "customer", "id", "source", "type", "time", "value", "properties", "voids", "content", "fingerprint")

    def __init__(self, said):
        self.tenant, self.customer, self.source, self.id, self.type = said.tenant, said.customer, said.source, said.id, said.type
        self.time, self.value, self.properties, self.voids = said.time, said.value, said.properties, said.voids
        self.content = self.fingerprint = digest(said.content)
        if self.voids:
            self.fingerprint = digest(f"{said.content} {quote(self.voids)}")

    @property
    def identity(self):
        return identity_of(self.tenant, self.customer, self.source, self.id)

    @property
    def target(self):
        return identity_of(self.tenant, self.customer, self.source, self.voids)


def identity_of(*parts):
    return "".join([f"{len(part)}:{part}" for part in parts])


def digest(text):
    return hashlib.blake2b(text.encode("ascii"), digest_size=16).digest()


def header_pairs(headers):
    return tuple((name.encode(), text.encode()) for name, text in headers.items())


def decode(value, headers, settings):
    """The one event of a record, or of an element of a packed one."""
    fields = event_forms.fields_of(value, header_pairs(headers))
    return Event(event_forms.said_of(fields, settings.default_tenant, settings.json_floats))


def elements_of(value, headers):
    """The elements of a packed record, or None where it is not packed."""
    return event_forms.unpack(event_forms.Record(value, header_pairs(headers)))


__all__ = ["DeadLetter", "Event", "Number", "READER", "canonical", "decode", "elements_of", "is_text", "parse_time", "quantity", "quote"]
