"""A broker that goes away and comes back, or is not there yet."""
import signal

from broker import say, wait_for
from processor import Processor
from run import PARTITIONS, Run


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


CASES = (broker_restart, kafka_away)
