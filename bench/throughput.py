"""How fast, and for how much CPU, `tidemark run` works off a backlog from its first record."""
import json
import subprocess
import time
from collections import Counter
from dataclasses import dataclass

from checks import check_figures
from lab import Lab, cpu_seconds, load_average, peak_memory_mib, say, wait_until

QUIET_SECONDS = 3  # emission comes once a second: after so long without an epoch nothing is left
EPOCHS = "bench-metering-epochs"


@dataclass(frozen=True)
class Sample:
    at: float  # seconds since 1970
    counted: int
    cpu: float
    broker_cpu: float


def last_append_time(lab: Lab, topic: str) -> float:
    """Of the last committed record, by the broker's clock."""
    out = subprocess.run(lab.reader_command(topic, "-e", "-o", "-2", "-f", "%T\n"),
                         stdout=subprocess.PIPE, text=True, check=True).stdout
    return max(int(line) for line in out.split()) / 1000


def topic_sizes(lab: Lab) -> dict[str, int]:
    """MiB by topic, as the broker keeps them."""
    sizes = Counter()
    for path in sorted((lab.broker.folder / "data").glob("bench*/*.log")):
        sizes[path.parent.name.rpartition("-")[0].removeprefix("bench").lstrip(".-")] += path.stat().st_size
    return {topic: size >> 20 for topic, size in sizes.items()}


def watch(lab: Lab, processor, records: int) -> tuple[float, list[Sample]]:
    """When the first task ran, and samples until everything is counted and told."""
    samples, first_at, mark, quiet_since = [], None, None, time.monotonic()
    while True:
        processor.check_alive()
        progress = processor.progress(records)
        samples.append(Sample(time.time(), progress.counted, cpu_seconds(processor.pid), cpu_seconds(lab.broker.pid)))
        if first_at is None and progress.running:
            first_at = samples[-1].at
        if progress.mark != mark or not progress.ended:
            mark, quiet_since = progress.mark, time.monotonic()
        if first_at is not None and time.monotonic() - quiet_since > QUIET_SECONDS:
            return first_at, samples
        time.sleep(0.1)


def nearest(samples: list[Sample], at: float) -> Sample:
    return next((sample for sample in samples if sample.at >= at), samples[-1])


def start_profile(pid: int, path) -> None:
    """Of the threads there are; ends with them. By the clock, because virtual machines seldom lend the processor's counters;
    by unwind tables, because Debian's libraries keep no frame pointers."""
    subprocess.Popen(["perf", "record", "-q", "-e", "cpu-clock", "-F", "199", "--call-graph", "dwarf,16384", "-p", str(pid), "-o", str(path)],
                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def measure(options, spread: str) -> dict:
    events = options.events
    with Lab("bench.topology.yaml", options.keep) as lab:
        truth = lab.folder / "truth.tsv"
        say(f"spread {spread}: loading {events:,} events and 50,000 profiles")
        loaded = lab.load(truth, "--customers-topic", "bench.customers", "--events", events, "--spread", spread, "--seed", options.seed)
        say(f"loaded at {loaded['events'] * 1000 // max(1, loaded['wall_ms']):,} events/s"
            f" ({loaded['cpu_ms'] * 1000 / loaded['events']:.2f} CPU s per million, {loaded['mean_bytes']} bytes each); counting")
        load_before = load_average()
        processor = lab.processor("a")
        broker_before = cpu_seconds(lab.broker.pid)
        processor.start()
        if options.profile:
            wait_until(processor.tasks, "partitions", 60, [processor])
            start_profile(processor.pid, f"{options.profile}.{spread}")
        first_at, samples = watch(lab, processor, events)
        tasks = processor.tasks()
        ended_at = last_append_time(lab, EPOCHS)
        started, first, ended = samples[0], nearest(samples, first_at), nearest(samples, ended_at)
        row = {
            "spread": spread, "events": events, "wall": ended_at - first_at, "rate": events / (ended_at - first_at),
            "profiles": first_at - started.at, "cpu": ended.cpu, "cpu_per_million": ended.cpu / events * 1e6,
            "cpu_counting": (ended.cpu - first.cpu) / events * 1e6,
            "broker": (ended.broker_cpu - broker_before) / events * 1e6, "rss": peak_memory_mib(processor.pid),
            "load": f"{load_before} -> {load_average()}",
        }
        processor.stop()
        row["epoch_records"] = events // max(1, sum(task["epoch"] for task in tasks))
        row["written"] = {topic: size for topic, size in topic_sizes(lab).items() if size > 0}
        row["state"] = sum(path.stat().st_size for path in processor.state.rglob("*") if path.is_file()) >> 20
        say("counted; comparing with the truth")
        figures, findings = check_figures(lab, [truth])
        verdicts = json.loads(lab.tidemark("dev", "verdicts", "-o", "json"))
        return row | figures | {"findings": findings, "verdicts": verdicts, "loaded": loaded}


COLUMNS = (("spread", "{spread}"), ("events", "{events:,}"), ("wall s", "{wall:.1f}"), ("events/s", "{rate:,.0f}"),
           ("CPU s", "{cpu:.1f}"), ("CPU s/M", "{cpu_per_million:.2f}"), ("counting only", "{cpu_counting:.2f}"),
           ("broker CPU s/M", "{broker:.2f}"), ("peak RSS MiB", "{rss}"), ("state MiB", "{state}"), ("totals", "{totals:,}"),
           ("deltas", "{deltas:,}"), ("records/epoch", "{epoch_records:,}"),
           ("exact", "{exact}"), ("load average", "{load}"))


def print_table(rows: list[dict]) -> None:
    cells = [[name for name, _ in COLUMNS]] + [[pattern.format(**row) for _, pattern in COLUMNS] for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(COLUMNS))]
    for line in cells:
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths)))


def throughput(options) -> int:
    rows = []
    for spread in options.spread or ["40d", "10m"]:
        row = measure(options, spread)
        row["exact"] = "no" if row["findings"] else "yes"
        rows.append(row)
        print("\n".join(row["findings"]) or f"every one of {row['totals']:,} totals and every sum of deltas is exact", flush=True)
        print(f"MiB by topic: {json.dumps(row['written'])}")
        print(f"verdicts: {json.dumps(row['verdicts'])}; repeats sent: {row['loaded']['repeats']:,}")
    print()
    print_table(rows)
    print("\nCPU s: of the process, librdkafka's threads and the loading of 50,000 profiles included; counting only: from the"
          "\nfirst task that ran. Wall: from there to the last epoch record. Both share the cores with the broker. Epochs and"
          "\nemissions are cut by time: on a machine that is busy otherwise they are smaller, and cost more per event.")
    return 3 if any(row["findings"] for row in rows) else 0
