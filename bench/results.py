"""A file of measured rows, by command: what docs/performance.md and its picture are made of. Each run adds to it."""
import json
import subprocess
import time
from pathlib import Path

from lab import ROOT


def commit() -> str:
    return subprocess.run(["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=12"], stdout=subprocess.PIPE, text=True,
                          check=True).stdout.strip()


def read(path: str) -> dict[str, list[dict]]:
    return json.loads(Path(path).read_text()) if Path(path).exists() else {}


def record(path: str, command: str, rows: list[dict]) -> None:
    results = read(path)
    common = {"commit": commit(), "day": time.strftime("%Y-%m-%d", time.gmtime())}
    results.setdefault(command, []).extend(common | row for row in rows)
    lines = [f" {json.dumps(name)}: [\n" + ",\n".join("  " + json.dumps(row) for row in results[name]) + "\n ]" for name in results]
    Path(path).write_text("{\n" + ",\n".join(lines) + "\n}\n")
