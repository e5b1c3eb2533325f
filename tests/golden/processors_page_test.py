#!/usr/bin/env python3
"""processors_page_test.py: every block of code in docs/processors.md that names a file of the example stands in that file, as it is."""
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "processors.md"
BLOCK = re.compile(r"^\[[^]\n]+\]\(\.\./(examples/card_alerts/[^)\n]+)\):\n\n```\w+\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"^```(?:cpp|yaml|cmake)$", re.MULTILINE)
BLOCKS_AT_LEAST = 12


def strays(page):
    """Blocks that their file does not hold."""
    return [(path, block) for path, block in BLOCK.findall(page) if block not in (ROOT / path).read_text(encoding="utf-8")]


class ProcessorsPage(unittest.TestCase):
    def setUp(self):
        self.page = PAGE.read_text(encoding="utf-8")

    def test_every_block_stands_in_its_file(self):
        self.assertEqual(strays(self.page), [])

    def test_every_block_names_its_file(self):
        blocks = BLOCK.findall(self.page)
        self.assertGreaterEqual(len(blocks), BLOCKS_AT_LEAST)
        self.assertEqual(len(CODE.findall(self.page)), len(blocks))

    def test_a_changed_block_is_found(self):
        self.assertEqual(len(strays(self.page.replace("Outcome::too_late", "Outcome::late"))), 2)


if __name__ == "__main__":
    unittest.main()
