"""A broker, processors and a load of a benchmark's own, on free ports in a folder of its own, and what /proc says of them."""
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RELEASE = ROOT / "build" / "release"
PARTITIONS = 8
CONSUMED = re.compile(r'tidemark_consumed_records_total\{[^}]*topic="bench\.events"')
TICKS = os.sysconf("SC_CLK_TCK")


class BenchError(Exception):
    """What a person has to know; no traceback."""


def say(text: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)


def run(*command, **options) -> str:
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    if done.returncode != 0:
        raise BenchError(f"{Path(str(command[0])).name} {' '.join(str(part) for part in command[1:3])} ended with {done.returncode}:\n"
                         + done.stderr[-2000:])
    return done.stdout


def cpu_seconds(pid: int) -> float:
    """User and system time of all threads so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def peak_memory_mib(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    return 0


def load_average() -> str:
    return " ".join(Path("/proc/loadavg").read_text().split()[:3])


def wait_until(condition, what: str, seconds: float, alive=()):
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        for processor in alive:
            processor.check_alive()
        if time.monotonic() > deadline:
            raise BenchError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.05)


class Broker:
    def __init__(self, folder: Path):
        self.folder = folder
        self.environment = dict(os.environ, KAFKA_HEAP="1g", KAFKA_JVM="-XX:+UseG1GC")

    def start(self) -> None:
        run(ROOT / "scripts/kafka/start", self.folder, "--free-port", env=self.environment)

    def stop(self) -> None:
        subprocess.run([ROOT / "scripts/kafka/stop", self.folder], check=False, stderr=subprocess.DEVNULL)

    def kill(self) -> None:
        pid = self.pid
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not Path(f"/proc/{pid}/cmdline").exists() or not Path(f"/proc/{pid}/cmdline").read_bytes(),
                   "the end of the broker", 10)

    @property
    def pid(self) -> int:
        return int((self.folder / "pid").read_text())

    @property
    def address(self) -> str:
        return "127.0.0.1:" + (self.folder / "port").read_text().strip()


@dataclass(frozen=True)
class Progress:
    """Of one side of a race."""
    running: bool  # some task is
    counted: int   # records
    ended: bool    # every record is counted; outputs may follow
    mark: object   # differs as long as anything commits


class Processor:
    """One `tidemark run` with a state directory and an admin port of its own."""

    def __init__(self, lab: "Lab", name: str):
        self.lab = lab
        self.state = lab.folder / f"state-{name}"
        self.log = lab.folder / f"{name}.log"
        self.port = int(run(ROOT / "scripts/free_ports", 1))
        self.process = None

    def start(self) -> None:
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [str(RELEASE / "cli/tidemark"), "--quiet", "run", "--state-dir", str(self.state), "--admin", f"127.0.0.1:{self.port}"],
                env=self.lab.environment, stdout=log, stderr=log)

    @property
    def pid(self) -> int:
        return self.process.pid

    def tasks(self) -> list[dict]:
        """Of every thread; none while nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz?verbose", timeout=2) as answer:
                body = answer.read()
        except urllib.error.HTTPError as error:
            body = error.read()  # not ready says 503, with the same body
        except OSError:
            return []
        return [task for thread in json.loads(body)["threads"] for task in thread["tasks"]]

    def ready(self) -> bool:
        return all_running([self])

    def consumed(self) -> int:
        """Records taken so far."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=2) as answer:
                lines = answer.read().decode().splitlines()
        except OSError:
            return 0
        return sum(int(float(line.rpartition(" ")[2])) for line in lines if CONSUMED.match(line))

    def progress(self, records: int) -> Progress:
        """Of so many in the topic."""
        tasks = self.tasks()
        ended = at_end(tasks)
        return Progress(any(task["state"] == "running" for task in tasks), records if ended else self.consumed(), ended,
                        [(task["partition"], task["epoch"]) for task in tasks])

    def check_alive(self) -> None:
        if self.process.poll() is not None:
            raise BenchError(f"tidemark ended with {self.process.returncode}:\n" + self.log.read_text()[-2000:])

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        self.process.terminate()
        if self.process.wait(timeout=60) != 0:
            raise BenchError(f"tidemark ended with {self.process.returncode} after SIGTERM:\n" + self.log.read_text()[-2000:])

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()


def all_running(processors, partitions=PARTITIONS) -> bool:
    tasks = [task for processor in processors for task in processor.tasks()]
    return sorted(task["partition"] for task in tasks if task["state"] == "running") == list(range(partitions))


def at_end(tasks: list[dict]) -> bool:
    return len(tasks) == PARTITIONS and all(task["state"] == "running" and task["lag_records"] == 0 for task in tasks)


class Lab:
    def __init__(self, topology: str, keep: bool):
        self.folder = Path(tempfile.mkdtemp(prefix="tidemark-bench."))
        self.keep = keep
        self.broker = Broker(self.folder / "kafka")
        self.topology = ROOT / "bench" / topology
        self.environment = {}
        self.processors = []
        self.load_process = None

    def __enter__(self) -> "Lab":
        try:
            self.broker.start()
            self.environment = dict(os.environ, TIDEMARK_TOPOLOGY=str(self.topology), TIDEMARK_BROKERS=self.broker.address)
            self.tidemark("topics", "apply", "--apply")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        for processor in self.processors:
            processor.end()
        if self.load_process is not None and self.load_process.poll() is None:
            self.load_process.kill()
            self.load_process.wait()
        self.broker.stop()
        if self.keep:
            say(f"kept: {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def tidemark(self, *arguments) -> str:
        return run(RELEASE / "cli/tidemark", "--quiet", *arguments, env=self.environment)

    def open_transactions(self) -> list[dict]:
        """Partitions that a transaction holds back."""
        rows = json.loads(self.tidemark("topics", "describe", "-o", "json"))
        return [row for row in rows if row["last_stable"] < row["high_watermark"]]

    def processor(self, name: str) -> Processor:
        self.processors.append(Processor(self, name))
        return self.processors[-1]

    def _load_command(self, truth: Path, *options) -> list[str]:
        return [str(part) for part in (RELEASE / "bench/tidemark_load", "--brokers", self.broker.address, "--topic", "bench.events",
                                       "--truth", truth, *options)]

    def load(self, truth: Path, *options) -> dict:
        return json.loads(run(*self._load_command(truth, *options)))

    def start_load(self, truth: Path, *options) -> None:
        self.load_process = subprocess.Popen(self._load_command(truth, *options), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def stop_load(self) -> dict:
        """Ends a load at a rate; everything it sent is delivered."""
        if self.load_process.poll() is None:
            self.load_process.terminate()
        out, errors = self.load_process.communicate(timeout=360)
        if self.load_process.returncode != 0:
            raise BenchError(f"the load failed: {errors}")
        return json.loads(out)

    def reader_command(self, topic: str, *options) -> list[str]:
        """kcat as a read_committed reader that finds its way back to a broker quickly."""
        return ["kcat", "-C", "-q", "-u", "-b", self.broker.address, "-t", topic, "-X", "isolation.level=read_committed",
                "-X", "fetch.wait.max.ms=10", "-X", "fetch.error.backoff.ms=20", "-X", "reconnect.backoff.ms=20",
                "-X", "reconnect.backoff.max.ms=100", *options]
