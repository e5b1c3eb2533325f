"""Members that stand still, restores beside work, topics that get more partitions. A storm of rebalances, and faults at random: scripts/soak."""
import subprocess
import time

import epochs
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


def stood_still(run: Run):
    """A member stands still in a transaction, past its session and its transaction, while another takes over and works; then it goes on: it
    gives up its tasks, joins again, and nothing that it had in hand is written after its successor's first epoch."""
    use_group(run)
    run.prepare(16_000, seed=12)
    a, b = member(run, "a"), member(run, "b")
    settle(run, "two members")
    sender = run.send(rate=400)
    wait_for("epochs of each", lambda: all(task["epoch"] > 2 for each in (a, b) for task in each.tasks()))
    owned = {task["partition"] for task in a.tasks()}
    wait_for("a transaction held open", a.freeze_in_transaction)
    stopped, said = time.monotonic(), len(a.log.read_text())
    taken = lambda: {task["partition"]: task["epoch"] for task in b.tasks() if task["state"] == "running"}
    wait_for("the other one owning all", lambda: len(taken()) == run.partitions, 60)
    took, over = taken(), stopped + TRANSACTION + SESSION
    wait_for("its work beyond both timeouts",
             lambda: time.monotonic() > over and all(taken()[partition] > took[partition] + 5 for partition in owned), 60)
    a.go_on()
    noticed = ("fenced, joins again", "lost its partitions", "gave back its partitions")  # whichever call meets the fence first
    wait_for("its giving up", lambda: any(text in a.log.read_text()[said:] for text in noticed), 60)
    wait_for("its coming back", lambda: ": owns " in a.log.read_text()[said:], 60)
    settle(run, "both again")
    assert sender.wait() == 0
    check(run)
    nothing_written_after(run, owned)


def nothing_written_after(run: Run, owned: set[int]):
    """By the epoch records, aborted ones included. The first owner of each of these partitions is who stood still."""
    topic = "tidemark-demo-metering-epochs"
    committed, written = (epochs.read(run.broker.address, topic, committed=only) for only in (True, False))
    kept = {(each.partition, each.offset) for each in committed}
    for partition in owned:
        first = next(each.transactional_id for each in committed if each.partition == partition)
        taken_at = next(each.offset for each in committed if each.partition == partition and each.transactional_id != first)
        stray = [each for each in written if each.partition == partition and each.offset > taken_at and each.transactional_id == first
                 and (partition, each.offset) not in kept]
        assert not stray, f"written after its successor's first epoch: {stray}"
    say(f"partitions {sorted(owned)}: nothing of the one that stood still is written after its successor's first epoch")


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


CASES = (stood_still, others_work_while_one_restores, more_partitions)
