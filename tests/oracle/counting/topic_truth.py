#!/usr/bin/python3
"""What the records in the topics must come to, by the model: totals and verdicts, for scripts/compare.py.

Each partition is judged by itself, in the order of its offsets and with the arrivals that the broker holds; all profiles come before the
usage. So what is written are states at the end: an event that was parked until its profile came stands here as what it became.

What was found in a wrong partition is judged at home, behind what stands there, for in which order a home really took them is not
in the usage topic. That is the truth where no id is forgotten (`horizon: forever`), and all records of a customer stand in one partition.
Dumps are made by: kcat -C -e -q -o beginning -t TOPIC -f '%p %T %K %S %h\\n%k%s\\n'
"""
import argparse
import json
import multiprocessing
import pathlib
from collections import Counter, defaultdict

import yaml

from envelopes import Envelope
from homes import home_of
from model import Model
from output import total_of
from records import READER
from settings import Settings
from truth import MILLISECOND


class Loader(yaml.SafeLoader):
    """Times stay texts."""


Loader.yaml_implicit_resolvers = {first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
                                  for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}


def merged(base, overlay):
    if not isinstance(base, dict) or not isinstance(overlay, dict):
        return overlay
    both = {**base, **{name: merged(base.get(name), value) for name, value in overlay.items()}}
    return {name: value for name, value in both.items() if value is not None}


def load_topology(path):
    topology = yaml.load(path.read_text(encoding="utf-8"), Loader)
    base = topology.pop("extends", None)
    return merged(load_topology(path.parent / base), topology) if base else topology


def read_dump(path):
    """(partition, Envelope) of each record."""
    with open(path, "rb") as file:
        while head := file.readline():
            partition, arrival, key_bytes, value_bytes, *headers = head.rstrip(b"\n").split(b" ", 4)
            envelope = Envelope()
            envelope.arrival = int(arrival) * MILLISECOND
            envelope.headers = dict(pair.split("=", 1) for pair in headers[0].decode().split(",")) if headers and headers[0] else {}
            envelope.key = file.read(max(int(key_bytes), 0))
            envelope.value = None if int(value_bytes) < 0 else file.read(int(value_bytes))
            file.readline()
            yield int(partition), envelope


def by_partition(path):
    partitions = defaultdict(list)
    for partition, envelope in read_dump(path):
        partitions[partition].append(envelope)
    return partitions


def find_foreign(settings, partition, usage):
    """(home, value, envelope) of what belongs to other partitions."""
    finder = Model(settings, partition)
    for number, envelope in enumerate(usage, 1):
        if may_be_foreign(settings, partition, envelope):
            finder.take_usage(number, envelope)
    return finder.foreign


def may_be_foreign(settings, partition, envelope):
    """Quick, for there are few: a lone event of the customer that the key names, at the key's home, is none."""
    key, value = envelope.key, envelope.value or b""
    is_packed = b"\n" in value.strip() or value.lstrip().startswith(b"[")
    named = b'"' + key + b'"' in value or key in "".join(envelope.headers.values()).encode()
    return is_packed or not key or not named or home_of(key.decode(errors="replace"), settings.partition_count) != partition


def judge(settings, partition, profiles, usage, brought):
    """(rows of totals, what the verdicts are by now)"""
    model = Model(settings, partition if settings.brings_home else None)
    for envelope in profiles:
        model.take_profile(None, envelope)
    assert not model.refused_profiles, model.refused_profiles
    for number, envelope in enumerate(usage, 1):
        model.take_usage(number, envelope)
    events = len(model.results)
    for value, envelope in brought:
        model.take_brought(value, envelope)
    letters = Counter(taken.code for taken in model.results if taken.state == "dead_letter")
    states = Counter(taken.state for taken in model.results)
    voided = sum("voided" in taken.then for taken in model.results)
    return [total_of(row) for row in model.totals()], (len(usage), events, states, letters, voided)


def summary_of(parts):
    records, elements, states, letters, voided = zip(*parts)
    return {"records": sum(records), "lines": sum(elements), "verdicts": dict(sorted(sum(states, Counter()).items())),
            "dead_letters": dict(sorted(sum(letters, Counter()).items())), "voided": sum(voided)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("topology", "events", "customers", "totals", "verdicts"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    options = parser.parse_args()
    settings = Settings(READER.read(json.dumps(load_topology(options.topology))))
    profiles, usage = by_partition(options.customers), by_partition(options.events)
    brought = defaultdict(list)
    with multiprocessing.Pool() as pool:
        if settings.brings_home:
            for found in pool.starmap(find_foreign, [(settings, each, usage[each]) for each in sorted(usage)], chunksize=1):
                for home, value, envelope in found:
                    brought[home].append((value, envelope))
        assert not brought or settings.horizon is None, "which of two repeats comes first is not known"
        homes = sorted(profiles.keys() | usage.keys() | brought.keys(), key=lambda each: -len(usage[each]))
        judged = pool.starmap(judge, [(settings, each, profiles[each], usage[each], brought[each]) for each in homes], chunksize=1)
    with open(options.totals, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for rows, _ in judged for row in rows)
    options.verdicts.write_text(json.dumps(summary_of([verdicts for _, verdicts in judged]), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
