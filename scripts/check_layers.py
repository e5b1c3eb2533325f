#!/usr/bin/python3
"""check_layers.py [ROOT]: every #include obeys scripts/layers.toml. Exit 3 with file:line for what does not."""
import re
import sys
import tomllib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from cpp_source import cpp_files

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+([<"])([^>"\n]+)[>"]', re.MULTILINE)
STANDARD = set(
    "algorithm any array atomic barrier bit bitset cassert cctype cerrno cfenv cfloat charconv chrono cinttypes climits "
    "clocale cmath codecvt compare complex concepts condition_variable coroutine csetjmp csignal cstdarg cstddef cstdint "
    "cstdio cstdlib cstring ctime cuchar cwchar cwctype deque exception execution filesystem format forward_list fstream "
    "functional future initializer_list iomanip ios iosfwd iostream istream iterator latch limits list locale map memory "
    "memory_resource mutex new numbers numeric optional ostream queue random ranges ratio regex scoped_allocator semaphore "
    "set shared_mutex source_location span sstream stack stdexcept stop_token streambuf string string_view strstream "
    "syncstream system_error thread tuple type_traits typeindex typeinfo unordered_map unordered_set utility valarray "
    "variant vector version cxxabi.h".split()
)


class Layers:
    def __init__(self, document: dict):
        self.layers = document["layer"]
        self.external = document["external"]
        known = set(self.layers)
        for name, layer in self.layers.items():
            strangers = [other for other in layer["may"] if other != "*" and other not in known]
            strangers += [lib for lib in layer["external"] if lib != "*" and lib not in self.external]
            if strangers:
                raise ValueError(f"layer {name} names unknown {', '.join(strangers)}")
        for name in self.layers:
            self._refuse_cycle(name, (name,))

    def _refuse_cycle(self, name: str, path: tuple[str, ...]) -> None:
        for other in self.layers[name]["may"]:
            if other in path:
                raise ValueError(f"layers go in a circle: {' -> '.join(path + (other,))}")
            if other != "*":
                self._refuse_cycle(other, path + (other,))

    def layer_of(self, path: str) -> str | None:
        fitting = [name for name, layer in self.layers.items() if path.startswith(layer["path"])]
        return max(fitting, key=lambda name: len(self.layers[name]["path"]), default=None)

    def library_of(self, header: str) -> str | None:
        for name, prefixes in self.external.items():
            if any(header.startswith(prefix) for prefix in prefixes):
                return name
        return None

    def complaint(self, layer: str, quote: str, header: str) -> str | None:
        """Why `layer` may not include `header`; None when it may."""
        rules = self.layers[layer]
        if quote == "<":
            library = self.library_of(header)
            if library is None:
                return None if header in STANDARD else f"<{header}> is in no library that layers.toml lists"
            if library in rules["external"] or "*" in rules["external"]:
                return None
            return f"{layer} may not include the library {library} (<{header}>)"
        # Contracts are included as "tidemark/record.h", all else from the root.
        target = self.layer_of(f"include/{header}" if header.startswith("tidemark/") else header)
        if target is None and "/" not in header and rules.get("neighbours"):
            return None
        if target is None:
            return f'"{header}" is not a path from the root of the tree'
        if target == layer or target in rules["may"] or "*" in rules["may"]:
            return None
        return f'{layer} may not include {target} ("{header}")'


def check(root: Path, layers: Layers) -> list[str]:
    findings = []
    for path in cpp_files(root):
        relative = path.relative_to(root).as_posix()
        layer = layers.layer_of(relative)
        if layer is None:
            findings.append(f"{relative}:1: belongs to no layer of layers.toml")
            continue
        text = path.read_text(encoding="utf-8")
        for match in INCLUDE.finditer(text):
            if complaint := layers.complaint(layer, match[1], match[2]):
                findings.append(f"{relative}:{text.count(chr(10), 0, match.start(2)) + 1}: {complaint}")
    return findings


def main() -> int:
    scripts = Path(__file__).resolve().parent
    root = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else scripts.parent
    layers = Layers(tomllib.loads((scripts / "layers.toml").read_text(encoding="utf-8")))
    findings = check(root, layers)
    print("\n".join(findings) or f"layers: {len(cpp_files(root))} files keep to layers.toml")
    return 3 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
