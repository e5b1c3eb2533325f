#!/usr/bin/python3
"""The closing line counts what ran, and nothing that did not run counts as passed."""
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
import ctest_summary

PASSED = '<testcase classname="A" name="b" status="run" result="completed"/>'
FAILED = '<testcase classname="A" name="c" status="run" result="completed"><failure/></testcase>'
SKIPPED = '<testcase classname="A" name="d" status="run" result="skipped"><skipped/></testcase>'
SWITCHED_OFF = '<testcase classname="A" name="e" status="notrun" result="suppressed"/>'


def summarize(ctest_status: str, cases: str | None) -> tuple[int, int]:
    with tempfile.TemporaryDirectory() as folder:
        junit = Path(folder, "ctest.junit")
        junit.write_text(f'<testsuite><testcase name="t" status="{ctest_status}"/></testsuite>', encoding="utf-8")
        if cases is not None:
            Path(folder, "t.xml").write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>", encoding="utf-8")
        passed, failed = ctest_summary.summarize(junit, Path(folder))
        return passed, len(failed)


class CtestSummaryTest(unittest.TestCase):
    CASES = (
        # ctest says  the binary's report             passed, failed
        ("run",      PASSED * 3,                      (3, 0)),
        ("fail",     PASSED + FAILED,                 (1, 1)),
        ("run",      PASSED + SKIPPED,                (1, 1)),
        ("run",      PASSED + SWITCHED_OFF,           (1, 1)),
        ("fail",     PASSED,                          (1, 1)),  # all cases well, then it crashed
        ("fail",     None,                            (0, 1)),  # crashed before it could report
        ("run",      None,                            (1, 0)),  # no GoogleTest binary
        ("notrun",   None,                            (0, 1)),
        ("disabled", None,                            (0, 1)),
    )

    def test_each_outcome(self):
        for status, cases, expected in self.CASES:
            with self.subTest(status=status, cases=cases):
                self.assertEqual(summarize(status, cases), expected)


if __name__ == "__main__":
    unittest.main()
