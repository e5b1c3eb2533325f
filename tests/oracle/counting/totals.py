"""Totals from lists of samples, computed once, at the end."""
from meters import UNIT


class Cell:
    """What a meter was given in one period of one customer and group. A sample is (taken record, value)."""

    __slots__ = ("rule", "samples", "distinct", "largest")

    def __init__(self, rule):
        self.rule = rule
        self.samples = []
        self.distinct = set()  # values of a unique meter
        self.largest = 0       # no sum of samples can lie further from 0

    def live(self, without=None):
        return [sample for sample in self.samples if not sample[0].voided and sample[0] is not without]

    def add(self, taken, value):
        self.samples.append((taken, value))
        if self.rule.aggregation == "unique":
            self.distinct.add(value)
        else:
            self.largest += abs(value)


def order_of(sample):
    return sample[0].event_time, sample[0].order


def total_of(aggregation, samples, opening):
    """Scaled. The opening of max and min counts as a sample; of sum and count it is added."""
    values = [value for _, value in samples]
    if aggregation in ("sum", "count"):
        return sum(values) + (opening or 0)
    if aggregation == "unique":
        return len(set(values)) * UNIT
    if aggregation == "last":
        return max(samples, key=order_of)[1] if samples else opening
    return (max if aggregation == "max" else min)(values + ([] if opening is None else [opening]))


def closing_of(aggregation, samples, total, opening):
    if aggregation in ("sum", "count"):
        return total
    return max(samples, key=order_of)[1] if samples else opening


def decimal_text(scaled):
    sign = "-" if scaled < 0 else ""
    whole, fraction = divmod(abs(scaled), UNIT)
    digits = f"{fraction:012d}".rstrip("0")
    return f"{sign}{whole}" + ("." + digits if digits else "")


def rows_of(customer, meters, openings_until):
    """(meter, group, period, total, event count, version) of every total of one customer; those that only have an opening included.

    `openings_until`: the watermark up to which periods were opened."""
    by_key = {}
    for (meter, group, start, end), cell in customer.cells.items():
        by_key.setdefault((meter, group), {})[start, end] = cell
    for (index, group), cells in by_key.items():
        meter = meters[index]
        if not meter.carry_over:
            for period, cell in cells.items():
                samples = cell.live()
                total = total_of(cell.rule.aggregation, samples, None)
                yield meter.name, group, period, total, len(samples), cell.rule.number
            continue
        aggregation = meter.rules[0].aggregation
        starts = sorted(cells)
        period, opening = starts[0], None
        while period is not None:
            samples = cells[period].live() if period in cells else []
            total = total_of(aggregation, samples, opening)
            yield meter.name, group, period, total, len(samples), meter.ruling(*period).number
            following = customer.timeline.containing(period[1])
            if openings_until is not None and following[0] <= openings_until:
                opening = closing_of(aggregation, samples, total, opening)
                period = following
            else:
                opening = None
                period = next((start for start in starts if start > period), None)
