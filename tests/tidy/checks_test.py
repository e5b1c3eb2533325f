#!/usr/bin/python3
"""The checks of the tree find what they are for, and leave alone what is allowed."""
import sys
import tempfile
import tomllib
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import check_house_rules
import check_layers

LAYERS = check_layers.Layers(tomllib.loads((ROOT / "scripts/layers.toml").read_text(encoding="utf-8")))


def layer_findings(path: str, text: str) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, path)
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
        return check_layers.check(Path(folder), LAYERS)


class LayersTest(unittest.TestCase):
    CASES = (
        # file                       line                                        allowed
        ("include/tidemark/a.h",      "#include <vector>",                        True),
        ("include/tidemark/a.h",      "#include <fmt/core.h>",                    False),
        ("include/tidemark/a.h",      '#include "runtime/log.h"',                 False),
        ("processors/a.cc",           '#include "schemas/usage_event/codec.h"',   True),
        ("processors/a.cc",           '#include "billing/period.h"',              True),
        ("processors/a.cc",           '#include "runtime/log.h"',                 False),
        ("processors/a.cc",           "#include <rocksdb/db.h>",                  False),
        ("billing/a.cc",              "#include <date/tz.h>",                     True),
        ("billing/a.cc",              '#include "processors/decode.h"',           False),
        ("schemas/a/codec.cc",        "#include <simdjson.h>",                    True),
        ("runtime/a.cc",              "#include <librdkafka/rdkafka.h>",          False),
        ("runtime/a.cc",              '#include "runtime/kafka/log.h"',           False),
        ("runtime/kafka/a.cc",        "#include <librdkafka/rdkafka.h>",          True),
        ("runtime/kafka/a.cc",        '#include "runtime/store/rocks.h"',         False),
        ("runtime/store/a.cc",        "#include <rocksdb/db.h>",                  True),
        ("runtime/topology/a.cc",     "#include <yaml-cpp/yaml.h>",               True),
        ("cli/a.cc",                  "#include <yaml-cpp/yaml.h>",               False),
        ("cli/a.cc",                  '#include "runtime/kafka/log.h"',           True),
        ("services/admin/a.cc",       "#include <boost/beast.hpp>",               False),
        ("services/http/a.cc",        "#include <boost/beast.hpp>",               True),
        ("tests/unit/a.cc",           "#include <gtest/gtest.h>",                 True),
        ("runtime/a.cc",              "#include <never_heard_of_it.h>",           False),
        ("runtime/a.cc",              '#include "engine.h"',                      False),
        ("tests/integration/a.cc",    '#include "fixture.h"',                     True),
    )

    def test_each_arrow(self):
        for path, line, allowed in self.CASES:
            with self.subTest(path=path, line=line):
                self.assertEqual(layer_findings(path, f"#pragma once\n{line}\n") == [], allowed)

    def test_a_finding_names_file_and_line(self):
        finding, = layer_findings("processors/a.cc", "\n\n#include <rocksdb/db.h>\n")
        self.assertTrue(finding.startswith("processors/a.cc:3: "), finding)

    def test_a_circle_is_refused(self):
        layer = {"path": "a/", "external": []}
        with self.assertRaisesRegex(ValueError, "a -> b -> a"):
            check_layers.Layers({"layer": {"a": {**layer, "may": ["b"]}, "b": {**layer, "may": ["a"]}}, "external": {}})


class HouseRulesTest(unittest.TestCase):
    CASES = (
        # file                    text                                        rule broken, or None
        ("billing/a.cc",          "double total = 0;",                        "no_floating_point"),
        ("include/tidemark/a.h",  "float f;",                                 "no_floating_point"),
        ("billing/a.cc",          "// never a double",                        None),
        ("billing/a.cc",          "/* float\n double */ int a;",              None),
        ("billing/a.cc",          'auto s = "double";',                       None),
        ("billing/a.cc",          "int64_t n = 1'000'000; double d;",         "no_floating_point"),
        ("runtime/a.cc",          "double seconds = 0;",                      None),
        ("processors/a.cc",       "auto t = std::chrono::system_clock::now();", "no_clock"),
        ("processors/a.cc",       "std::chrono::system_clock::time_point t;", None),
        ("processors/a.cc",       "int r = rand();",                          "no_chance"),
        ("processors/a.cc",       "int o = operand(1);",                      None),
        ("schemas/a.cc",          "#include <thread>",                        "no_threads"),
        ("schemas/a.cc",          'spdlog::info("x");',                       "no_logging"),
        ("tests/unit/a.cc",       "std::this_thread::sle" "ep_for(1s);",  "no_sleep_in_tests"),
        ("tests/oracle/a.py",     "time.sle" "ep(1)",                         "no_sleep_in_tests"),
        ("runtime/a.cc",          "std::this_thread::sle" "ep_for(1s);",         None),
        ("runtime/a.cc",          "// TO" "DO: later",                        "no_left_overs"),
        ("tests/unit/a.cc",       "TEST(A, DIS" "ABLED_b) {}",                "no_switched_off_tests"),
        ("tests/unit/a.cc",       "GTEST_SK" "IP();",                         "no_switched_off_tests"),
        ("cli/a.cc",              "int a;\n" * 600,                           None),
        ("cli/a.cc",              "int a;\n" * 601,                           "file_too_long"),
    )

    def test_each_rule(self):
        for path, text, rule in self.CASES:
            with self.subTest(path=path, text=text[:60]):
                findings = check_house_rules.check_file(path, text)
                self.assertEqual([finding.split(": ")[1] for finding in findings], [rule] if rule else [])


if __name__ == "__main__":
    unittest.main()
