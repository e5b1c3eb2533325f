"""What the checks of the tree share: which files are C++, and their text without comments and literals."""
import re
from pathlib import Path

CPP_FOLDERS = ("include", "schemas", "billing", "processors", "runtime", "connectors", "services", "cli", "testing", "examples", "bench", "tests")
CPP_SUFFIXES = {".h", ".cc"}

_TOKEN = re.compile(
    r"//[^\n]*"
    r"|/\*.*?\*/"
    r'|R"(?P<delimiter>[^()\\\s]{0,16})\(.*?\)(?P=delimiter)"'
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|(?<![0-9A-Za-z_])'(?:[^'\\\n]|\\.)+'",
    re.DOTALL,
)


def cpp_files(root: Path) -> list[Path]:
    return sorted(
        path
        for folder in CPP_FOLDERS
        for path in (root / folder).rglob("*")
        if path.suffix in CPP_SUFFIXES and path.is_file()
    )


def code_only(text: str) -> str:
    """Comments and literals become blanks; line numbers stay."""
    return _TOKEN.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)
