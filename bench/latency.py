"""From the stamp an event is sent with, to the moment at which its delta is readable (read_committed)."""
import bisect
import json
import subprocess
import threading
import time

from checks import check_figures
from lab import Lab, all_running, at_end, cpu_seconds, load_average, say, wait_until

WARM_UP_SECONDS = 10
METER_OF = {"api.request": "api_calls", "llm.completion": "tokens", "storage.snapshot": "storage_gb",
            "network.transfer": "bandwidth_gb", "compute.job": "compute_s"}


def collect(lab: Lab, into: list) -> subprocess.Popen:
    reader = subprocess.Popen(lab.reader_command("bench.deltas", "-o", "end"), stdout=subprocess.PIPE)

    def read() -> None:
        for line in reader.stdout:
            into.append((time.time(), line))
    threading.Thread(target=read, daemon=True).start()
    return reader


def told_at(deltas: list) -> dict[tuple, tuple[list[int], list[float]]]:
    """By (partition, customer, meter, month): last offsets, rising, and when the delta that ends there was readable."""
    told = {}
    for at, line in deltas:
        row = json.loads(line)
        for source in row["source"]:
            offsets, times = told.setdefault((source["partition"], row["customer_id"], row["meter"], row["period_start"][:7]), ([], []))
            offsets.append(source["last_offset"])
            times.append(at)
    return told


def latencies_ms(lab: Lab, deltas: list, since: float, until: float) -> list[float]:
    """Of every distinct event sent in between."""
    told, seen, out = told_at(deltas), set(), []
    command = lab.reader_command("bench.events", "-e", "-o", "beginning", "-f", "%p %o %T %s\n")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as dump:
        for line in dump.stdout:
            partition, offset, stamp, value = line.split(" ", 3)
            event = json.loads(value)
            if event["event_id"] in seen:
                continue
            seen.add(event["event_id"])
            sent_at = int(stamp) / 1000
            if not since <= sent_at < until:
                continue
            offsets, times = told[int(partition), event["customer_id"], METER_OF[event["type"]], event["timestamp"][:7]]
            out.append((times[bisect.bisect_left(offsets, int(offset))] - sent_at) * 1000)
    return sorted(out)


def measure(rate: int, options) -> tuple[str, list[str]]:
    with Lab("live.topology.yaml", options.keep) as lab:
        truth = lab.folder / "truth.tsv"
        lab.load(lab.folder / "none.tsv", "--customers-topic", "bench.customers", "--events", 1, "--seed", options.seed + 1,
                 "--end", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
        processor = lab.processor("a")
        processor.start()
        wait_until(lambda: all_running([processor]), "all partitions running", 60, [processor])
        deltas = []
        reader = collect(lab, deltas)
        lab.start_load(truth, "--rate", rate, "--events", 1_000_000_000, "--seed", options.seed, "--linger-ms", 5)
        time.sleep(WARM_UP_SECONDS)
        since, cpu, broker_cpu = time.time(), cpu_seconds(processor.pid), cpu_seconds(lab.broker.pid)
        time.sleep(options.seconds)
        until, cpu, broker_cpu = time.time(), cpu_seconds(processor.pid) - cpu, cpu_seconds(lab.broker.pid) - broker_cpu
        lab.stop_load()
        wait_until(lambda: at_end(processor.tasks()), "the end of the counting", 60, [processor])
        time.sleep(2)
        reader.kill()
        processor.stop()
        found = latencies_ms(lab, deltas, since, until)
        _, findings = check_figures(lab, [truth, lab.folder / "none.tsv"])
    at = [found[min(len(found) - 1, int(len(found) * share))] for share in (0.5, 0.9, 0.99, 0.999)] + [found[-1]]
    seconds = until - since
    return (f"{rate:>8,}  {len(found):>9,}  " + "  ".join(f"{value:>7.1f}" for value in at)
            + f"  {cpu / seconds:>7.0%}  {broker_cpu / seconds:>7.0%}  {load_average()}"), findings


def latency(options) -> int:
    lines, findings = [], []
    for rate in options.rate or [5_000, 20_000]:
        say(f"{rate:,} events a second for {options.seconds} s")
        line, differing = measure(rate, options)
        lines.append(line)
        findings += differing
    print("\n".join(findings) or "every figure is exact")
    print("\nmilliseconds from sending (producer linger 5 ms) to readable; commit interval 100 ms, every epoch tells")
    print("  rate/s     events      p50      p90      p99    p99.9      max      CPU   broker  load average")
    print("\n".join(lines))
    return 3 if findings else 0
