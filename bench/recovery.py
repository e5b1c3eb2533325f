"""How long it takes until usage is counted again after something was killed, as a reader of the deltas sees it.

An input of a steady rate runs all the time, and every epoch tells what it changed. Work counts as visible when a
read_committed reader gets a delta that the broker stamped after the kill. At the end every figure is checked.
"""
import shutil
import signal
import statistics
import subprocess
import threading
import time
from collections import deque

from checks import check_figures
from lab import PARTITIONS, Lab, all_running, at_end, load_average, say, wait_until

SETTLE_SECONDS = 3
PATIENCE_SECONDS = 120


class DeltaWatch:
    """Reads the deltas as they become visible; survives the broker."""

    def __init__(self, lab: Lab):
        self._lab = lab
        self._seen = deque()  # (when it was readable, the broker's stamp, partition)
        self._stopping = False
        self._reader = None
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        start = "end"
        while not self._stopping:
            command = self._lab.reader_command("bench.deltas", "-E", "-o", start, "-f", "%T %p\n")
            self._reader = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            for line in self._reader.stdout:
                stamp, partition = line.split()
                self._seen.append((time.time(), int(stamp) / 1000, int(partition)))
            self._reader.wait()
            start = f"s@{int((time.time() - 5) * 1000)}"  # what was missed meanwhile; older stamps do not matter
            time.sleep(0.02)

    def visible_after(self, since: float, partitions) -> list[float]:
        """Per partition, the first moment at which something stamped after `since` was readable; [] until all have one."""
        first = {}
        for seen_at, stamp, partition in list(self._seen):
            if stamp > since and partition in partitions:
                first.setdefault(partition, seen_at)
        return list(first.values()) if len(first) == len(partitions) else []

    def forget(self) -> None:
        self._seen.clear()

    def stop(self) -> None:
        self._stopping = True
        if self._reader is not None:
            self._reader.kill()
        self._thread.join()


class Recovery:
    def __init__(self, lab: Lab, watch: DeltaWatch):
        self.lab = lab
        self.watch = watch
        self.times = {}  # of a row of the table, in seconds

    def settle(self, processors) -> None:
        wait_until(lambda: all_running(processors), "all partitions running", PATIENCE_SECONDS, processors)
        time.sleep(SETTLE_SECONDS)  # a backlog of seconds is gone by then, and some ordinary work done
        self.watch.forget()

    def record(self, name: str, since: float, stamped_after: float, partitions, alive) -> None:
        seen = wait_until(lambda: self.watch.visible_after(stamped_after, partitions), name, PATIENCE_SECONDS, alive)
        self.times.setdefault(f"{name}: first delta", []).append(min(seen) - since)
        self.times.setdefault(f"{name}: all {len(partitions) if len(partitions) == PARTITIONS else 'lost'} partitions", []).append(
            max(seen) - since)

    def restart(self, runs: int) -> None:
        processor = self.lab.processor("restart")
        processor.start()
        for _ in range(runs):
            self.settle([processor])
            killed_at = time.time()
            processor.kill()
            processor.start()
            self.record("kill -9, restarted at once", killed_at, killed_at, range(PARTITIONS), [processor])
        self.settle([processor])
        processor.stop()

    def takeover(self, runs: int) -> None:
        pair = [self.lab.processor("takeover-a"), self.lab.processor("takeover-b")]
        for processor in pair:
            processor.start()
        for number in range(runs):
            wait_until(lambda: all(processor.tasks() for processor in pair), "both own partitions", PATIENCE_SECONDS, pair)
            self.settle(pair)
            victim, survivor = pair[number % 2], pair[1 - number % 2]
            lost = {task["partition"] for task in victim.tasks()}
            killed_at = time.time()
            victim.kill()
            self.record("kill -9 of one of two, the other takes over", killed_at, killed_at, lost, [survivor])
            victim.start()
        wait_until(lambda: all(processor.tasks() for processor in pair), "both own partitions", PATIENCE_SECONDS, pair)
        self.settle(pair)
        for processor in pair:
            processor.stop()

    def broker(self, runs: int) -> None:
        processor = self.lab.processor("broker")
        processor.start()
        for _ in range(runs):
            self.settle([processor])
            # Between transactions: a node that dies while it ends one forgets markers (docs/guarantees.md).
            wait_until(lambda: self.broker_killed_while_idle(processor), "a moment without a transaction", PATIENCE_SECONDS)
            killed_at = time.time()
            self.lab.broker.start()
            up_at = time.time()
            self.record("kill -9 of the broker, since it is back", up_at, killed_at, range(PARTITIONS), [processor])
            self.times.setdefault("the broker's own restart", []).append(up_at - killed_at)
        self.settle([processor])
        processor.stop()

    def broker_killed_while_idle(self, processor) -> bool:
        processor.signal(signal.SIGSTOP)
        is_idle = not self.lab.open_transactions()
        if is_idle:
            self.lab.broker.kill()
        processor.signal(signal.SIGCONT)
        return is_idle

    def restore(self, runs: int) -> None:
        processor = self.lab.processor("restore")
        processor.start()
        for _ in range(runs):
            self.settle([processor])
            processor.stop()
            shutil.rmtree(processor.state)
            started_at = time.time()
            processor.start()
            self.record("state directory deleted, since the start", started_at, started_at, range(PARTITIONS), [processor])
        self.settle([processor])
        processor.stop()

    def print_table(self) -> None:
        width = max(len(name) for name in self.times)
        print(f"{'seconds':<{width}}  {'runs':>4}  {'min':>6}  {'median':>6}  {'max':>6}")
        for name, times in self.times.items():
            print(f"{name:<{width}}  {len(times):>4}  {min(times):>6.2f}  {statistics.median(times):>6.2f}  {max(times):>6.2f}")


def preload(lab: Lab, truth, options) -> None:
    say(f"counting {options.preload:,} events of the last 30 days first")
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    lab.load(truth, "--customers-topic", "bench.customers", "--events", options.preload, "--seed", options.seed + 1,
             "--spread", "30d", "--end", now)
    processor = lab.processor("preload")
    processor.start()
    wait_until(lambda: at_end(processor.tasks()), "the end of the backlog", 900, [processor])
    processor.stop()


def recovery(options) -> int:
    load_before = load_average()
    with Lab("live.topology.yaml", options.keep) as lab:
        truths = [lab.folder / "preload.tsv", lab.folder / "live.tsv"]
        preload(lab, truths[0], options)
        say(f"input of {options.rate:,} events a second from now on")
        lab.start_load(truths[1], "--rate", options.rate, "--events", 1_000_000_000, "--seed", options.seed, "--linger-ms", 5)
        watch = DeltaWatch(lab)
        study = Recovery(lab, watch)
        for scenario in options.scenario or ["restart", "takeover", "broker", "restore"]:
            say(f"{scenario}: {options.runs} runs")
            getattr(study, scenario)(options.runs)
        watch.stop()
        sent = lab.stop_load()
        say(f"{sent['events']:,} events sent; counting the rest, and comparing with the truth")
        last = lab.processor("last")
        last.start()
        wait_until(lambda: at_end(last.tasks()), "the end of the counting", PATIENCE_SECONDS, [last])
        time.sleep(SETTLE_SECONDS)
        last.stop()
        figures, findings = check_figures(lab, truths)
        print("\n".join(findings) or f"every one of {figures['totals']:,} totals and every sum of {figures['deltas']:,} deltas is exact")
    print()
    study.print_table()
    print(f"input {options.rate:,} events/s, commit interval 100 ms, session timeout 6 s, load average {load_before} -> {load_average()}")
    return 3 if findings else 0
