"""Kafka brokers of a test's own, and waiting for what they do."""
import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from kafka_proxy import KafkaProxy

ROOT = Path(__file__).resolve().parents[3]
NOT_RUN = 77


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


def free_port() -> int:
    return int(subprocess.run([ROOT / "scripts/free_ports", "1"], check=True, capture_output=True).stdout)


def tool(address: str, name: str, *arguments) -> subprocess.CompletedProcess:
    """A tool of Kafka's own, by its class."""
    cache = Path(os.environ.get("TIDEMARK_CACHE", Path.home() / ".cache/tidemark"))
    return subprocess.run(["java", "-Xmx128m", "-cp", f"{next(cache.glob('kafka-*'))}/*", name, "--bootstrap-server", address, *map(str, arguments)],
                          capture_output=True, text=True)


class Broker:
    """One node. Everybody reaches it at `address`, the processors under test at `processors_address`."""

    def __init__(self, directory: Path, **environment: str):
        self.directory, self.environment = directory, os.environ | environment
        self.start()

    def start(self):
        subprocess.run([ROOT / "scripts/kafka/start", self.directory, "--free-port"], check=True, stderr=subprocess.DEVNULL, env=self.environment)
        self.address = self.processors_address = f"127.0.0.1:{self.port_in('port')}"

    def port_in(self, file: str) -> int:
        return int((self.directory / file).read_text())

    def is_alive(self) -> bool:
        pid = (self.directory / "pid").read_text().strip()
        return Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]

    def kill(self):
        os.kill(int((self.directory / "pid").read_text()), signal.SIGKILL)
        wait_for("the end of the broker", lambda: not self.is_alive())

    def stop(self):
        subprocess.run([ROOT / "scripts/kafka/stop", self.directory], check=False, stderr=subprocess.DEVNULL)

    def close(self):
        self.stop()

    def tool(self, name: str, *arguments) -> bool:
        """False when it refuses."""
        done = tool(self.address, name, *arguments)
        return done.returncode == 0 and "Error" not in done.stdout + done.stderr


class ProxiedBroker(Broker):
    """The processors reach it through `proxy`, all others past it."""

    def __init__(self, directory: Path):
        self.proxy_port = free_port()
        super().__init__(directory, KAFKA_PROXY_PORT=str(self.proxy_port))
        self.proxy = KafkaProxy({self.proxy_port: self.port_in("proxied.port")}, seed=1).__enter__()

    def start(self):
        super().start()
        self.processors_address = f"127.0.0.1:{self.proxy_port}"

    def close(self):
        self.proxy.__exit__()
        super().close()


class SmallDiskBroker(Broker):
    """Its data lie on a file system of their own. Ends the test as not run where none may be mounted."""

    def __init__(self, directory: Path):
        self.data = directory / "data"
        self.data.mkdir(parents=True)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256m", "tidemark-test", self.data], stderr=subprocess.DEVNULL).returncode != 0:
            say("NOT RUN: no file system may be mounted here")
            sys.exit(NOT_RUN)
        super().__init__(directory)

    def fill_disk(self):
        with open(self.data / "ballast", "wb", buffering=0) as ballast:
            try:
                while True:
                    ballast.write(bytes(65_536))
            except OSError as full:
                assert full.errno == errno.ENOSPC, full

    def make_room(self):
        (self.data / "ballast").unlink()

    def close(self):
        super().close()
        subprocess.run(["umount", self.data], check=False)


class ClusterNode(Broker):
    def __init__(self, directory: Path):
        self.directory, self.environment = directory, os.environ | {"KAFKA_HEAP": "256m"}


class Cluster:
    """Three nodes, each broker and controller; every topic has three copies, of which one may be away."""

    def __init__(self, directory: Path):
        started = subprocess.run([ROOT / "scripts/kafka/start_cluster", directory], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.address = self.processors_address = started.stdout.strip()
        self.nodes = {number: ClusterNode(directory / str(number)) for number in (1, 2, 3)}

    def in_sync(self) -> bool:
        """Whether every partition has all its copies."""
        listed = subprocess.run(["kcat", "-L", "-J", "-b", self.address], capture_output=True, text=True)
        if listed.returncode != 0:
            return False
        return all(len(partition["isrs"]) == len(self.nodes) for topic in json.loads(listed.stdout)["topics"] for partition in topic["partitions"])

    def close(self):
        for node in self.nodes.values():
            node.stop()
