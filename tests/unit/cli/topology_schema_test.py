#!/usr/bin/python3
"""The JSON Schema that `topology schema` prints: takes every topology of the tree, and refuses what lint refuses.

    topology_schema_test.py --tidemark BINARY
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import jsonschema
import yaml

ROOT = Path(__file__).resolve().parents[3]
SHARED = Path(os.environ.get("TIDEMARK_SHARED", ROOT.parent / "shared")) / "examples"
TIDEMARK = ""
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("TIDEMARK_")}

COMPLETE = """
application: app
topics: {partitions: 4, events: {name: in}, dlq: {name: dead}}
sub_topologies:
  counting:
    sources: {events: {topic: events}}
    processors: {decode: {type: decode, from: [events]}}
    dead_letters: dlq
"""
METER = "meters: [{name: m, event_types: [a], aggregation: sum, %s}]"
TEST = "tests: [{name: t, expect: {}, %s}]"


class Loader(yaml.SafeLoader):
    """YAML 1.2 as editors read it: `off` is a text, and so is a time."""


Loader.yaml_implicit_resolvers = {}
Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(null|~|)$"), ["n", "~", ""])
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(true|false)$"), list("tf"))
Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^-?[0-9]+$"), list("-0123456789"))
Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"^-?[0-9]+\.[0-9]+$"), list("-0123456789"))


def tidemark(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run([TIDEMARK, *arguments], env=ENVIRONMENT, capture_output=True, text=True)


class TopologySchemaTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.schema = json.loads(tidemark("topology", "schema").stdout)
        cls.validator = jsonschema.Draft202012Validator(cls.schema)

    def complaints(self, text: str) -> list[str]:
        return [f"{error.json_path}: {error.message}" for error in self.validator.iter_errors(yaml.load(text, Loader))]

    def test_schema_is_one(self):
        jsonschema.Draft202012Validator.check_schema(self.schema)
        self.assertEqual(self.schema["$schema"], "https://json-schema.org/draft/2020-12/schema")

    def test_every_topology_file_is_taken(self):
        files = [path for path in ROOT.rglob("*topology*.yaml") if "build" not in path.relative_to(ROOT).parts]
        files = [path for path in files if not (path.parent / "main.cc").exists()]  # of another program, with other processors
        self.assertGreater(len(files), 5)
        for path in [*files, *SHARED.glob("topology*.yaml")]:
            with self.subTest(path.name):
                filled_in = re.sub("@[A-Z]+@", "x", path.read_text(encoding="utf-8"))  # of scripts/demo
                self.assertEqual(self.complaints(filled_in), [])

    def test_what_may_be_written_is_taken(self):
        for text in (COMPLETE,
                     "extends: other.yaml",
                     "extends: o\nengine: {commit_interval: 1d12h, memory: 1000000, kafka: {enable.idempotence: true}}",
                     "extends: o\ntopics: {ledger: null}\nengine: null",
                     METER % "value: properties.a, where: {properties.b: [1, x, true], properties.c: x}, group_by: [properties.d]" + "\nextends: o",
                     METER % "versions: [{effective_from: 2026-11-10T10:00:00+01:00, scale: 3}]" + "\nextends: o",
                     "extends: o\ntests: [{name: t, expect: {notices: [{code: profile_late, event: 2}, {code: opening_overflow}]}}]",
                     TEST % "events: [{type: a, tokens: 1}, '{'], clock: 2026-11-10T10:00:00Z" + "\nextends: o"):
            with self.subTest(text):
                self.assertEqual(self.complaints(text), [])

    def test_what_lint_refuses_is_refused(self):
        wrong = {
            "aplication: x": "$",
            "version: 2": "$.version",
            "application: a b": "$.application",
            "topics: {events: {nam: x}}": "$.topics.events",
            "topics: {events: {name: a/b}}": "$.topics.events.name",
            "topics: {events: {cleanup: compacted}}": "$.topics.events.cleanup",
            "topics: {events: {retention: 5 days}}": "$.topics.events.retention",
            "topics: {events: {timestamps: now}}": "$.topics.events.timestamps",
            "topics: {Events: {name: x}}": "$.topics",
            "topics: {partitions: 0}": "$.topics.partitions",
            "topics: {partitions: '8'}": "$.topics.partitions",
            "engine: {threads: 65}": "$.engine.threads",
            "engine: {threads: two}": "$.engine.threads",
            "engine: {memory: 1GB}": "$.engine.memory",
            "engine: {commit_interval: 100}": "$.engine.commit_interval",
            "engine: {commit_interval: 1m1h}": "$.engine.commit_interval",
            "engine: {admin: localhost}": "$.engine.admin",
            "engine: {comit_interval: 1s}": "$.engine",
            "sub_topologies: {metering: {source: {}}}": "$.sub_topologies.metering",
            "sub_topologies: {metering: {sources: {events: {role: both}}}}": "$.sub_topologies.metering.sources.events.role",
            "sub_topologies: {metering: {stores: {windows: {kind: rows}}}}": "$.sub_topologies.metering.stores.windows.kind",
            "sub_topologies: {metering: {stores: {event_ids: {horizon: never}}}}": "$.sub_topologies.metering.stores.event_ids.horizon",
            "sub_topologies: {metering: {processors: {decode: {type: decoder}}}}": "$.sub_topologies.metering.processors.decode.type",
            "sub_topologies: {metering: {processors: {decode: {max_agee: 1d}}}}": "$.sub_topologies.metering.processors.decode",
            "sub_topologies: {metering: {processors: {decode: {type: decode, grace: 1d}}}}": "$.sub_topologies.metering.processors.decode",
            "sub_topologies: {metering: {processors: {decode: {json_floats: perhaps}}}}": "$.sub_topologies.metering.processors.decode.json_floats",
            "sub_topologies: {metering: {sinks: {totals: {form: [delta]}}}}": "$.sub_topologies.metering.sinks.totals",
            "meters: {name: m}": "$.meters",
            "meters: [{name: m, aggregation: sum}]": "$.meters[0]",
            "meters: [{name: M, event_types: [a], aggregation: sum}]": "$.meters[0].name",
            "meters: [{name: m, event_types: a, aggregation: sum}]": "$.meters[0].event_types",
            "meters: [{name: m, event_types: [a], aggregation: mean}]": "$.meters[0].aggregation",
            METER % "scale: 13": "$.meters[0].scale",
            METER % "late: never": "$.meters[0].late",
            METER % "value: tokens": "$.meters[0].value",
            METER % "groupby: [properties.a]": "$.meters[0]",
            "tests: {}": "$.tests",
            "tests: [{name: t}]": "$.tests[0]",
            "tests: [{name: t, expect: {notice: []}}]": "$.tests[0].expect",
            TEST % "clock: tomorrow": "$.tests[0].clock",
            TEST % "customers: [{time_zone: UTC}]": "$.tests[0].customers[0]",
            TEST % "events: [5, []]": "$.tests[0].events[1]",
        }
        for text, place in wrong.items():
            with self.subTest(text), tempfile.TemporaryDirectory() as folder:
                overlay = f"extends: {ROOT}/topology.yaml\n{text}\n"
                found = self.complaints(overlay)
                self.assertTrue([each for each in found if each.startswith(place + ":")], found)
                path = Path(folder) / "t.yaml"
                path.write_text(overlay, encoding="utf-8")
                self.assertEqual(tidemark("-c", path, "topology", "lint").returncode, 78)

    def test_a_file_of_its_own_must_be_complete(self):
        for line in ("application: app\n", "partitions: 4, ", "name: in", "    sources: {events: {topic: events}}\n", "topic: events", "type: decode, ",
                     ", from: [events]", "    dead_letters: dlq\n"):
            with self.subTest(line):
                self.assertIn(line, COMPLETE)
                self.assertNotEqual(self.complaints(COMPLETE.replace(line, "")), [])

    def test_every_key_of_a_processor_is_described(self):
        processor = self.schema["properties"]["sub_topologies"]["additionalProperties"]["properties"]["processors"]["additionalProperties"]
        self.assertEqual([name for name, key in processor["properties"].items() if not key.get("description")], [])

    def test_every_documented_key_of_topics_and_engine_is_there(self):
        documented = re.findall(r"^\| `(topics|engine)\.([a-z_.*]+)`", (ROOT / "docs/topology.md").read_text(encoding="utf-8"), re.M)
        self.assertGreater(len(documented), 12)
        for section, key in documented:
            with self.subTest(f"{section}.{key}"):
                node = self.schema["properties"][section]
                for step in key.split("."):
                    node = node["additionalProperties"] if step == "*" else node["properties"][step]


if __name__ == "__main__":
    TIDEMARK = sys.argv[sys.argv.index("--tidemark") + 1]
    unittest.main(argv=sys.argv[:1])
