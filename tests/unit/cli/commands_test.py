#!/usr/bin/env python3
"""Commands that need no broker, as a program calls them: -o json is JSON, exit codes are those of the page.

    commands_test.py --tidemark BINARY
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TIDEMARK = ""
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("TIDEMARK_")}


def run(*arguments, topology=ROOT / "topology.yaml") -> tuple[int, str, str]:
    done = subprocess.run([TIDEMARK, "-c", topology, *arguments], env=ENVIRONMENT, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


class CommandsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def overlay(self, text: str) -> Path:
        return self.write("overlay.yaml", f"extends: {ROOT}/topology.yaml\n{text}\n")

    def json_of(self, *arguments, code=0, **options):
        exit_code, out, err = run("-o", "json", *arguments, **options)
        self.assertEqual(exit_code, code, err)
        return json.loads(out)

    def test_each_command_answers_in_json(self):
        events, customers = self.folder / "events.jsonl", self.folder / "customers.jsonl"
        self.assertEqual(self.json_of("version")[0].keys(), {"version", "compiler", "tzdb"})
        self.assertEqual(self.json_of("topology", "lint"), [])
        self.assertEqual(self.json_of("config", "check"), [])
        self.assertEqual(self.json_of("events", "generate", "--events", "40", "--customers", "3", "--out", events, "--customers-out", customers),
                         [{"events_file": str(events), "events": 40, "customers_file": str(customers), "customers": 3}])
        self.assertEqual(self.json_of("customers", "apply", customers), [{"topic": "usage.customers", "profiles": 3, "sent": False}])

    def test_wrong_usage_is_said_before_kafka_is_asked(self):
        named = ["chain", "rebase", "--customer", "c", "--meter", "m", "--period-start", "2026-11-01T00:00:00Z"]
        for arguments, flag in ((["usage", "--since", "2026-11-01T00:00:00Z"], "--history"), (["usage", "--history", "day", "--since", "yesterday"], "--since"),
                                (["usage", "--history", "week"], "--history"), (named, "--reason"), ([*named, "--reason", ""], "--reason")):
            code, out, err = run(*arguments)
            self.assertEqual((code, out), (2, ""), err)
            self.assertIn(flag, err)

    def test_topology_in_json_names_topics_as_the_broker_does(self):
        graph = self.json_of("topology", "print")
        metering = graph["sub_topologies"][0]
        self.assertEqual({sink["name"]: sink["topic"] for sink in metering["sinks"]}, {"totals": "usage.totals", "deltas": "usage.deltas", "rekey": "tidemark-rekey"})
        self.assertEqual([each["name"] for each in metering["processors"]], ["decode", "dedup", "meter", "delta"])
        self.assertEqual({store["changelog"] for store in metering["stores"]},
                         {f"tidemark-{name}-changelog" for name in ("event_ids", "parked", "windows")})
        self.assertEqual(metering["dead_letters"], "usage.dlq")
        exit_code, out, _ = run("-o", "jsonl", "topology", "print")
        self.assertEqual((exit_code, [json.loads(line) for line in out.splitlines()]), (0, [graph]))
        self.assertEqual(run("-o", "json", "topology", "print", "--format", "text")[0], 2)

    def test_findings_in_json_have_their_line(self):
        profiles = self.write("customers.jsonl", '{"customer_id": "cus_1"}\n\n')
        self.assertEqual([finding["line"] for finding in self.json_of("customers", "apply", profiles, code=3)], [1, 2])
        findings = self.json_of("topology", "lint", topology=self.overlay("engine: {thraeds: 2}"), code=78)
        self.assertEqual([(finding["line"], finding["suggestion"]) for finding in findings], [(2, "threads")])

    def test_every_setting_shown_is_a_key_of_the_documented_file(self):
        documented = set(re.findall(r"^\| `([a-z_.]+)`", (ROOT / "docs/topology.md").read_text(encoding="utf-8"), re.M))
        settings = [row["setting"] for row in self.json_of("config", "show")]
        own = {"topology"} | {setting for setting in settings if setting.startswith("engine.kafka.")}
        self.assertEqual([setting for setting in settings if setting not in documented | own], [])

    def test_setting_shown_has_the_line_it_comes_from(self):
        path = self.overlay('engine:\n  admin: "127.0.0.1:8080"')
        rows = {row["setting"]: row for row in self.json_of("config", "show", topology=path)}
        self.assertEqual((rows["engine.admin"]["value"], rows["engine.admin"]["origin"]), ("127.0.0.1:8080", f"{path}:3"))

    def test_lint_refuses_what_would_lose_outputs(self):
        for text, words in {
            "topics: {deltas: {cleanup: compact, retention: null}}": "'deltas' must have cleanup: delete",
            "topics: {totals: {cleanup: delete, retention: 7d}}": "'totals' must have cleanup: compact",
            "topics: {events: {cleanup: compact, retention: null}}": "the topic of a stream must have cleanup: delete",
        }.items():
            with self.subTest(text):
                exit_code, out, _ = run("topology", "lint", topology=self.overlay(text))
                self.assertEqual(exit_code, 78)
                self.assertIn(words, out)

    def test_lint_refuses_what_the_engine_would_overrule(self):
        exit_code, out, _ = run("config", "check", topology=self.overlay("engine:\n  kafka:\n    message.max.bytes: 1000"))
        self.assertEqual(exit_code, 78)
        self.assertIn("overlay.yaml:4:5: message.max.bytes is set by the engine", out)
        exit_code, _, err = run("-X", "message.timeout.ms=1", "config", "check")
        self.assertEqual(exit_code, 78)
        self.assertIn("message.timeout.ms", err)

    def test_page_of_a_topology_is_markdown_only(self):
        exit_code, out, _ = run("topology", "docs")
        self.assertEqual((exit_code, out.splitlines()[0]), (0, "# tidemark"))
        self.assertEqual(run("topology", "docs", "-o", "json")[0], 2)

    def verify(self, lines: list, *arguments, code=0) -> list:
        text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
        exit_code, out, err = run("-o", "jsonl", "events", "verify", self.write("events.jsonl", text), *arguments)
        self.assertEqual(exit_code, code, err)
        return [json.loads(line) for line in out.splitlines()]

    PROFILE = {"tenant_id": "acme", "customer_id": "cus_1",
               "versions": [{"effective_from": "2020-01-01T00:00:00Z", "time_zone": "UTC", "interval": {"unit": "month", "n": 1}, "mode": "test"}]}

    def event(self, **members) -> dict:
        return {"event_id": "e1", "customer_id": "cus_1", "type": "api.request", "timestamp": "2026-11-10T09:00:00Z", **members}

    def test_verify_says_what_each_line_becomes(self):
        profiles = self.write("customers.jsonl", json.dumps(self.PROFILE) + "\n{}\n")
        found = self.verify([self.event(), {"arrival": "2026-11-10T09:00:01Z", "record": self.event()},
                             self.event(event_id="late", timestamp="2026-11-09T09:00:00Z"),
                             {"topic": "usage.customers", "record": {**self.PROFILE, "customer_id": "cus_2"}},
                             {"topic": "usage.customers", "key": "?", "record": {}}, "{"],
                            "--customers", profiles, code=3)
        self.assertEqual([line.get("customers_line") for line in found[:1]], [2])
        self.assertEqual([(line["line"], line["verdict"], line.get("code"), line.get("topic")) for line in found if "line" in line],
                         [(1, "counted", None, None), (2, "duplicate", None, None), (3, "dead_letter", "arrival_behind", None),
                          (5, "dead_letter", "profile_invalid", "usage.customers"), (6, "dead_letter", "invalid_json", None)])
        totals = [line["total"] for line in found if "total" in line]
        self.assertEqual([(total["meter"], total["total"], total["period_start"]) for total in totals],
                         [("api_calls", "1", "2026-11-01T00:00:00Z")])
        self.assertEqual((found[-1]["summary"]["consumed"], found[-1]["summary"]["dead_letter"]), (4, 2))

    def test_verify_tells_later_moves_with_the_first_verdict(self):
        found = self.verify([self.event(), {"topic": "usage.customers", "record": self.PROFILE}])
        self.assertEqual(found[0], {"line": 1, "verdict": "parked", "then": ["counted"]})

    def test_verify_tells_what_run_would_log(self):
        later = {"effective_from": "2026-11-01T00:00:00Z", "time_zone": "UTC", "interval": {"unit": "week", "n": 1}, "mode": "test"}
        changed = {**self.PROFILE, "versions": [*self.PROFILE["versions"], later]}
        lines = [{"topic": "usage.customers", "record": self.PROFILE}, self.event(),
                 {"topic": "usage.customers", "record": {**self.PROFILE, "customer_id": "cus_2"}},
                 {"topic": "usage.customers", "record": changed}, self.event(event_id="e2")]
        notices = [line["notice"] for line in self.verify(lines) if "notice" in line]
        self.assertEqual([(notice["code"], notice["line"]) for notice in notices], [("profile_late", 4)])
        self.assertIn("2026-12-01", notices[0]["message"])
        path = self.write("events.jsonl", "\n".join(json.dumps(line) for line in lines))
        self.assertIn(notices[0]["message"], run("events", "verify", path)[1])
        self.assertEqual(self.json_of("events", "verify", path)["notices"], notices)

    def test_verify_lets_events_arrive_as_told(self):
        for arrival, verdict, code in (("event", "parked", 0), ("2026-11-10T08:55:00Z", "parked", 0), ("2026-11-10T08:54:59Z", "dead_letter", 3),
                                       ("2026-12-15T09:00:00Z", "parked", 0), ("2026-12-15T09:00:00.001Z", "dead_letter", 3)):
            with self.subTest(arrival):
                self.assertEqual(self.verify([self.event()], "--arrival", arrival, code=code)[0]["verdict"], verdict)
        self.assertEqual(run("events", "verify", "-", "--arrival", "soon")[0], 2)

    def test_verify_finds_the_time_of_a_cloud_event(self):
        # Good or bad, its arrival moves the dedup clock: two days later, the line after it is behind.
        later = {"record": self.event(event_id="e2", timestamp="2026-11-12T09:00:00Z")}
        for cloud_event in ({"specversion": "1.0", "time": "2026-11-12T09:00:00Z"},
                            {"headers": {"ce_time": "2026-11-12T09:00:00Z"}, "record": {}}):
            found = self.verify([cloud_event, {"arrival": "2026-11-10T09:00:00Z", "record": self.event()}, later], code=3)
            self.assertEqual([(line["verdict"], line.get("code")) for line in found[1:3]], [("dead_letter", "arrival_behind"), ("parked", None)])

    def test_verify_names_the_line_of_an_envelope_that_cannot_be(self):
        exit_code, _, err = run("events", "verify", self.write("events.jsonl", '\n{"record": {}, "topic": "usage.event"}'))
        self.assertEqual(exit_code, 78)
        self.assertIn("events.jsonl:2: no source reads a topic 'usage.event' (did you mean 'usage.events'?)", err)

    def test_verify_has_one_document_as_json_and_a_page_as_table(self):
        path = self.write("events.jsonl", json.dumps(self.event()))
        self.assertEqual(self.json_of("events", "verify", path).keys(), {"customers", "lines", "notices", "totals", "summary"})
        self.assertIn("parked", run("events", "verify", path)[1])

    def test_unknown_topic_is_a_wrong_flag(self):
        exit_code, out, err = run("topics", "describe", "--topic", "usage.total")
        self.assertEqual((exit_code, out), (2, ""))
        self.assertIn("did you mean 'usage.totals'?", err)


if __name__ == "__main__":
    TIDEMARK = sys.argv[sys.argv.index("--tidemark") + 1]
    unittest.main(argv=sys.argv[:1])
