"""What every check of figures shares: decimals as integers times 10^12, and chains of deltas."""
import re

DECIMALS = 12
DECIMAL = re.compile(r"(-?)([0-9]+)(?:\.([0-9]{1,12}))?")


def scaled(text: str) -> int:
    match = DECIMAL.fullmatch(text)
    if not match:
        raise ValueError(f"not a decimal: {text!r}")
    sign, whole, fraction = match.groups()
    magnitude = int(whole) * 10**DECIMALS + int((fraction or "").ljust(DECIMALS, "0"))
    return -magnitude if sign else magnitude


def decimal(value: int) -> str:
    whole, fraction = divmod(abs(value), 10**DECIMALS)
    text = f"{whole:,}" + (f".{fraction:012d}".rstrip("0") if fraction else "")
    return "-" + text if value < 0 else text


class Chains:
    """Takes deltas in the order of their partition: adds them up by key, and notes every breach of a chain."""

    def __init__(self):
        self.sums: dict[tuple, tuple[int, int]] = {}  # (count, sum)
        self.breaches: list[str] = []
        self.number = 0
        self._heads: dict[tuple, tuple[int, int]] = {}  # (seq, total)

    def take(self, key: tuple, row: dict) -> None:
        previous, delta, total = scaled(row["previous_total"]), scaled(row["delta"]), scaled(row["total"])
        seq, head = self._heads.get(key, (0, 0))
        where = f"{'/'.join(key)} seq {row['seq']}"
        if row["seq"] != seq + 1:
            self.breaches.append(f"{where}: follows seq {seq}")
        if previous != head:
            self.breaches.append(f"{where}: previous_total {row['previous_total']}, the one before ended at {decimal(head)}")
        if previous + delta != total:
            self.breaches.append(f"{where}: previous_total + delta is not total")
        self._heads[key] = (row["seq"], total)
        count, running = self.sums.get(key, (0, 0))
        self.sums[key] = (count + row["event_count"], running + delta)
        self.number += 1
