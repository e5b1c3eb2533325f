"""A Kafka broker of a test's own, and waiting for what it does."""
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def wait_for(what: str, condition, seconds: float = 90):
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {seconds} s")
        pause.wait(0.03)


def say(text: str):
    print(text, flush=True)


class Broker:
    def __init__(self, directory: Path):
        self.directory = directory
        self.start()

    def start(self):
        subprocess.run([ROOT / "scripts/kafka/start", self.directory, "--free-port"], check=True, stderr=subprocess.DEVNULL)
        self.address = "127.0.0.1:" + (self.directory / "port").read_text().strip()

    def kill(self):
        pid = int((self.directory / "pid").read_text())
        os.kill(pid, signal.SIGKILL)
        wait_for("the end of the broker", lambda: not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().split()[2])

    def stop(self):
        subprocess.run([ROOT / "scripts/kafka/stop", self.directory], check=False, stderr=subprocess.DEVNULL)

    def tool(self, name: str, *arguments) -> bool:
        """A tool of Kafka's own, by its class; False when it refuses."""
        cache = Path(os.environ.get("TIDEMARK_CACHE", Path.home() / ".cache/tidemark"))
        done = subprocess.run(["java", "-Xmx128m", "-cp", f"{next(cache.glob('kafka-*'))}/*", name, "--bootstrap-server", self.address, *map(str, arguments)],
                              capture_output=True, text=True)
        return done.returncode == 0 and "Error" not in done.stdout + done.stderr
