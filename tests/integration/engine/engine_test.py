#!/usr/bin/env python3
"""The whole program against a real Kafka broker of its own: kills, takeovers, lost state, a broker that goes away.

    engine_test.py --tidemark BINARY CASE

Every case ends by comparing totals, deltas and verdicts (scripts/compare.py) with the truth of scripts/truth.py, or of the model of
tests/oracle/counting where there is more to count than sums.
A case that needs data that are not here says so and ends with 77: not run.
"""
import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from broker import ROOT, Broker, say, wait_for

METERS = {"api_calls": ("count", "api.request"), "tokens": ("sum", "llm.completion"), "storage_gb": ("sum", "storage.snapshot"),
          "compute_hours": ("sum", "compute.job")}
WHOLE_RECORD = "%p %T %K %S %h\\n%k%s\\n"  # as topic_truth.py reads it
PARTITIONS = 8
NOT_RUN = 77


class Processor:
    def __init__(self, run: "Run", name: str):
        self.run, self.state, self.log = run, run.work / f"state-{name}", run.work / f"{name}.log"
        self.name, self.process = name, None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([self.run.tidemark, "run", "--state-dir", self.state, "--admin", f"127.0.0.1:{self.port()}"],
                                            env=self.run.environment, stdout=log, stderr=log)
        self.run.processors[self.name] = self

    def port(self) -> int:
        if not hasattr(self, "_port"):
            self._port = int(subprocess.run([ROOT / "scripts/free_ports", "1"], check=True, capture_output=True).stdout)
        return self._port

    def status(self) -> dict | None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port()}/readyz?verbose", timeout=2) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            return json.load(refused)
        except OSError:
            return None

    def tasks(self) -> list[dict]:
        status = self.status()
        return [task for thread in status["threads"] for task in thread["tasks"]] if status else []

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        assert code == 0, f"processor {self.name} ended with {code} after SIGTERM:\n{self.log.read_text()[-3000:]}"

    def kill_in_transaction(self) -> bool:
        """Stops the process; kills it if the broker shows a transaction of its partitions held open, else lets it go on."""
        owned = {task["partition"] for task in self.tasks()}
        self.process.send_signal(signal.SIGSTOP)
        first, second = self.run.open_transactions(owned), self.run.open_transactions(owned)
        if not first & second:
            self.process.send_signal(signal.SIGCONT)
            return False
        self.kill()
        return True


class Run:
    """A broker, an application of its own on it, and a working directory."""

    def __init__(self, tidemark: str, extends: str = "scripts/demo.topology.yaml"):
        self.tidemark = tidemark
        self.work = Path(tempfile.mkdtemp(prefix="tidemark-engine-test."))
        self.processors: dict[str, Processor] = {}
        self.broker = Broker(self.work / "kafka")
        text = (ROOT / extends).read_text().replace("@ROOT@", str(ROOT)).replace("@PREFIX@", "").replace("@BROKERS@", self.broker.address)
        (self.work / "demo.topology.yaml").write_text(text)
        plain = "".join(f"  - {{name: {name}, event_types: [{kind}], aggregation: {aggregation}}}\n" for name, (aggregation, kind) in METERS.items())
        (self.work / "topology.yaml").write_text(f"extends: demo.topology.yaml\nmeters:\n{plain}")
        self.truth = self.truth_of_lines
        self.environment = os.environ | {"TIDEMARK_TOPOLOGY": str(self.work / "topology.yaml"), "TIDEMARK_BROKERS": self.broker.address}

    def use_topology(self, text: str):
        (self.work / "input.topology.yaml").write_text(text)
        self.environment["TIDEMARK_TOPOLOGY"] = str(self.work / "input.topology.yaml")

    def command(self, *arguments, check=True) -> subprocess.CompletedProcess:
        done = subprocess.run([self.tidemark, *map(str, arguments)], env=self.environment, capture_output=True, text=True, timeout=120)
        assert not check or done.returncode == 0, f"{arguments}: exit {done.returncode}\n{done.stderr}"
        return done

    def prepare(self, events: int, seed: int = 1):
        self.events, self.customers = self.work / "events.jsonl", self.work / "customers.jsonl"
        self.command("events", "generate", "--events", events, "--seed", seed, "--out", self.events, "--customers-out", self.customers)
        self.meters = ",".join(f"{name}:{aggregation}:{kind}" for name, (aggregation, kind) in METERS.items())
        self.tenant = "acme"
        self.apply()

    def prepare_all(self, events: int, seed: int):
        """Every counting rule: the demo's meters, usage and profiles, some of which are to be sent later."""
        self.events, self.customers, self.late = self.work / "events.jsonl", self.work / "customers.jsonl", self.work / "late.jsonl"
        self.command("events", "generate", "--mix", "all", "--events", events, "--seed", seed, "--out", self.events,
                     "--customers-out", self.customers, "--late-customers-out", self.late)
        self.environment["TIDEMARK_TOPOLOGY"] = str(self.work / "demo.topology.yaml")
        self.truth = self.truth_of_topics
        self.apply()

    def apply(self):
        self.command("topics", "apply", "--apply")
        self.command("customers", "apply", "--apply", self.customers)

    def send(self, rate: int = 0) -> subprocess.Popen:
        arguments = [self.tidemark, "--quiet", "events", "send", self.events, "--arrival-field", "properties.arrived"]
        return subprocess.Popen(arguments + (["--rate", str(rate)] if rate else []), env=self.environment)

    def describe(self) -> list[dict]:
        return json.loads(self.command("topics", "describe", "-o", "json").stdout)

    def open_transactions(self, owned: set[int]) -> set[tuple]:
        return {(row["topic"], row["partition"], row["last_stable"]) for row in self.describe()
                if row["partition"] in owned and row["last_stable"] < row["high_watermark"]}

    def all_running(self) -> bool:
        tasks = [task for each in self.processors.values() for task in each.tasks()]
        return sorted(task["partition"] for task in tasks) == list(range(PARTITIONS)) and all(task["state"] == "running" for task in tasks)

    def at_end(self) -> bool:
        tasks = [task for each in self.processors.values() for task in each.tasks()]
        return len(tasks) == PARTITIONS and all(task.get("lag_records") == 0 for task in tasks)

    def finish(self):
        self.come_to_rest()
        self.compare()

    def come_to_rest(self):
        """Waits until everything is counted and told, and stops the processors."""
        quiet = {"marks": None, "looks": 0}

        def settled():
            marks = [(row["topic"], row["partition"], row["high_watermark"]) for row in self.describe()]
            quiet["looks"] = quiet["looks"] + 1 if self.at_end() and marks == quiet["marks"] else 0
            quiet["marks"] = marks
            return quiet["looks"] >= 12

        wait_for("the end of the counting", settled, 180)
        for processor in self.processors.values():
            processor.stop()

    def dump(self, topic: str, target: str, *arguments):
        with open(self.work / target, "wb") as out:
            subprocess.run(["kcat", "-C", "-e", "-q", "-b", self.broker.address, "-X", "isolation.level=read_committed", "-o", "beginning",
                            "-t", topic, *arguments], stdout=out, stderr=subprocess.DEVNULL, check=True)
        return self.work / target

    def produce(self, topic: str, partition: int, key: str, value: str):
        subprocess.run(["kcat", "-P", "-b", self.broker.address, "-t", topic, "-p", str(partition), "-K", "\t"],
                       input=f"{key}\t{value}\n", text=True, check=True, stderr=subprocess.DEVNULL)

    def compare(self):
        topics = {row["topic"] for row in self.describe()}
        name = lambda end: next(topic for topic in sorted(topics) if topic.endswith(end))
        (self.work / "verdicts.json").write_text(self.command("dev", "verdicts", "-o", "json").stdout)
        truth = self.truth(name)
        sent = sum(1 for _ in open(self.events, "rb"))
        compared = subprocess.run(
            [sys.executable, ROOT / "scripts/compare.py", "--totals", self.dump(name(".totals"), "totals.jsonl", "-J"),
             "--deltas", self.dump(name(".deltas"), "deltas.jsonl", "-J"),
             "--dead-letters", self.dump(name(".dlq"), "dead-letters.txt", "-f", "%h\n"), "--verdicts", self.work / "verdicts.json",
             "--truth", truth, "--truth-verdicts", self.work / "truth-verdicts.json", "--sent", str(sent),
             "--events-topic", self.events_topic()], text=True, capture_output=True)
        say(compared.stdout)
        assert compared.returncode == 0, compared.stderr

    def truth_of_lines(self, _) -> Path:
        with open(self.work / "truth.tsv", "wb") as truth:
            subprocess.run([sys.executable, ROOT / "scripts/truth.py", "--input", self.events, "--customers", self.customers, "--meters", self.meters,
                            "--default-tenant", self.tenant, "--with-tenant", "--verdicts", self.work / "truth-verdicts.json"], stdout=truth, check=True)
        return self.work / "truth.tsv"

    def truth_of_topics(self, name) -> Path:
        subprocess.run([ROOT / "tests/oracle/counting/topic_truth.py", "--topology", self.environment["TIDEMARK_TOPOLOGY"],
                        "--events", self.dump(name(".events"), "events.bin", "-f", WHOLE_RECORD),
                        "--customers", self.dump(name(".customers"), "customers.bin", "-f", WHOLE_RECORD),
                        "--totals", self.work / "truth.jsonl", "--verdicts", self.work / "truth-verdicts.json"], check=True)
        return self.work / "truth.jsonl"

    def events_topic(self) -> str:
        return next(row["topic"] for row in self.describe() if row["topic"] in ("usage.events", "usage.backfill"))

    def close(self):
        for processor in self.processors.values():
            if processor.process.poll() is None:
                processor.process.send_signal(signal.SIGCONT)
                processor.kill()
        self.broker.stop()
        shutil.rmtree(self.work, ignore_errors=True)

    def nothing_was_wiped(self):
        wiped = [str(path) for path in self.work.glob("state-*/*/*quarantine*")]
        assert not wiped, f"state was set aside: {wiped}"


def kill_again_and_again(run: Run, kills: int, between=lambda kill: None):
    """Kills, each with a transaction open, the same instance started again each time; while usage is sent."""
    a, b = Processor(run, "a"), Processor(run, "b")
    a.start(), b.start()
    wait_for("two processors running", run.all_running)
    sender = run.send(rate=600)
    dice = random.Random(1)
    for kill in range(kills):
        victim = (a, b)[kill % 2]
        wait_for("two processors running", run.all_running)

        def met():
            threading.Event().wait(dice.random() / 10)  # another phase of the commit cycle each time
            return victim.kill_in_transaction()

        wait_for("an open transaction", met)
        say(f"kill {kill + 1}: processor {victim.name}, in a transaction")
        victim.start()
        between(kill)
    assert sender.wait() == 0
    run.finish()
    run.nothing_was_wiped()


def kills_in_transactions(run: Run):
    """Ten kills; sums and counts."""
    run.prepare(30_000)
    kill_again_and_again(run, 10)


def every_rule_through_kills(run: Run):
    """Six kills; voids, groups, gauges, packed records, profiles that come late and change."""
    run.prepare_all(20_000, seed=6)
    kill_again_and_again(run, 6, lambda kill: run.command("customers", "apply", "--apply", run.late) if kill == 1 else None)


def takeover_and_lost_state(run: Run):
    """One of two, with two threads each, is killed for good; the other takes over; then a state directory is deleted and rebuilt."""
    run.use_topology(f"extends: {run.work}/topology.yaml\nengine: {{threads: 2}}\n")
    run.prepare(20_000, seed=2)
    a, b = Processor(run, "a"), Processor(run, "b")
    a.start(), b.start()
    wait_for("two processors running", run.all_running)
    sender = run.send(rate=1_000)
    wait_for("a share of the work", lambda: any(task["epoch"] > 10 for task in a.tasks()))
    a.kill()
    del run.processors["a"]
    wait_for("the takeover", run.all_running, 60)
    say("the other one has taken over")
    b.kill()
    shutil.rmtree(b.state)
    b.start()
    wait_for("the rebuilt state", run.all_running, 60)
    say("the deleted state is rebuilt")
    a.start()
    assert sender.wait() == 0
    run.finish()


def broker_restart(run: Run):
    """The broker is stopped and comes back, then killed and comes back; the processors wait and go on.

    Both between two transactions: a Kafka 4.3.1 of one node that goes while it ends one forgets the markers it still
    owes, also when it is stopped in the ordinary way (docs/guarantees.md, "What is not guaranteed").
    """
    run.prepare(60_000, seed=3)
    a, b = Processor(run, "a"), Processor(run, "b")
    a.start(), b.start()
    wait_for("two processors running", run.all_running)
    assert run.send().wait() == 0  # an idempotent producer of librdkafka 2.0.2 does not survive a broker that is killed

    def between_transactions(end_broker) -> bool:
        for each in (a, b):
            each.process.send_signal(signal.SIGSTOP)
        open_now = run.open_transactions(set(range(PARTITIONS)))
        if not open_now:
            end_broker()
        for each in (a, b):
            each.process.send_signal(signal.SIGCONT)
        return not open_now

    for end_broker, said in ((run.broker.stop, "stopped"), (run.broker.kill, "killed")):
        wait_for("a moment without a transaction", lambda: between_transactions(end_broker))
        run.broker.start()
        say(f"the broker was {said} and started")
        wait_for("two processors running", run.all_running, 60)
    wait_for("the end of the counting", run.at_end, 120)
    run.finish()
    run.nothing_was_wiped()


def shared_data() -> Path:
    folder = Path(os.environ.get("TIDEMARK_SHARED", ROOT.parent / "shared")) / "data"
    if not (folder / "commits.jsonl.gz").exists():
        say(f"NOT RUN: no real commits at {folder} (set TIDEMARK_SHARED)")
        sys.exit(NOT_RUN)
    return folder


def commits(run: Run, zones: str, repeat_percent: int):
    import gzip
    folder = shared_data()
    lines = gzip.open(folder / "commits.jsonl.gz", "rb").read().splitlines(keepends=True)
    dice, ordered = random.Random(7), []
    for place, line in enumerate(lines):
        ordered.append((place, line))
        if dice.randrange(100) < repeat_percent:
            ordered.append((place + dice.randrange(1, len(lines)), line))
    run.events = run.work / "events.jsonl"
    run.events.write_bytes(b"".join(line for _, line in sorted(ordered, key=lambda pair: pair[0])))
    run.customers = folder / f"customers-{zones}.jsonl"
    run.meters, run.tenant = "events:count:*,value:sum:*", "duckdb"
    run.use_topology(f"extends: {ROOT}/examples/backfill.topology.yaml\n")
    run.apply()
    assert run.send().wait() == 0
    Processor(run, "a").start()
    wait_for("the end of the counting", run.at_end, 120)
    run.finish()
    check_against_file(run, folder / f"truth-{zones}.tsv.gz")


def check_against_file(run: Run, truth: Path):
    import gzip
    expected = {}
    for line in gzip.open(truth, "rt"):
        customer, meter, start, end, count, total = line.rstrip("\n").split("\t")
        expected[customer, meter, start, end] = count if meter == "events" else total
    found = {}
    for line in run.command("usage", "-o", "jsonl").stdout.splitlines():
        row = json.loads(line)
        found[row["customer_id"], row["meter"], row["period_start"], row["period_end"]] = row["total"]
    differing = [key for key in expected.keys() | found.keys() if expected.get(key) != found.get(key)]
    assert not differing, f"{len(differing)} totals differ from {truth.name}: {differing[:3]}"
    say(f"{len(found)} totals equal {truth.name}")


def real_commits(run: Run):
    commits(run, "zones", repeat_percent=0)


def real_commits_with_repeats(run: Run):
    commits(run, "zones", repeat_percent=10)


def real_commits_in_utc(run: Run):
    commits(run, "utc", repeat_percent=0)


def real_commits_in_utc_with_repeats(run: Run):
    commits(run, "utc", repeat_percent=10)


def lost_state_and_offsets(run: Run):
    """What was lost or changed behind the engine's back stops it with exit 78 and a code; nothing more is written."""
    run.prepare(2_000, seed=5)
    a = Processor(run, "a")
    a.start()
    assert run.send().wait() == 0
    run.finish()
    totals = run.command("usage", "-o", "jsonl").stdout
    assert totals
    group, changelog = "tidemark-demo", "tidemark-demo-windows-changelog"

    def refused(code: str, state: Path):
        ended = run.command("run", "--state-dir", state, check=False)
        assert ended.returncode == 78 and code in ended.stderr, (code, ended.returncode, ended.stderr[-3000:])
        say(f"refused: {code}")

    def offsets(what: str, *arguments):
        # The group is busy until the session of the one that was refused is over.
        wait_for(what, lambda: run.broker.tool("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", "--group", group, *arguments), 60)

    def set_cleanup(policy: str):
        assert run.broker.tool("kafka.admin.ConfigCommand", "--alter", "--entity-type", "topics", "--entity-name", changelog,
                               "--add-config", f"cleanup.policy={policy}")

    set_cleanup("delete")
    refused("topic_settings", a.state)
    cut = run.work / "cut.json"
    cut.write_text(json.dumps({"version": 1, "partitions": [{"topic": changelog, "partition": each, "offset": -1} for each in range(PARTITIONS)]}))
    assert run.broker.tool("org.apache.kafka.tools.DeleteRecordsCommand", "--offset-json-file", cut)
    set_cleanup("compact")  # of a compacted topic no record can be deleted: cut was while it was not
    wait_for("the cut", lambda: all(row["log_start"] == row["high_watermark"] for row in run.describe() if row["topic"] == changelog))
    refused("changelog_truncated", run.work / "state-empty")
    offsets("the reset of the offsets", "--reset-offsets", "--all-topics", "--to-earliest", "--execute")
    refused("offset_metadata", a.state)
    offsets("the end of the group", "--delete")
    refused("offset_lost", a.state)
    assert run.command("usage", "-o", "jsonl").stdout == totals


def bad_configuration(run: Run):
    """Exit 78 with file, line and the nearest name."""
    good = (run.work / "topology.yaml").read_text()
    run.use_topology(f"extends: {run.work}/topology.yaml\nengine: {{comit_interval: 1s}}\n")
    refused = run.command("run", "--state-dir", run.work / "state-x", check=False)
    assert refused.returncode == 78 and "input.topology.yaml:2" in refused.stderr and "commit_interval" in refused.stderr, refused
    run.environment["TIDEMARK_TOPOLOGY"] = str(run.work / "topology.yaml")
    missing = run.command("run", "--state-dir", run.work / "state-x", check=False)
    assert missing.returncode == 78 and "topics apply" in missing.stderr, missing
    assert good
    run.command("topics", "apply", "--apply")
    run.use_topology(f"extends: {run.work}/topology.yaml\ntopics: {{partitions: 4}}\n")
    changed = run.command("run", "--state-dir", run.work / "state-x", check=False)
    assert changed.returncode == 78 and "partitions" in changed.stderr, changed


def audit(run: Run):
    """Nothing differs while it runs nor after it; deltas that are none or forged are found, and a rebase mends them, but not what follows it."""
    run.prepare(8_000, seed=6)
    a = Processor(run, "a")
    a.start()
    wait_for("the processor", run.all_running)
    sender = run.send(rate=2_000)
    wait_for("a share of the work", lambda: any(task["epoch"] > 5 for task in a.tasks()))
    run.command("audit")
    assert sender.wait() == 0
    run.come_to_rest()
    found = json.loads(run.command("audit", "-o", "json").stdout)
    events = [each for each in found["balances"] if each["topic"] == run.events_topic()]
    sent = sum(1 for _ in open(run.events, "rb"))
    assert len(events) == PARTITIONS and sum(each["consumed"] for each in events) == sent, events
    assert all(each["records"] == each["records_with_verdicts"] for each in events), events
    totals = [json.loads(line) for line in run.command("usage", "-o", "jsonl").stdout.splitlines()]
    assert found["checked"]["totals"] == len(totals) and found["checked"]["in_motion"] == 0, found["checked"]
    assert sum(each["event_count"] for each in found["periods"]) == sum(each["event_count"] for each in totals)
    history_adds_up(run, totals)
    assert "is of that tenant" in run.command("usage", "--customer", "nobody").stderr

    def audited() -> dict:
        done = run.command("audit", "-o", "json", check=False)
        assert done.returncode in (0, 3), done.stderr
        report = json.loads(done.stdout)
        assert (done.returncode == 3) == bool(report["differences"]), done.stderr
        return report

    def findings() -> set[str]:
        return set(audited()["differences"])

    last = json.loads(run.dump("usage.deltas", "deltas.jsonl", "-J").read_text().splitlines()[-1])
    forged = json.loads(last["payload"])
    forged |= {"seq": forged["seq"] + 1, "previous_total": forged["total"], "delta": "0", "kind": "usage", "event_count": 1}
    run.produce("usage.deltas", last["partition"], last["key"], json.dumps(forged))
    assert findings() == {"delta_id", "seq_differs", "event_count_differs"}, findings()
    rebase = ["chain", "rebase", "--customer", forged["customer_id"], "--meter", forged["meter"],
              "--period-start", forged["period_start"], "--reason", "a forged delta"]
    run.command(*rebase)
    assert "seq_differs" in findings(), "a preview sends nothing"
    run.command(*rebase, "--apply")
    a.start()
    wait_for("the rebase", lambda: not findings(), 90)
    report = audited()
    assert report["checked"]["repaired_chains"] == 1 and [each["code"] for each in report["mended"]] == ["delta_id"], report
    history_adds_up(run, totals)  # the forged record is none of the chain

    bad = json.loads(last["payload"]) | {"seq": forged["seq"] + 2, "total": "1", "previous_total": "0", "delta": "0"}
    run.produce("usage.deltas", last["partition"], last["key"], json.dumps(bad))
    assert findings() == {"unreadable"}, findings()
    history_adds_up(run, totals, code=3)
    run.command(*rebase, "--apply")
    wait_for("the rebase", lambda: not findings(), 90)
    assert sorted(each["code"] for each in audited()["mended"]) == ["delta_id", "unreadable"]
    history_adds_up(run, totals)
    run.produce("usage.deltas", last["partition"], last["key"], json.dumps(bad))
    assert findings() == {"unreadable"}, "what follows the rebase is no better for it"
    run.command(*rebase, "--apply")
    wait_for("the rebase", lambda: not findings(), 90)
    run.produce("usage.deltas", last["partition"], "?", "?")
    report = audited()
    assert not report["differences"] and [each["code"] for each in report["strays"]] == ["unreadable"], report
    history_adds_up(run, totals, code=3)
    a.stop()


def history_adds_up(run: Run, totals: list[dict], code: int = 0):
    """Usage by day sums to the totals of each customer and meter, and ends as it should."""
    from decimal import Decimal
    grown, expected = {}, {}
    history = run.command("usage", "--history", "day", "-o", "jsonl", check=False)
    assert history.returncode == code and ("skipped: unreadable" in history.stderr) == (code == 3), history
    for line in history.stdout.splitlines():
        row = json.loads(line)
        key = row["customer_id"], row["meter"]
        grown[key] = grown.get(key, 0) + Decimal(row["usage"]) + Decimal(row["corrections"])
    for row in totals:
        key = row["customer_id"], row["meter"]
        expected[key] = expected.get(key, 0) + Decimal(row["total"])
    assert grown == expected, "usage by day does not sum to the totals"


def kafka_away(run: Run):
    """Started before the broker: says so, waits, and goes to work when it is there."""
    run.prepare(2_000, seed=4)
    assert run.send().wait() == 0
    run.broker.kill()
    a = Processor(run, "a")
    a.start()
    wait_for("a word about Kafka", lambda: "waits for Kafka" in a.log.read_text(), 30)
    assert a.process.poll() is None, a.log.read_text()
    run.broker.start()
    wait_for("the end of the counting", run.at_end, 120)
    run.finish()


def idle_closes(run: Run):
    """Periods close where nothing is read any more, but not while an open transaction holds records back; a restart finds them closed."""
    run.events, run.customers = run.work / "events.jsonl", run.work / "customers.jsonl"
    run.use_topology(f"extends: {run.work}/topology.yaml\n"
                     "topics: {events: {retention: 100d, timestamps: log_append}}\n"
                     "sub_topologies: {metering: {processors: {meter: {idle: 1s, disorder: 0s, grace: 1h}}}}\n")
    run.customers.write_text(json.dumps({"tenant_id": "acme", "customer_id": "cus_idle", "versions": [
        {"effective_from": "2020-01-01T00:00:00Z", "time_zone": "UTC", "interval": {"unit": "hour", "n": 1}, "mode": "test"}]}) + "\n")
    run.apply()
    began = datetime.now(timezone.utc).replace(minute=1, second=0, microsecond=0) - timedelta(hours=4)
    event = lambda number: json.dumps({"event_id": f"e{number}", "tenant_id": "acme", "customer_id": "cus_idle", "type": "api.request",
                                       "timestamp": began.isoformat(), "properties": {}}) + "\n"
    home = 6  # of cus_idle among 8, by murmur2
    holder = subprocess.Popen(["kcat", "-P", "-q", "-b", run.broker.address, "-t", "usage.events", "-p", str(home), "-k", "cus_idle",
                               "-X", f"transactional.id={run.work.name}"], stdin=subprocess.PIPE, text=True)
    holder.stdin.write(event(1) * 2_000)  # it waits until its buffer is full; the rest are repeats
    holder.stdin.flush()
    ends = lambda topic, key: {row["partition"]: row[key] for row in run.describe() if row["topic"].endswith(topic)}
    wait_for("an open transaction", lambda: ends("usage.events", "last_stable")[home] < ends("usage.events", "high_watermark")[home])
    run.events.write_text(event(2))
    run.command("--quiet", "events", "send", run.events)
    a = Processor(run, "a")
    a.start()
    wait_for("a processor running", run.all_running)
    claimed = ends("-epochs", "high_watermark")
    steps = lambda: [partition for partition, end in ends("-epochs", "high_watermark").items() if end > claimed[partition]]
    others = [partition for partition in range(PARTITIONS) if partition != home]
    wait_for("steps of the idle partitions", lambda: steps() == others, 60)
    holder.stdin.close()
    assert holder.wait(30) == 0
    totals = lambda: [json.loads(line) for line in run.dump("usage.totals", "totals.jsonl").read_text().splitlines()]
    wait_for("the close of the period", lambda: [each for each in totals() if each["final"]], 60)
    assert all(total["revision"] for total in totals()) and totals()[-1]["total"] == "2", totals()
    kinds = [json.loads(line)["kind"] for line in run.dump("usage.deltas", "deltas.jsonl").read_text().splitlines()]
    assert set(kinds) == {"usage"}, kinds
    told, stood = totals(), ends("-epochs", "high_watermark")
    a.stop()
    a.start()
    wait_for("a processor running", run.all_running)
    wait_for("a step after the restart", lambda: ends("-epochs", "high_watermark")[home] > stood[home], 60)
    a.stop()
    assert totals() == told, "a closed period was told again"


CASES = {case.__name__: case for case in (kills_in_transactions, every_rule_through_kills, takeover_and_lost_state, broker_restart, real_commits,
                                          real_commits_with_repeats, real_commits_in_utc, real_commits_in_utc_with_repeats,
                                          lost_state_and_offsets, bad_configuration, audit, kafka_away, idle_closes)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tidemark", required=True)
    parser.add_argument("case", choices=CASES)
    arguments = parser.parse_args()
    if arguments.case.startswith("real_commits"):
        shared_data()
    run = Run(arguments.tidemark)
    try:
        CASES[arguments.case](run)
    except AssertionError:
        for processor in run.processors.values():
            say(f"--- {processor.name}: last lines of the log\n" + "\n".join(processor.log.read_text().splitlines()[-25:]))
        raise
    finally:
        run.close()


if __name__ == "__main__":
    main()
