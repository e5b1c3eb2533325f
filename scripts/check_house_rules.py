#!/usr/bin/python3
"""check_house_rules.py [ROOT]: rules of the house that a compiler does not know. Exit 3 with file:line for each breach."""
import re
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from cpp_source import CPP_SUFFIXES, code_only

LINES_MAX = 600
SOURCE_SUFFIXES = CPP_SUFFIXES | {".py", ".sh", ".cmake", ".ts", ".tsx", ".js", ".css", ".java"}
SKIPPED = {"build", ".git", ".cache", "node_modules", "__pycache__"}
PURE = ("processors/", "billing/", "schemas/")


@dataclass(frozen=True)
class Rule:
    name: str
    folders: tuple[str, ...]  # empty: the whole tree
    pattern: re.Pattern
    why: str
    in_comments: bool = False


RULES = (
    Rule("no_floating_point", PURE + ("include/",), re.compile(r"\b(float|double|stod|stof|strtod|atof)\b"),
         "quantities are scaled integers; binary fractions lose money"),
    Rule("no_clock", PURE, re.compile(r"\b(system_clock|steady_clock|high_resolution_clock)::now\b|\bstd::time\s*\(|\b(clock_gettime|gettimeofday)\b"),
         "time is an argument, else a replay gives other figures"),
    Rule("no_chance", PURE, re.compile(r"\b(s?rand)\s*\(|\brandom_device\b|\bmt19937(_64)?\b"),
         "the same records in the same order give the same output"),
    Rule("no_threads", PURE, re.compile(r"\bstd::j?thread\b|\bstd::async\b|#\s*include\s*<(thread|future)>"),
         "a task is confined to one thread, which the runtime owns"),
    Rule("no_logging", PURE, re.compile(r"\bspdlog\b|\bstd::(cerr|cout|clog)\b"),
         "errors are returned; the runtime logs"),
    Rule("no_sleep_in_tests", ("tests/",), re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep)\b|\btime\.sleep\b"),
         "wait for a condition"),
    Rule("no_left_overs", (), re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b"),
         "do it, or say in the docs that it is not done", in_comments=True),
    Rule("no_switched_off_tests", (), re.compile(r"DIS" r"ABLED_|GTEST_SK" r"IP|\bunittest\.sk" r"ip|\bpytest\.mark\.sk" r"ip"),
         "a test that does not run is not a test"),
)


def is_source(path: Path) -> bool:
    if path.suffix in SOURCE_SUFFIXES or path.name == "CMakeLists.txt":
        return True
    return not path.suffix and path.read_bytes()[:2] == b"#!"


def source_files(root: Path) -> list[Path]:
    return sorted(
        path
        for path in root.rglob("*")
        if not SKIPPED.intersection(path.relative_to(root).parts) and path.is_file() and is_source(path)
    )


def check_file(relative: str, text: str) -> list[str]:
    findings = []
    line_count = text.count("\n")
    if line_count > LINES_MAX:
        findings.append(f"{relative}:{LINES_MAX}: file_too_long: {line_count} lines, at most {LINES_MAX}: split it by subject")
    code = code_only(text) if Path(relative).suffix in CPP_SUFFIXES else text
    for rule in RULES:
        if rule.folders and not relative.startswith(rule.folders):
            continue
        searched = text if rule.in_comments else code
        for match in rule.pattern.finditer(searched):
            line = searched.count("\n", 0, match.start()) + 1
            findings.append(f"{relative}:{line}: {rule.name}: {match.group().strip()}: {rule.why}")
    return findings


def main() -> int:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent).resolve()
    files = source_files(root)
    findings = []
    for path in files:
        findings += check_file(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
    print("\n".join(findings) or f"house rules: {len(files)} files keep to them")
    return 3 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
