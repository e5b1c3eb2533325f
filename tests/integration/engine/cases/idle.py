"""Periods that close without traffic."""
import json
import subprocess
from datetime import datetime, timedelta, timezone

from broker import wait_for
from processor import Processor
from run import PARTITIONS, Run


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


CASES = (idle_closes,)
