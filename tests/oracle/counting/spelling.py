"""The same event in the forms in which producers write it."""
import datetime
import json
from dataclasses import dataclass, replace

SECOND = 10**9
DAY = 86400 * SECOND
DATES = {}


def date_text(day):
    if day not in DATES:
        DATES[day] = (datetime.date(1970, 1, 1) + datetime.timedelta(days=day)).isoformat()
    return DATES[day]


def time_text(time, offset_minutes=0):
    """RFC 3339 with as many digits as it takes."""
    day, rest = divmod(time + offset_minutes * 60 * SECOND, DAY)
    seconds, fraction = divmod(rest, SECOND)
    digits = "" if not fraction else "." + (f"{fraction // 10**6:03d}" if fraction % 10**6 == 0 else f"{fraction:09d}")
    zone = "Z" if not offset_minutes else f"{'-' if offset_minutes < 0 else '+'}{abs(offset_minutes) // 60:02d}:{abs(offset_minutes) % 60:02d}"
    return f"{date_text(day)}T{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{digits}{zone}"


@dataclass(slots=True)
class Spec:
    """An event before it is spelled. `value` is an integer or a decimal text, None the default; ids must need no escapes."""

    id: str
    tenant: str
    customer: str
    source: str
    type: str
    time: int
    value: object
    properties: dict
    voids: str = ""

    def void(self, event_id):
        return replace(self, id=event_id, voids=self.id)


def own_json(spec, offset_minutes=0):
    parts = [f'{{"event_id":"{spec.id}"']
    if spec.tenant != "acme":  # the default
        parts.append(f'"tenant_id":"{spec.tenant}"')
    parts.append(f'"customer_id":"{spec.customer}","type":"{spec.type}","timestamp":"{time_text(spec.time, offset_minutes)}"')
    if spec.source:
        parts.append(f'"source":"{spec.source}"')
    if spec.value is not None:
        parts.append(f'"value":{json.dumps(spec.value)}')
    if spec.properties:
        parts.append(f'"properties":{json.dumps(spec.properties)}')
    if spec.voids:
        parts.append(f'"voids":"{spec.voids}"')
    return ",".join(parts) + "}"


def attributes(spec):
    named = {"specversion": "1.0", "id": spec.id, "type": spec.type, "subject": spec.customer, "time": time_text(spec.time),
             "tenantid": spec.tenant}
    if spec.source:
        named["source"] = spec.source
    if spec.voids:
        named["voids"] = spec.voids
    return named


def data(spec):
    return spec.properties if spec.value is None else {**spec.properties, "value": spec.value}


def structured(spec):
    return json.dumps({**attributes(spec), "data": data(spec)})


def binary(spec):
    """(record, headers)"""
    return json.dumps(data(spec)), {f"ce_{name}": text for name, text in attributes(spec).items()}


def other_spelling(spec, rng):
    """The same content in other letters."""
    value = spec.value
    if isinstance(value, int):
        value = rng.choice([value, str(value), f"{value}.00"])
    elif value is None:
        value = rng.choice([None, 1, "1", "1.0"])
    elif value:
        value = value if "." not in value else value + "0"
    return replace(spec, value=value, properties=dict(reversed(spec.properties.items())))


def line(arrival, record, headers=None, key=None, raw=False):
    """An envelope. `record` is the text of the record."""
    extra = f',"key":{json.dumps(key)}' if key is not None else ""
    if headers:
        extra += f',"headers":{json.dumps(headers)}'
    body = f'"raw":{json.dumps(record)}' if raw else f'"record":{record}'
    return f'{{"arrival":"{time_text(arrival)}"{extra},{body}}}'


def profile_line(arrival, tenant, customer, versions):
    """`versions`: as in the profile; None for a tombstone."""
    key = json.dumps(json.dumps({"tenant_id": tenant, "customer_id": customer}, separators=(",", ":")))
    body = '"tombstone":true' if versions is None else '"record":' + json.dumps(
        {"tenant_id": tenant, "customer_id": customer, "versions": versions})
    return f'{{"topic":"usage.customers","arrival":"{time_text(arrival)}","key":{key},{body}}}'
