#!/usr/bin/env python3
"""counting_page_test.py TIDEMARK: every example of docs/counting.md comes out as the page says."""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "counting.md"
BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
EXAMPLES_AT_LEAST = 14
TIDEMARK = pathlib.Path(sys.argv.pop(1)).resolve()


def lint(block):
    with tempfile.TemporaryDirectory() as folder:
        topology = pathlib.Path(folder, "topology.yaml")
        topology.write_text(f"extends: {ROOT / 'topology.yaml'}\n{block}", encoding="utf-8")
        return subprocess.run([TIDEMARK, "-c", topology, "topology", "lint"], capture_output=True, text=True, check=False)


class CountingPage(unittest.TestCase):
    def test_every_example_comes_out(self):
        blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
        self.assertGreaterEqual(len(blocks), EXAMPLES_AT_LEAST)
        for block in blocks:
            name = block[block.index("- name:") :].splitlines()[0] if "- name:" in block else block[:40]
            with self.subTest(name):
                done = lint(block)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_wrong_figure_is_found(self):
        block = BLOCK.findall(PAGE.read_text(encoding="utf-8"))[0]
        done = lint(block.replace('total: "8.5"', 'total: "8.6"'))
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
