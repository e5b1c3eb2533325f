"""Meters as topology.yaml declares them: which version rules a period, and what an event gives to it."""
import json
import re
from dataclasses import dataclass, field

from records import DeadLetter, Number, canonical, is_text, parse_time, quantity

UNIT = 10**12
GROUP_BYTES_MAX = 512
DISTINCT_MAX = 100_000
VOIDABLE = ("sum", "count")
STEP = re.compile(r'\.([A-Za-z_][A-Za-z0-9_-]*)|\["([^"\]]+)"\]')
ABSENT = object()


def path_of(text):
    """The names below `properties`."""
    names, at = [], len("properties")
    while at < len(text):
        step = STEP.match(text, at)
        names.append(step[1] or step[2])
        at = step.end()
    return tuple(names)


def find(properties, path):
    found = properties
    for name in path:
        if not isinstance(found, dict) or name not in found:
            return ABSENT
        found = found[name]
    return found


@dataclass
class Rule:
    """One version of a meter."""

    number: int
    effective_from: int | None
    aggregation: str
    types: frozenset | None
    where: list = field(default_factory=list)
    group_by: list = field(default_factory=list)
    value: tuple | None = None  # None: the event's own
    scale: int = 12
    distinct_max: int = DISTINCT_MAX

    def wants(self, event):
        if self.types is not None and event.type not in self.types:
            return False
        for path, accepted in self.where:
            found = find(event.properties, path)
            if found is ABSENT or isinstance(found, (dict, list)) or canonical(found) not in accepted:
                return False
        return True

    def group_of(self, event):
        """The canonical text of the group; "" without group_by."""
        if not self.group_by:
            return ""
        texts = []
        for path in self.group_by:
            found = find(event.properties, path)
            if found is ABSENT:
                raise DeadLetter("field_missing")
            if isinstance(found, bool):
                text = "true" if found else "false"
            elif is_text(found):
                text = json.dumps(found, ensure_ascii=False)
            elif isinstance(found, Number) and found.lstrip("-").isdigit():
                text = str(int(found))
            else:
                raise DeadLetter("field_wrong_type")
            texts.append(f"{json.dumps(path[-1], ensure_ascii=False)}:{text}")
        group = "{" + ",".join(texts) + "}"
        if len(group.encode()) > GROUP_BYTES_MAX:
            raise DeadLetter("group_too_long")
        return group

    def value_of(self, event, json_floats):
        """Scaled; of a unique meter the canonical text of the value."""
        if self.aggregation == "count":
            return UNIT
        value = event.value
        if self.value is not None:
            found = find(event.properties, self.value)
            if found is ABSENT:
                raise DeadLetter("value_missing")
            if self.aggregation == "unique":
                if found is None or isinstance(found, (dict, list)):
                    raise DeadLetter("field_wrong_type")
                return canonical(found)
            value = quantity(found, json_floats)
        if value % 10 ** (12 - self.scale):
            raise DeadLetter("value_too_precise")
        return value


class Meter:
    def __init__(self, declared):
        self.name = declared["name"]
        self.carry_over = declared.get("carry_over", False)
        overlays = declared.get("versions")
        base = {key: value for key, value in declared.items() if key != "versions"}
        if overlays is None:
            self.rules = [make_rule(1, base)]
        else:
            self.rules = [make_rule(number, {**base, **overlay}) for number, overlay in enumerate(overlays, 1)]

    def ruling(self, start, end):
        """The version that rules the period, or None. The first one rules a part of the period it begins in."""
        if self.rules[0].effective_from is None:
            return self.rules[0]
        chosen = [rule for rule in self.rules if rule.effective_from <= start]
        if chosen:
            return chosen[-1]
        return self.rules[0] if self.rules[0].effective_from < end else None

    def rule_for(self, event, period):
        """The version under which the meter wants the event, or None."""
        rule = self.ruling(*period)
        if rule is None or rule.effective_from is not None and event.time < self.rules[0].effective_from:
            return None
        return rule if rule.wants(event) else None


def make_rule(number, declared):
    types = declared["event_types"]
    value = declared.get("value", "value")
    effective_from = declared.get("effective_from")
    return Rule(
        number=number,
        effective_from=None if effective_from is None else parse_time(effective_from),
        aggregation=declared["aggregation"],
        types=None if types == "*" else frozenset(types),
        where=[(path_of(path), {canonical(scalar) for scalar in (accepted if isinstance(accepted, list) else [accepted])})
               for path, accepted in declared.get("where", {}).items()],
        group_by=[path_of(path) for path in declared.get("group_by", [])],
        value=None if value == "value" else path_of(value),
        scale=int(declared.get("scale", 12)),
        distinct_max=int(declared.get("distinct_max", DISTINCT_MAX)))
