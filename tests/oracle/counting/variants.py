"""One input in several variants that must lead to the same final totals: what orders.py and interleavings.py have in common."""
import argparse
import json
import pathlib
import tempfile

import compare
import model
from output import total_of
from settings import read_settings


def totals_of(tidemark, topology, records, folder):
    """{key: figures}"""
    if tidemark is None:
        rows = map(total_of, model.run(records, read_settings(topology)).totals())
        return {compare.key_of(row): compare.figures(row) for row in rows}
    output = f"{folder}/output.jsonl"
    failure = compare.run_pipeline(tidemark, topology, records, output)
    if failure:
        raise SystemExit(f"the pipeline fails: {failure}")
    _, totals = compare.read_pipeline(output, "usage.events")
    return {key: compare.figures(total) for key, total in totals.items()}


def check(tidemark, seed, settings, folder, names, write):
    """`write(name, path)` makes the records of a variant."""
    topology = pathlib.Path(folder, "topology.yaml")
    topology.write_text(json.dumps(settings), encoding="utf-8")
    first = None
    for name in names:
        records = f"{folder}/{str(name).replace(' ', '_')}.jsonl"
        write(name, records)
        totals = totals_of(tidemark, str(topology), records, folder)
        first = first or totals
        differing = sorted(key for key in first.keys() | totals.keys() if first.get(key) != totals.get(key))
        print(f"seed {seed}: {name}: {len(totals)} totals, {len(differing)} differ", flush=True)
        for key in differing[:compare.SHOWN]:
            print("   ", " ".join(key), "first", first.get(key, "none"), "here", totals.get(key, "none"))
        if differing:
            return compare.FINDINGS
    return compare.OK


def main(description, events, check_seed):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tidemark", help="without it the model judges")
    parser.add_argument("--events", type=int, default=events)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scenarios", type=int, default=1)
    parser.add_argument("--keep", help="folder for the files of the last scenario")
    arguments = parser.parse_args()
    for seed in range(arguments.seed, arguments.seed + arguments.scenarios):
        with tempfile.TemporaryDirectory() as folder:
            kept = arguments.keep or folder
            pathlib.Path(kept).mkdir(parents=True, exist_ok=True)
            if check_seed(arguments.tidemark, seed, arguments.events, kept) != compare.OK:
                return compare.FINDINGS
    return compare.OK
