"""Restores beside work, and topics that get more partitions. A storm of rebalances, and faults at random: scripts/soak."""
import subprocess

from broker import say, wait_for
from processor import Processor
from run import Run

SESSION, TRANSACTION = 2, 8  # seconds: time to take over from one that stands still, before its transaction is over


def use_group(run: Run, partitions: int = 8):
    run.partitions = partitions
    run.use_topology(f"extends: {run.work}/topology.yaml\ntopics: {{partitions: {partitions}}}\n"
                     f"engine: {{session_timeout: {SESSION}s, transaction_timeout: {TRANSACTION}s}}\n")


def member(run: Run, name: str) -> Processor:
    found = run.processors.get(name) or Processor(run, name)
    found.start()
    return found


def settle(run: Run, what: str):
    wait_for(what, run.all_running)
    say(f"{what}: {', '.join(f'{each.name} {len(each.tasks())}' for each in run.processors.values())}")


def check(run: Run):
    """Each offset has one verdict, and the epochs continue each other without a gap: that is `audit`."""
    run.finish()
    run.command("audit")
    run.nothing_was_wiped()


def others_work_while_one_restores(run: Run):
    """A transaction of somebody else holds back one changelog: its task waits in its restore, the others read and commit; then it goes on."""
    held = 5
    use_group(run)
    run.prepare(6_000, seed=8)
    a = member(run, "a")
    settle(run, "one member")
    a.stop()
    holder = lambda: subprocess.Popen(["kcat", "-P", "-q", "-b", run.broker.address, "-t", "tidemark-demo-windows-changelog", "-p", str(held), "-k", "x",
                                       "-X", "transactional.id=holder", "-X", "transaction.timeout.ms=120000"], stdin=subprocess.PIPE, text=True)
    holding = holder()
    holding.stdin.write("held\n" * 20_000)  # it waits until its buffer is full
    holding.stdin.flush()
    wait_for("an open transaction", lambda: {("tidemark-demo-windows-changelog", held)} <= {each[:2] for each in run.open_transactions({held})})
    a.start()
    sender = run.send(rate=400)
    began = {}

    def others_went_on() -> bool:
        tasks = {task["partition"]: task for task in a.tasks()}
        if len(tasks) < run.partitions:
            return False
        assert tasks[held]["state"] in ("created", "restoring"), tasks[held]
        for partition, task in tasks.items():
            if task["state"] == "running":
                began.setdefault(partition, task["epoch"])
        return len(began) == run.partitions - 1 and all(tasks[partition]["epoch"] >= epoch + 20 for partition, epoch in began.items())

    wait_for("twenty epochs of each of the others", others_went_on)
    say(f"partition {held} is being restored; the others have committed twenty epochs each")
    assert "open_transaction" in a.log.read_text()
    holding.kill()
    holding.wait()
    ended = holder()  # of the same id: its init ends what the one before left open
    ended.communicate("")
    settle(run, "all are restored")
    assert sender.wait() == 0
    check(run)


def more_partitions(run: Run):
    """A topic gets more partitions: a start is refused, and who runs ends at the next rebalance; nothing is written."""
    use_group(run)
    run.prepare(2_000, seed=10)
    a, b = member(run, "a"), member(run, "b")
    settle(run, "two members")
    assert run.send().wait() == 0
    wait_for("the end of the counting", run.at_end)
    ends = lambda: {(row["topic"], row["partition"]): row["high_watermark"] for row in run.describe() if row["partition"] < run.partitions}
    stood, looks = {}, [0]

    def at_rest() -> bool:
        looks[0] = looks[0] + 1 if ends() == stood else 0
        stood.clear()
        stood.update(ends())
        return looks[0] >= 12

    wait_for("a rest", at_rest)
    run.compare()

    def refused(topic: str):
        assert run.broker.tool("org.apache.kafka.tools.TopicCommand", "--alter", "--topic", topic, "--partitions", 2 * run.partitions)
        ended = run.command("run", "--state-dir", run.work / "state-c", check=False)
        told = ("partition_count_changed", f"topic {topic} has {2 * run.partitions} partitions, the topology says {run.partitions}", "new `application`")
        assert ended.returncode == 78 and all(text in ended.stderr for text in told), ended
        say(f"refused: {topic} of {2 * run.partitions} partitions")

    refused("tidemark-demo-windows-changelog")
    refused("usage.customers")
    b.kill()
    assert a.process.wait(60) == 78, "a went on with half a task"
    assert "partition_count_changed" in a.log.read_text() and "usage.customers" in a.log.read_text()
    say("the member that ran has ended at the rebalance")
    refused("usage.events")
    assert ends() == stood, "something was written"


CASES = (others_work_while_one_restores, more_partitions)
