"""The same counting on Kafka Streams: fetched, compiled and run. Stands where a Processor stands in a Lab."""
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

from lab import RELEASE, ROOT, BenchError, Lab, Progress, run, say

SOURCES = ROOT / "bench/kafka_streams"
CLASSES = RELEASE / "bench/kafka_streams"
STOP_SECONDS = 60


def jars() -> Path:
    """Next to those of the broker, of the same version; a folder with that name is whole."""
    version = re.search(r"<kafka.version>(.*)</kafka.version>", (ROOT / "scripts/kafka/pom.xml").read_text())[1]
    cache = Path(os.environ.get("TIDEMARK_CACHE") or Path.home() / ".cache/tidemark")
    target = cache / f"kafka-streams-{version}"
    if not target.is_dir():
        say(f"fetching Kafka Streams {version} into {target}")
        cache.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix="kafka-streams.", dir=cache))
        try:
            run("mvn", "-q", "-B", "-f", SOURCES / "pom.xml", f"-Dkafka.version={version}", "dependency:copy-dependencies",
                "-DincludeScope=runtime", f"-DoutputDirectory={part}")
            part.rename(target)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return target


def build_streams() -> None:
    if shutil.which("javac") is None:
        raise BenchError("no javac: the peer needs a JDK, on Debian 12 the package openjdk-17-jdk-headless")
    run("javac", "--release", "17", "-Xlint:all", "-Werror", "-cp", f"{jars()}/*", "-d", CLASSES, *sorted(SOURCES.rglob("*.java")))


class Streams:
    def __init__(self, lab: Lab, emit_every_ms: int, commit_interval_ms: int, heap: str = "2g"):
        self.log = lab.folder / "streams.log"
        self.command = ["java", f"-Xms{heap}", f"-Xmx{heap}", "-Dlog4j2.level=WARN", "-cp", f"{CLASSES}:{jars()}/*",
                        "tidemark.bench.CountUsage", f"brokers={lab.broker.address}", f"state-dir={lab.folder / 'state-streams'}",
                        f"emit-every-ms={emit_every_ms}", f"commit-interval-ms={commit_interval_ms}"]
        self.process = None
        self.status = {"state": "CREATED", "committed": 0}
        lab.processors.append(self)

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with open(self.log, "w", encoding="utf-8") as log:
            for line in self.process.stdout:
                if line.startswith('{"state"'):
                    self.status = json.loads(line)
                else:
                    log.write(line)
                    log.flush()

    @property
    def pid(self) -> int:
        return self.process.pid

    def ready(self) -> bool:
        return self.status["state"] == "RUNNING"

    def progress(self, records: int) -> Progress:
        committed = self.status["committed"]
        return Progress(self.ready() or committed > 0, committed, committed >= records, committed)

    def check_alive(self) -> None:
        if self.process.poll() is not None:
            raise BenchError(f"Kafka Streams ended with {self.process.returncode}:\n" + self.log.read_text()[-2000:])

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=STOP_SECONDS)

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
