"""One run of the whole program against a broker of its own: input, processors, the end of the counting, the comparison with the truth."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from broker import ROOT, Broker, say, wait_for
from processor import Processor

METERS = {"api_calls": ("count", "api.request"), "tokens": ("sum", "llm.completion"), "storage_gb": ("sum", "storage.snapshot"),
          "compute_hours": ("sum", "compute.job")}
WHOLE_RECORD = "%p %T %K %S %h\\n%k%s\\n"  # as topic_truth.py reads it
PARTITIONS = 8


class Run:
    """A broker, an application of its own on it, and a working directory."""

    def __init__(self, tidemark: str, broker=Broker, extends: str = "scripts/demo.topology.yaml"):
        self.tidemark = tidemark
        self.work = Path(tempfile.mkdtemp(prefix="tidemark-engine-test."))
        self.processors: dict[str, Processor] = {}
        self.partitions = PARTITIONS
        self.broker = broker(self.work / "kafka")
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
        return sorted(task["partition"] for task in tasks) == list(range(self.partitions)) and all(task["state"] == "running" for task in tasks)

    def at_end(self) -> bool:
        tasks = [task for each in self.processors.values() for task in each.tasks()]
        return len(tasks) == self.partitions and all(task.get("lag_records") == 0 for task in tasks)

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

    def torn(self) -> bool:
        return any("torn_epoch" in each.log.read_text() for each in self.processors.values())

    def told_nothing_beyond_the_truth(self):
        """After a task stopped: what was told may be old, but no total is above the true one."""
        sys.path.insert(0, str(ROOT / "scripts"))
        from compare import read_totals, read_truth
        truth = read_truth(self.truth_of_lines(None))
        told = read_totals(self.dump("usage.totals", "totals.jsonl", "-J"))
        beyond = [key for key, figures in told.items() if key not in truth or figures[:2] > truth[key]]
        assert told and not beyond, f"of {len(told)} totals {len(beyond)} are beyond the truth: {beyond[:3]}"
        say(f"a task stopped with torn_epoch; none of {len(told)} totals is beyond the truth")

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
        self.broker.close()
        shutil.rmtree(self.work, ignore_errors=True)

    def nothing_was_wiped(self):
        wiped = [str(path) for path in self.work.glob("state-*/*/*quarantine*")]
        assert not wiped, f"state was set aside: {wiped}"
