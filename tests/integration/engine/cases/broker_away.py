"""A broker that goes away and comes back, or is not there yet."""
import signal

from broker import say, tool, wait_for
from processor import Processor
from run import PARTITIONS, Run

TRANSACTIONS, OFFSETS = "org.apache.kafka.tools.TransactionsCommand", "__consumer_offsets"


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


def broker_killed_under_load(run: Run, kills: int = 2):
    """A single node that dies while it ends transactions may forget their markers: all goes on exactly, or waits for the operator's cure, after
    which it is exact or stopped with torn_epoch."""
    run.prepare(20_000, seed=10)
    a, b = Processor(run, "a"), Processor(run, "b")
    a.start(), b.start()
    wait_for("two processors running", run.all_running)
    for kill in range(kills):
        sender = run.send(rate=2_000)  # the same again: repeats
        wait_for("open transactions", lambda: run.open_transactions(set(range(PARTITIONS))))
        run.broker.kill()
        run.broker.start()
        assert sender.wait() == 0
        come_back_or_be_cured(run)
        say(f"kill {kill + 1}")
    run.events = run.dump(run.events_topic(), "sent.jsonl", "-f", "%s\n")
    if run.torn():
        return run.told_nothing_beyond_the_truth()
    run.finish()
    run.nothing_was_wiped()


def come_back_or_be_cured(run: Run):
    """Waits for all tasks to run. Where a transaction hangs, does what docs/errors.md says under `hanging_transaction`."""
    hangs = lambda: any("hanging_transaction" in each.log.read_text() for each in run.processors.values())
    wait_for("all running, or a word of what hangs", lambda: run.all_running() or hangs() or run.torn(), 120)
    if run.all_running() or run.torn():
        return
    hanging = [(row["topic"], row["partition"], row["last_stable"]) for row in run.describe() if row["last_stable"] < row["high_watermark"]]
    for topic, partition, start in hanging + hanging_offsets(run):
        say(f"aborts what hangs in {topic}[{partition}] at {start}")
        aborted = tool(run.broker.address, TRANSACTIONS, "abort", "--topic", topic, "--partition", partition, "--start-offset", start)
        assert aborted.returncode == 0, aborted.stdout + aborted.stderr
    wait_for("all running after the cure", lambda: run.all_running() or run.torn(), 60)


def hanging_offsets(run: Run) -> list[tuple]:
    """Open transactions on the group's offsets, which `tidemark topics describe` does not show."""
    found = []
    for partition in range(PARTITIONS):
        told = tool(run.broker.address, TRANSACTIONS, "describe-producers", "--topic", OFFSETS, "--partition", partition)
        assert told.returncode == 0, told.stdout + told.stderr
        starts = [line.split()[-1] for line in told.stdout.splitlines()[1:]]  # CurrentTransactionStartOffset, None where there is none
        found += [(OFFSETS, partition, int(start)) for start in starts if start.isdigit()]
    return found


CASES = (broker_restart, kafka_away, broker_killed_under_load)
