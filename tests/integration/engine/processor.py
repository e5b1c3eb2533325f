"""A processor of a test's run: a `tidemark run` of its own, with its state directory and its log."""
import json
import signal
import subprocess
import urllib.request

from broker import free_port


class Processor:
    def __init__(self, run: "Run", name: str):
        self.run, self.state, self.log = run, run.work / f"state-{name}", run.work / f"{name}.log"
        self.name, self.process = name, None

    def start(self):
        with open(self.log, "ab") as log:
            environment = self.run.environment | {"TIDEMARK_BROKERS": self.run.broker.processors_address}
            self.process = subprocess.Popen([self.run.tidemark, "run", "--state-dir", self.state, "--admin", f"127.0.0.1:{self.port()}"],
                                            env=environment, stdout=log, stderr=log)
        self.run.processors[self.name] = self

    def port(self) -> int:
        if not hasattr(self, "_port"):
            self._port = free_port()
        return self._port

    def status(self) -> dict | None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port()}/readyz?verbose", timeout=2) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            return json.load(refused)
        except OSError:
            return None

    def tasks(self) -> list[dict]:
        status = self.status()
        return [task for thread in status["threads"] for task in thread["tasks"]] if status else []

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        assert code == 0, f"processor {self.name} ended with {code} after SIGTERM:\n{self.log.read_text()[-3000:]}"

    def freeze_in_transaction(self) -> bool:
        """Stops the process; lets it go on again unless the broker shows a transaction of its partitions held open."""
        owned = {task["partition"] for task in self.tasks()}
        self.process.send_signal(signal.SIGSTOP)
        if self.run.open_transactions(owned) & self.run.open_transactions(owned):
            return True
        self.go_on()
        return False

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def kill_in_transaction(self) -> bool:
        frozen = self.freeze_in_transaction()
        if frozen:
            self.kill()
        return frozen
