"""Tidemark and Kafka Streams work off the same backlog in turn, each on a fresh broker; both are held against the truth."""
import math
from statistics import median

from checks import check_figures
from lab import Lab, cpu_seconds, load_average, peak_memory_mib, say
from peer import Streams, build_streams
from results import read, record
from throughput import EPOCHS, last_append_time, nearest, watch

COMMIT_INTERVAL_MS = 1000  # of bench.topology.yaml
TIDEMARK, STREAMS = "Tidemark", "Kafka Streams"
TOPOLOGIES = {1000: "bench.topology.yaml", 0: "each_epoch.topology.yaml"}  # by emit_every
FIGURES = (("events/s", "rate", "{:,.0f}"), ("second half", "rate_warm", "{:,.0f}"), ("CPU s/M", "cpu", "{:.2f}"),
           ("counting only", "cpu_counting", "{:.2f}"), ("second half", "cpu_warm", "{:.2f}"), ("broker CPU s/M", "broker", "{:.2f}"),
           ("peak RSS MiB", "rss", "{:,.0f}"))


def contender(lab: Lab, side: str, emit_every_ms: int, heap: str):
    return lab.processor("a") if side == TIDEMARK else Streams(lab, emit_every_ms, COMMIT_INTERVAL_MS, heap)


def ended_at(lab: Lab, side: str, events: int, samples: list) -> float:
    """The last thing that was committed."""
    if side == TIDEMARK:
        return last_append_time(lab, EPOCHS)
    return max(last_append_time(lab, "bench.totals"), next(sample.at for sample in samples if sample.counted >= events))


def measure(options, side: str, spread: str, emit_every_ms: int) -> dict:
    events = options.events
    with Lab(TOPOLOGIES[emit_every_ms], options.keep) as lab:
        truth = lab.folder / "truth.tsv"
        say(f"{side}, spread {spread}, emit_every {emit_every_ms} ms: loading {events:,} events")
        lab.load(truth, "--customers-topic", "bench.customers", "--events", events, "--spread", spread, "--seed", options.seed)
        load_before, broker_before = load_average(), cpu_seconds(lab.broker.pid)
        processor = contender(lab, side, emit_every_ms, options.heap)
        processor.start()
        first_at, samples = watch(lab, processor, events)
        end = ended_at(lab, side, events, samples)
        first, last = nearest(samples, first_at), nearest(samples, end)
        half = next(sample for sample in samples if sample.counted >= events / 2)
        rest = events - half.counted if half.at < end else math.nan  # of a handful of events there is no second half
        row = {
            "side": side, "spread": spread, "emit_every_ms": emit_every_ms, "events": events, "seed": options.seed,
            "rate": events / (end - first_at), "rate_warm": rest / (end - half.at), "cpu": last.cpu / events * 1e6,
            "cpu_counting": (last.cpu - first.cpu) / events * 1e6, "cpu_warm": (last.cpu - half.cpu) / rest * 1e6,
            "broker": (last.broker_cpu - broker_before) / events * 1e6, "rss": peak_memory_mib(processor.pid),
            "load": f"{load_before} -> {load_average()}",
        }
        processor.stop()
        say(f"{row['rate']:,.0f} events/s, {row['cpu']:.2f} CPU s/M; comparing with the truth")
        figures, findings = check_figures(lab, [truth])
        return row | figures | {"findings": findings}


def print_table(rows: list[dict]) -> None:
    """Medians by side, and how many times over Streams' figure Tidemark's is, or the reverse where less is better."""
    print(f"{'':>44}" + "".join(f"{name:>16}" for name, _, _ in FIGURES) + f"{'deltas':>13}  runs")
    for shape in sorted({(row["spread"], row["emit_every_ms"], row["events"]) for row in rows}):
        medians = {}
        for side in (TIDEMARK, STREAMS):
            runs = [row for row in rows if (row["spread"], row["emit_every_ms"], row["events"], row["side"]) == (*shape, side)]
            if not runs:
                continue
            medians[side] = {key: median(row[key] for row in runs) for _, key, _ in FIGURES}
            label = f"{side}, {shape[2]:,} in {shape[0]}, emit {shape[1]} ms"
            print(f"{label:>44}" + "".join(f"{text.format(medians[side][key]):>16}" for _, key, text in FIGURES)
                  + f"{median(row['deltas'] for row in runs):>13,.0f}  {len(runs)}")
        if len(medians) == 2:
            ratios = [ratio(key, medians[TIDEMARK][key], medians[STREAMS][key]) for _, key, _ in FIGURES]
            print(f"{'ratio in favour of Tidemark':>44}" + "".join(f"{value:>15.2f}x" for value in ratios))


def ratio(key: str, ours: float, theirs: float) -> float:
    return ours / theirs if key.startswith("rate") else theirs / ours


def race(options) -> int:
    build_streams()
    rows = []
    for _ in range(options.runs):
        for spread in options.spread or ["40d"]:
            for emit_every_ms in options.emit_every or [1000]:
                for side in (TIDEMARK, STREAMS):
                    row = measure(options, side, spread, emit_every_ms)
                    rows.append(row)
                    print("\n".join(row["findings"]) or f"every one of {row['totals']:,} totals and every sum of deltas is exact", flush=True)
                    if options.out:
                        record(options.out, "race", [row])
    print()
    print_table(read(options.out)["race"] if options.out else rows)
    print("\nCPU s/M: of the whole process per million events, from its start: of Java its start and the compiling of hot code too, of Tidemark"
          "\nthe reading of 50,000 profiles. counting only: from the first task that ran. second half: from the middle of the events, when"
          "\nJava is warm. Both share the cores with the broker. Of Streams, the commit after its last output is left out of the time.")
    return 3 if any(row["findings"] for row in rows) else 0
