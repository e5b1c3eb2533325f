#!/usr/bin/python3
"""The closing line counts what ran, and nothing that did not run counts as passed."""
import subprocess
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


NO_DATA = ("SKIP_RETURN_CODE=77", "NOT RUN: no data")


def summarize(ctest_status: str, cases: str | None, skipped: tuple[str, str] | None = None) -> tuple[int, int, int]:
    with tempfile.TemporaryDirectory() as folder:
        junit = Path(folder, "ctest.junit")
        why = f'<skipped message="{skipped[0]}"/><system-out>{skipped[1]}\n</system-out>' if skipped else ""
        junit.write_text(f'<testsuite><testcase name="t" status="{ctest_status}">{why}</testcase></testsuite>', encoding="utf-8")
        if cases is not None:
            Path(folder, "t.xml").write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>", encoding="utf-8")
        passed, failed, not_run = ctest_summary.summarize(junit, Path(folder))
        return passed, len(failed), len(not_run)


class CtestSummaryTest(unittest.TestCase):
    CASES = (
        # ctest says  the binary's report   why it was skipped                               passed, failed, not run
        ("run",      PASSED * 3,            None,                                            (3, 0, 0)),
        ("fail",     PASSED + FAILED,       None,                                            (1, 1, 0)),
        ("run",      PASSED + SKIPPED,      None,                                            (1, 1, 0)),
        ("run",      PASSED + SWITCHED_OFF, None,                                            (1, 1, 0)),
        ("fail",     PASSED,                None,                                            (1, 1, 0)),  # all cases well, then it crashed
        ("fail",     None,                  None,                                            (0, 1, 0)),  # crashed before it could report
        ("run",      None,                  None,                                            (1, 0, 0)),  # no GoogleTest binary
        ("notrun",   None,                  None,                                            (0, 1, 0)),
        ("disabled", None,                  None,                                            (0, 1, 0)),
        ("notrun",   None,                  NO_DATA,                                         (0, 0, 1)),
        ("notrun",   PASSED,                ("SKIP_REGULAR_EXPRESSION_MATCHED", NO_DATA[1]), (0, 0, 1)),
        ("notrun",   None,                  (NO_DATA[0], "who knows why"),                   (0, 1, 0)),
        ("notrun",   None,                  ("Unable to find executable", NO_DATA[1]),       (0, 1, 0)),
    )

    def test_each_outcome(self):
        for status, cases, skipped, expected in self.CASES:
            with self.subTest(status=status, cases=cases, skipped=skipped):
                self.assertEqual(summarize(status, cases, skipped), expected)


class TallyTest(unittest.TestCase):
    """What scripts/test says at its end: the sum over its steps."""
    CASES = (
        # lines of two steps                                            last line                           exit code
        ("2 passed, 0 failed", "3 passed, 0 failed",                    "5 passed, 0 failed",               0),
        ("2 passed, 1 failed", "3 passed, 0 failed",                    "5 passed, 1 failed",               1),
        ("2 passed, 0 failed, 2 not run", "3 passed, 0 failed",         "5 passed, 0 failed, 2 not run",    0),
        ("1 passed, 0 failed, 2 not run", "0 passed, 1 failed, 1 not run", "1 passed, 1 failed, 3 not run", 1),
        ("0 passed, 0 failed, 2 not run", "nothing",                    "0 passed, 0 failed, 2 not run",    1),
    )

    def test_each_sum(self):
        for first, second, last_line, code in self.CASES:
            with self.subTest(first=first, second=second):
                done = subprocess.run(["bash", "-c", f'source scripts/tally.sh; tally a echo "{first}"; tally b echo "{second}"; tally_close'],
                                      cwd=Path(__file__).resolve().parents[2], capture_output=True, text=True)
                self.assertEqual((done.stdout.splitlines()[-1], done.returncode), (last_line, code), done.stderr)


if __name__ == "__main__":
    unittest.main()
