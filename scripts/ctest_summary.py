#!/usr/bin/python3
"""ctest_summary.py JUNIT_FILE GTEST_FOLDER: counts test cases, prints those that failed or did not run, and last
`N passed, N failed`, with `, N not run` behind it if there are any.

ctest knows one test per binary; the binaries write their cases to GTEST_FOLDER (GTEST_OUTPUT=xml:GTEST_FOLDER/).
A binary that ends badly without a failed case of its own counts as one failure; a case that was skipped is one too. Not
run is only what says why (`NOT RUN: ...`), by the means that its CMakeLists.txt declares.
"""
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def cases_of(report: Path) -> tuple[int, list[str]]:
    passed, failed = 0, []
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        name = f"{report.stem}: {case.get('classname')}.{case.get('name')}"
        if case.get("result") == "skipped" or case.find("skipped") is not None:
            failed.append(f"{name} (skipped)")
        elif case.get("status") == "notrun":
            failed.append(f"{name} (did not run)")
        elif case.find("failure") is not None:
            failed.append(name)
        else:
            passed += 1
    return passed, failed


def reason_not_run(test: ElementTree.Element) -> str | None:
    skipped = test.find("skipped")
    if skipped is None or not skipped.get("message", "").startswith("SKIP_R"):  # SKIP_RETURN_CODE, SKIP_REGULAR_EXPRESSION
        return None
    reasons = [line for line in test.findtext("system-out", "").splitlines() if line.startswith("NOT RUN: ")]
    return reasons[0].removeprefix("NOT RUN: ") if reasons else None


def summarize(junit: Path, gtest_folder: Path) -> tuple[int, list[str], list[str]]:
    passed, failed, not_run = 0, [], []
    for test in ElementTree.parse(junit).getroot().iter("testcase"):
        if reason := reason_not_run(test):
            not_run.append(f"{test.get('name')}: {reason}")
            continue
        good = test.get("status") == "run"
        report = gtest_folder / f"{test.get('name')}.xml"
        cases_passed, cases_failed = cases_of(report) if report.exists() else (int(good), [])
        if not good and not cases_failed:
            cases_failed = [f"{test.get('name')}: {test.get('status')}, see the output above"]
        passed += cases_passed
        failed += cases_failed
    return passed, failed, not_run


def main() -> int:
    passed, failed, not_run = summarize(Path(sys.argv[1]), Path(sys.argv[2]))
    for name in not_run:
        print(f"NOT RUN {name}")
    for name in failed:
        print(f"FAILED {name}")
    print(f"{passed} passed, {len(failed)} failed" + (f", {len(not_run)} not run" if not_run else ""))
    return 3 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
