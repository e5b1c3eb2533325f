#!/usr/bin/env python3
"""outside_build.py: installs the runtime into a folder of its own, builds an example against it, and runs the example's tests.

The compiler sees the installed headers and the example alone; where the build stands is kept, so that a second run only links what changed.
"""
import argparse
import shutil
import subprocess
import sys
from pathlib import Path


def run(*command) -> str:
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}")
    return done.stdout


def check(condition: bool, what: str):
    if not condition:
        sys.exit(f"not so: {what}")


def main():
    parser = argparse.ArgumentParser()
    for name in ("cmake", "tree", "source", "build"):
        parser.add_argument(f"--{name}", required=True)
    arguments = parser.parse_args()
    build = Path(arguments.build)
    prefix = build.parent / "installed"
    shutil.rmtree(prefix, ignore_errors=True)
    run(arguments.cmake, "--install", arguments.tree, "--prefix", prefix)
    headers = sorted(path.relative_to(prefix / "include").as_posix() for path in (prefix / "include").rglob("*.h"))
    check(headers and all(header.startswith("tidemark/") for header in headers), f"only contracts are installed: {headers}")

    quick = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
    run(arguments.cmake, "-G", "Ninja", "-S", arguments.source, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}", "-DCMAKE_BUILD_TYPE=Debug",
        "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror", *quick)
    run(arguments.cmake, "--build", build)
    print(run(build / "card_alerts_test"))

    program, topology = build / "card_alerts", Path(arguments.source, "topology.yaml")
    run(program, "-c", topology, "topology", "lint")
    check("velocity" in run(program, "-c", topology, "topology", "print"), "the topology is printed with the user's processors")
    check("card_alerts topics apply" in run(program, "topics", "apply", "--help"), "help speaks of the user's program")
    broken = build / "broken.topology.yaml"
    broken.write_text(f"extends: {topology}\nsub_topologies: {{alerting: {{processors: {{velocity: {{window: 1h30x}}}}}}}}\ntests: [{{name: none}}]\n")
    done = subprocess.run([program, "-c", broken, "topology", "lint"], capture_output=True, text=True)
    check(done.returncode == 78 and "window" in done.stdout and "card_alerts runs no tests" in done.stdout, f"lint asks the user's processors: {done}")


if __name__ == "__main__":
    main()
