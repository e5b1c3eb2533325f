#!/usr/bin/python3
"""bench/picture.py RESULTS.json > docs/performance.svg: bars of the medians that `scripts/bench race` recorded."""
import sys
from pathlib import Path
from statistics import median

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
from results import read

SIDES = {"Tidemark": "ours", "Kafka Streams": "theirs"}
BAR, GAP, LEFT, LENGTH, WIDTH = 18, 4, 20, 430, 720
# Colours for both backgrounds: the picture has none of its own.
STYLE = """text{font:13px system-ui,sans-serif;fill:#1f2328} .title{font-weight:600} .ours{fill:#0a7ea4} .theirs{fill:#b3590f}
@media (prefers-color-scheme: dark){text{fill:#e6edf3} .ours{fill:#3fb6dc} .theirs{fill:#f0883e}}"""


def race_groups(rows: list[dict]) -> list[tuple]:
    """(title, pattern, value by side)."""
    rows = [row for row in rows if row["emit_every_ms"] == 1000]
    shapes = (("Events a second (more is better)", "rate", "{:,.0f}"), ("CPU seconds per million events (less is better)", "cpu", "{:.2f}"),
              ("the same, second half: Java is warm", "cpu_warm", "{:.2f}"), ("Peak memory, MiB (less is better)", "rss", "{:,.0f}"))
    return [(title, pattern, {side: median(row[key] for row in rows if row["side"] == side) for side in SIDES})
            for title, key, pattern in shapes]


def draw(groups: list[tuple]) -> str:
    y, parts = 10, []
    for title, pattern, values in groups:
        y += 16
        parts.append(f'<text class="title" x="{LEFT}" y="{y}">{title}</text>')
        y += 8
        longest = max(values.values())
        for side, value in values.items():
            length = max(1, round(LENGTH * value / longest))
            parts.append(f'<rect class="{SIDES[side]}" x="{LEFT}" y="{y}" width="{length}" height="{BAR}" rx="2"/>'
                         f'<text x="{LEFT + length + 8}" y="{y + 14}">{pattern.format(value)} {side}</text>')
            y += BAR + GAP
        y += 12
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" height="{y}" role="img" '
            f'aria-label="Tidemark and Kafka Streams side by side">\n<style>{STYLE}</style>\n' + "\n".join(parts) + "\n</svg>\n")


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    results = read(sys.argv[1])
    sys.stdout.write(draw(race_groups(results["race"])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
