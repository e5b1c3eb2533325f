#!/usr/bin/python3
"""python_tests.py FOLDER...: runs the unittest files (*.py) of each folder; last line `N passed, N failed`."""
import sys
import unittest
from pathlib import Path


class CountingResult(unittest.TextTestResult):
    passed = 0

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1


def main() -> int:
    scripts = Path(__file__).resolve().parent
    sys.path.insert(0, str(scripts))
    suite = unittest.TestSuite()
    for folder in sys.argv[1:]:
        # A loader each: unittest remembers the first folder it looked at.
        suite.addTests(unittest.TestLoader().discover(folder, pattern="*.py", top_level_dir=folder))
    result = unittest.TextTestRunner(resultclass=CountingResult).run(suite)
    failed = len(result.failures) + len(result.errors) + len(result.skipped) + len(result.unexpectedSuccesses)
    print(f"{result.passed} passed, {failed} failed")
    return 3 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
