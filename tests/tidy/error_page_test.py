#!/usr/bin/python3
"""The second table of docs/errors.md, codes outside of the dead-letter topic, against the sources. The first table is
tests/unit/schemas/error_page_test.cc. Mechanical: a code that is put together at run time would not be seen."""
import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("include", "schemas", "billing", "processors", "runtime", "connectors", "services", "cli", "testing")
# Where a code is written down: an Error, a line of the log, its `code`, a helper that makes one, the tables of librdkafka's errors and of exit codes.
WRITTEN = re.compile(
    r'(?:Disposition|LogLevel)::\w+,\s*"([a-z_]+)"|notice\(\s*"([a-z_]+)"|\bcode = "([a-z_]+)"|\bfailure\(\s*"([a-z_]+)"|\{RD_KAFKA_RESP_ERR_\w+, "([a-z_]+)"\}|\{"([a-z_]+)", k(?:Usage|Refused|Stopped|Unreachable|Auth|BadConfig)\}')


def sources() -> str:
    """Without the simulation, whose errors never leave it, and without comments."""
    files = (path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*")) if path.suffix in {".h", ".cc"})
    texts = (path.read_text(encoding="utf-8") for path in files if "sim" not in path.relative_to(ROOT).parts)
    return re.sub(r"//[^\n]*", "", "\n".join(texts))


class ErrorPageTest(unittest.TestCase):
    def setUp(self):
        dead_letters, others = (ROOT / "docs/errors.md").read_text(encoding="utf-8").split("\n## Outside of the dead-letter topic\n")
        self.dead_letters = set(re.findall(r"^\| \d+ \| `([a-z_]+)` \|", dead_letters, re.M))
        rows = re.findall(r"^\| (`[^|]+`) \|", others, re.M)
        self.listed = [code for row in rows for code in re.findall(r"`([a-z_]+)`", row)]
        self.sources = sources()

    def test_the_page_is_read(self):
        self.assertGreater(len(self.dead_letters), 20)
        self.assertGreater(len(self.listed), 40)

    def test_each_code_is_listed_once(self):
        self.assertEqual(sorted(set(self.listed)), sorted(self.listed))

    def test_each_code_of_the_sources_is_listed(self):
        written = {code for match in WRITTEN.findall(self.sources) for code in match if code}
        self.assertGreater(len(written), 40)
        self.assertEqual(sorted(written - set(self.listed) - self.dead_letters), [])

    def test_each_listed_code_is_in_the_sources(self):
        self.assertEqual([code for code in self.listed if f'"{code}"' not in self.sources], [])


if __name__ == "__main__":
    unittest.main()
