#!/usr/bin/env python3
"""decoding.py PROGRAM: scripts/truth.py and the decoder (tests/property/decode_oracle_check.cc) give the same code for every
line that tests/oracle/test_truth.py knows, and for every event with two faulty fields."""
import itertools
import subprocess
import sys
import unittest

import test_truth
import truth

ID_FAULTS = (5, "x" * 129, "a\0b")
FAULTS = {
    "event_id": (..., "", *ID_FAULTS),
    "tenant_id": (..., "", *ID_FAULTS),
    "customer_id": (..., "", *ID_FAULTS),
    "source": ID_FAULTS,
    "type": (..., "", *ID_FAULTS),
    "timestamp": (..., "", 5, "soon"),
    "value": (None, 0.5, "1.", "0.0000000000001", "9" * 60),
    "properties": (None, []),
    "voids": ("e0",),
    "specversion": ("1.0",),
    "extra": ("\ud800",),
}


def known_lines() -> list[bytes]:
    lines = []
    test_truth.OneRecord.check = lambda _, rows: lines.extend(line for _, line, _ in rows)
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(test_truth.OneRecord)
    suite.run(unittest.TestResult())
    return lines


def faulty_lines() -> list[bytes]:
    single = [(name, fault) for name, faults in FAULTS.items() for fault in faults]
    return [test_truth.spell(**dict(pair)) for pair in itertools.combinations(single, 2)]


def code_of(line: bytes) -> str:
    try:
        truth.Event(line, "")
    except truth.DeadLetter as reason:
        return reason.code
    return "good"


def main() -> int:
    lines = [line for line in known_lines() + faulty_lines() if b"\n" not in line]
    told = subprocess.run([sys.argv[1]], input=b"".join(line + b"\n" for line in lines), stdout=subprocess.PIPE, check=True)
    codes = told.stdout.decode().splitlines()
    differing = [f"{line[:200]!r}: {code}, truth.py says {code_of(line)}" for line, code in zip(lines, codes, strict=True) if code != code_of(line)]
    print("\n".join(differing[:20]) or f"{len(lines)} lines, {len(set(codes))} codes")
    return 3 if differing or len(set(codes)) < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
