#!/usr/bin/env python3
"""card_alerts_run.py --program BINARY: the example's program on a real broker, through a kill -9 in the middle of its work.

Topics are made by the program itself. At the end alerts and dead letters are those of a model that reads the payments in the order produced.
Uses the broker at TIDEMARK_TEST_BROKERS, under topics of its own, or starts one.
"""
import argparse
import collections
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/integration/engine"))
from broker import Broker, say, wait_for

CARDS, PAYMENTS = 40, 30_000
WINDOW, LIMIT, OWN_LIMIT = timedelta(minutes=10), 100_000, 50_000
START = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(hours=9)


def make_payments(seed: int) -> list[tuple[str, dict]]:
    """Card and payment; each a second after the one before, one in twenty again, one in a thousand without a time."""
    chance, payments = random.Random(seed), []
    for number in range(PAYMENTS):
        if payments and chance.random() < 0.05:
            payments.append(payments[max(0, len(payments) - chance.randint(1, 50))])
            continue
        at = (START + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%SZ")
        payment = {"payment_id": f"p-{number}", "at": at, "cents": chance.randint(1, 14_000)}
        if chance.random() < 0.001:
            del payment["at"]
        payments.append((f"card-{chance.randrange(CARDS)}", payment))
    return payments


def expected_alerts(payments) -> dict[str, list[dict]]:
    windows, above, alerts = collections.defaultdict(dict), collections.defaultdict(bool), collections.defaultdict(list)
    for card, payment in payments:
        if "at" not in payment:
            continue
        at, window = datetime.fromisoformat(payment["at"]), windows[card]
        if payment["payment_id"] in window:
            continue
        newest = max([at, *(seen for seen, _ in window.values())])
        if at <= newest - WINDOW:
            continue
        window[payment["payment_id"]] = (at, payment["cents"])
        windows[card] = {name: seen for name, seen in window.items() if seen[0] > newest - WINDOW}
        total, limit = sum(cents for _, cents in windows[card].values()), OWN_LIMIT if card == "card-1" else LIMIT
        if total > limit and not above[card]:
            alerts[card].append({"card": card, "at": payment["at"], "sum_cents": total, "limit_cents": limit})
        above[card] = total > limit
    return alerts


class Run:
    def __init__(self, program: str, brokers: str, work: Path):
        self.program, self.brokers, self.work, self.process = program, brokers, work, None
        self.prefix = f"cards-{time.time_ns()}"
        topics = ", ".join(f"{name}: {{name: {self.prefix}.{name}}}" for name in ("payments", "limits", "alerts", "dlq"))
        topology = work / "topology.yaml"
        topology.write_text(f"extends: {ROOT}/examples/card_alerts/topology.yaml\napplication: {self.prefix}\ntopics: {{{topics}}}\n")
        self.environment = os.environ | {"TIDEMARK_TOPOLOGY": str(topology), "TIDEMARK_BROKERS": brokers}

    def command(self, *arguments) -> str:
        return subprocess.run([self.program, *arguments], env=self.environment, check=True, capture_output=True, text=True, timeout=60).stdout

    def produce(self, topic: str, records: list[tuple[str, dict]]):
        lines = "".join(f"{key}\t{json.dumps(value)}\n" for key, value in records)
        subprocess.run(["kcat", "-P", "-b", self.brokers, "-t", f"{self.prefix}.{topic}", "-K", "\t", "-X", "topic.partitioner=murmur2_random",
                        "-X", "enable.idempotence=true"], input=lines, text=True, check=True, timeout=60)

    def alerts(self) -> dict[str, list[dict]]:
        read = subprocess.run(["kcat", "-C", "-e", "-q", "-b", self.brokers, "-t", f"{self.prefix}.alerts", "-X", "isolation.level=read_committed"],
                              check=True, capture_output=True, text=True, timeout=60).stdout
        alerts = collections.defaultdict(list)
        for line in read.splitlines():
            alert = json.loads(line)
            alerts[alert["card"]].append(alert)
        return alerts

    def start(self):
        with open(self.work / "run.log", "ab") as log:
            self.process = subprocess.Popen([self.program, "run", "--state-dir", self.work / "state"], env=self.environment, stdout=log, stderr=log)


def check_run(run: Run):
    payments = make_payments(seed=1)
    expected = expected_alerts(payments)
    assert sum(map(len, expected.values())) > 100 and expected["card-1"], "the payments are to be worth a test"
    bad = sum("at" not in payment for _, payment in payments)
    assert bad > 0
    run.command("topology", "lint")
    run.command("topics", "apply", "--apply")
    run.produce("limits", [("card-1", {"limit_cents": OWN_LIMIT})])
    run.produce("payments", payments[: PAYMENTS // 2])
    run.start()
    wait_for("the first alert", run.alerts)
    run.process.kill()
    run.process.wait()
    say(f"killed after {sum(map(len, run.alerts().values()))} alerts")
    run.produce("payments", payments[PAYMENTS // 2 :])
    run.start()
    wait_for("the last alert", lambda: sum(map(len, run.alerts().values())) >= sum(map(len, expected.values())))
    wait_for("the last dead letter", lambda: sum(row["records"] for row in json.loads(run.command("dlq", "list", "-o", "json"))) >= bad)
    run.process.send_signal(signal.SIGTERM)
    assert run.process.wait(30) == 0, "a clean stop"
    assert run.alerts() == expected, "alerts per card, in order"
    letters = json.loads(run.command("dlq", "list", "-o", "json"))
    assert [(row["code"], row["records"]) for row in letters] == [("payment_invalid", bad)], letters
    say(f"{sum(map(len, expected.values()))} alerts and {bad} dead letters, each once")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    program = parser.parse_args().program
    with tempfile.TemporaryDirectory(prefix="card-alerts-run.") as folder:
        work, brokers = Path(folder), os.environ.get("TIDEMARK_TEST_BROKERS")
        broker = None if brokers else Broker(work / "kafka")
        run = Run(program, brokers or broker.address, work)
        try:
            check_run(run)
        except BaseException:
            say((work / "run.log").read_text()[-3000:] if (work / "run.log").exists() else "")
            raise
        finally:
            if run.process and run.process.poll() is None:
                run.process.kill()
            if broker:
                broker.stop()


if __name__ == "__main__":
    main()
