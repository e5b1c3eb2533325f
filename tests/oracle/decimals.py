#!/usr/bin/env python3
"""decimals.py [COUNT [SEED]]: random decimals and what they are, for tests/property/decimal_oracle_check.cc. Python's integers are the oracle.

A line is tab-separated: text, value * 10^12, significant decimals, canonical text; or text and "!" and the reason why it is refused. Values
are added to a sum, every third one is subtracted; what would leave the range is left out. After each thousand stands "=", the sum * 10^12, its
canonical text, and how many were left out so far. The last line is "# end". All of it: decimals.py 10000000 | decimal_oracle_check
"""
import random
import sys

UNIT = 10**12
LARGEST = 2**127 - 1
BLOCK = 1000
REFUSED = ["", "-", ".5", "5.", "+1", "1e3", "NaN", "12abc", " 1", "1 ", "--1", "1.-5", "0x1", "1_000", "1,5", "-.5", "1..2", "١"]


def canonical(scaled):
    whole, fraction = divmod(abs(scaled), UNIT)
    text = f"{whole}.{fraction:012d}".rstrip("0").rstrip(".")
    return "-" + text if scaled < 0 else text


def random_scaled(rng):
    """All sizes alike often; now and then at the very end of the range, or beyond."""
    chance = rng.random()
    if chance < 0.02:
        return LARGEST + rng.randint(-2, 2)
    if chance < 0.04:
        return LARGEST // 10**rng.randint(0, 12) + rng.randint(0, 9)
    return rng.getrandbits(rng.randint(1, 128)) // 10 ** (chosen := rng.randint(0, 12)) * 10**chosen


def good_line(rng):
    """(text, scaled value or None, the rest of the line)"""
    size = random_scaled(rng)
    scaled = -size if rng.getrandbits(1) else size
    text = canonical(scaled)
    decimals = len(text.partition(".")[2])
    spelled = text
    if rng.random() < 0.3:
        spelled += ("0" if decimals else ".0") + "0" * rng.randint(0, 15)
    if not scaled and rng.getrandbits(1):
        spelled = "-" + spelled
    if size > LARGEST:
        return spelled, None, "!overflow"
    return spelled, scaled, f"{scaled}\t{decimals}\t{text}"


def bad_line(rng):
    whole = rng.randint(1, 10**6)
    kind = rng.randrange(4)
    if kind == 0:
        return rng.choice(REFUSED), None, "!not_a_number"
    if kind == 1:
        return f"0{whole}", None, "!not_a_number"
    if kind == 2:
        return f"{whole}.{rng.randint(0, 10**12 - 1):012d}{'0' * rng.randint(0, 5)}{rng.randint(1, 9)}", None, "!too_precise"
    return f"{rng.choice(['', '-'])}{whole}{'0' * rng.randint(27, 60)}", None, "!overflow"


def lines(count, seed):
    rng = random.Random(seed)
    total = left_out = 0
    for number in range(1, count + 1):
        text, scaled, expected = bad_line(rng) if rng.random() < 0.05 else good_line(rng)
        yield f"{text}\t{expected}\n"
        if scaled is not None:
            moved = total - scaled if number % 3 == 0 else total + scaled
            if abs(moved) <= LARGEST:
                total = moved
            else:
                left_out += 1
        if number % BLOCK == 0:
            yield f"=\t{total}\t{canonical(total)}\t{left_out}\n"
    yield "# end\n"


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.writelines(lines(count, seed))


if __name__ == "__main__":
    main()
