"""What `tidemark audit` finds beside a running pipeline."""
import json
from decimal import Decimal

from broker import wait_for
from processor import Processor
from run import PARTITIONS, Run


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


CASES = (audit,)
