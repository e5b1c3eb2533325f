"""What `tidemark events verify -o jsonl` prints, written from a model and read back."""
import datetime
import json
from collections import Counter

EPOCH = datetime.datetime(1970, 1, 1)


def time_text(nanoseconds):
    """RFC 3339, without a fraction: edges of periods are whole seconds."""
    return (EPOCH + datetime.timedelta(seconds=nanoseconds // 10**9)).strftime("%Y-%m-%dT%H:%M:%SZ")


def verdict_of(taken):
    """The output line of one record or element."""
    row = {"line": taken.line}
    if taken.element is not None:
        row["element"] = taken.element
    row["verdict"] = taken.verdict
    if taken.then:
        row["then"] = taken.then
    if taken.code:  # of the dead letter that it became, first or last
        row["code"] = taken.code
    return row


def total_of(row):
    return {**row, "period_start": time_text(row["period_start"]), "period_end": time_text(row["period_end"])}


def summary_of(results):
    counts = Counter(taken.verdict for taken in results)
    return {"consumed": len(results), **dict(sorted(counts.items()))}


def lines_of(model):
    for taken in model.results:
        yield verdict_of(taken)
    for row in model.totals():
        yield {"total": total_of(row)}
    yield {"summary": summary_of(model.results)}


def write_report(model, file):
    for line in lines_of(model):
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
