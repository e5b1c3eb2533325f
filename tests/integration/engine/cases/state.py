"""The local state under the running program: bits that flip, a directory that goes, a disk that fills, topics made anew."""
import shutil
import subprocess
import sys

from broker import NOT_RUN, say, wait_for
from processor import Processor
from run import Run

CHANGELOG, EPOCHS = "tidemark-demo-windows-changelog", "tidemark-demo-metering-epochs"


def use_engine(run: Run, settings: str):
    run.use_topology(f"extends: {run.work}/topology.yaml\nengine: {{{settings}}}\n")


def says(processor: Processor, text: str):
    wait_for(text, lambda: text in processor.log.read_text())
    say(f"{processor.name} says: {text}")


def damaged_while_running(run: Run):
    """Verification finds flipped bits, and a directory that is deleted; both are rebuilt, and a kill on top changes nothing."""
    use_engine(run, "verify_state: 1s")
    run.prepare(20_000, seed=7)
    a = Processor(run, "a")
    a.start()
    wait_for("the processor", run.all_running)
    sender = run.send(rate=2_000)
    wait_for("some work", lambda: any(task["epoch"] > 20 for task in a.tasks()))
    a.stop()  # what was in memory is in files now
    a.start()
    wait_for("the processor", run.all_running)
    for file in a.state.glob("*/windows/*.sst"):
        with open(file, "r+b") as sst:
            sst.seek(file.stat().st_size // 3)
            byte = sst.read(1)
            sst.seek(-1, 1)
            sst.write(bytes([byte[0] ^ 4]))
    says(a, "store windows was set aside")
    shutil.rmtree(a.state / "metering_0")
    shutil.rmtree(a.state / "metering_1" / "event_ids")
    says(a, "store event_ids was set aside")
    wait_for("the rebuilt state", run.all_running)
    a.kill()
    a.start()
    assert sender.wait() == 0
    run.finish()


def state_disk_full(run: Run):
    """A file system of its own fills up under the running program: it waits, and goes on when there is room."""
    use_engine(run, "free_disk_min: 48MiB")
    run.prepare(20_000, seed=8)
    a = Processor(run, "a")
    a.state.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160m", "tidemark-test", a.state], capture_output=True, text=True)
    if mounted.returncode != 0:
        say(f"NOT RUN: no file system can be mounted here: {mounted.stderr.strip()}")
        sys.exit(NOT_RUN)
    try:
        a.start()
        wait_for("the processor", run.all_running)
        sender = run.send(rate=2_000)
        for life in range(2):
            wait_for("some work", lambda: any(task["epoch"] > 20 for task in a.tasks()))
            a.log.write_bytes(b"")
            with open(a.state / "filler", "wb") as filler:
                filler.write(bytes(shutil.disk_usage(a.state).free - (1 << 20)))
            says(a, "waits: state_disk_full")
            if life == 1:  # killed while there is no room, it waits again
                a.kill()
                a.log.write_bytes(b"")
                a.start()
                says(a, "waits: state_disk_full")
            assert a.process.poll() is None
            (a.state / "filler").unlink()
            says(a, "goes on after state_disk_full")
            wait_for("the processor", run.all_running)
        assert sender.wait() == 0
        run.finish()
        run.nothing_was_wiped()
    finally:
        if a.process and a.process.poll() is None:
            a.kill()
        subprocess.run(["umount", a.state], check=False)


def topics_made_anew(run: Run):
    """A changelog or the epochs deleted and made anew: the process stops with exit 78 and a code, with its state or without."""
    run.prepare(2_000, seed=9)
    a = Processor(run, "a")
    a.start()
    assert run.send().wait() == 0
    run.finish()
    totals = run.command("usage", "-o", "jsonl").stdout
    assert totals

    def make_anew(topic: str):
        assert run.broker.tool("org.apache.kafka.tools.TopicCommand", "--delete", "--topic", topic)
        wait_for("the end of the topic", lambda: run.command("topics", "apply", "--apply", check=False).returncode == 0)

    def refused(code: str, state):
        ended = run.command("run", "--state-dir", state, check=False)
        assert ended.returncode == 78 and code in ended.stderr, (code, ended.returncode, ended.stderr[-3000:])
        say(f"refused: {code}")

    make_anew(CHANGELOG)
    refused("changelog_truncated", a.state)
    refused("changelog_truncated", run.work / "state-empty")
    make_anew(EPOCHS)
    refused("torn_epoch", a.state)
    assert run.command("usage", "-o", "jsonl").stdout == totals


CASES = [damaged_while_running, state_disk_full, topics_made_anew]
