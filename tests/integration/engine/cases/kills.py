"""Processors that are killed, replaced, or lose their state."""
import random
import shutil
import threading

from broker import say, wait_for
from processor import Processor
from run import Run


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


CASES = (kills_in_transactions, every_rule_through_kills, takeover_and_lost_state)
