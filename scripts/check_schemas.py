#!/usr/bin/python3
"""check_schemas.py [ROOT]: the samples of schemas/*/ against their JSON Schema, with a validator that is not ours.

schemas/<type>/v1.schema.json
schemas/<type>/samples/*.json           one valid document each
schemas/<type>/samples-invalid/*.json   refused: not JSON, or against the schema. What only the codec can find stands in
                                        a folder below and is not looked at here.
schemas/<type>/<form>.schema.json       another form of the type, with samples/<form>/ and samples-invalid/<form>/
Last line: `N passed, N failed`.
"""
import json
import sys
from pathlib import Path

import jsonschema


def complaint(validator, path: Path) -> str | None:
    """Why the document is refused; None when it is valid."""
    try:
        document = json.loads(path.read_bytes().decode("utf-8"))
    except (ValueError, RecursionError) as error:
        return f"not JSON: {error}"
    error = jsonschema.exceptions.best_match(validator.iter_errors(document))
    return None if error is None else f"{error.json_path}: {error.message}"


def check_form(folder: Path, schema_file: Path, below: str) -> tuple[int, list[str]]:
    schema = json.loads(schema_file.read_text(encoding="utf-8"))
    schema.pop("$id", None)  # a name, no address: all references are local
    validator_class = jsonschema.validators.validator_for(schema)
    validator_class.check_schema(schema)
    validator = validator_class(schema, format_checker=jsonschema.FormatChecker())
    passed, failed = 1, []  # the schema itself is one
    samples = sorted((folder / "samples" / below).glob("*.json"))
    if not samples:
        failed.append(f"{folder.name}: {schema_file.name} has no samples")
    refused = sorted((folder / "samples-invalid" / below).glob("*.json"))
    for path in [*samples, *refused]:
        reason = complaint(validator, path)
        if (reason is None) == (path in samples):
            passed += 1
        else:
            failed.append(f"{path.relative_to(folder.parent)}: {reason or 'is accepted and should not be'}")
    return passed, failed


def check_type(folder: Path) -> tuple[int, list[str]]:
    if not (folder / "v1.schema.json").exists():
        return 0, [f"{folder.name}: no v1.schema.json"]
    passed, failed = 0, []
    for schema_file in sorted(folder.glob("*.schema.json")):
        form = schema_file.name.removesuffix(".schema.json")
        form_passed, form_failed = check_form(folder, schema_file, "" if form == "v1" else form)
        passed += form_passed
        failed += form_failed
    return passed, failed


def main() -> int:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent).resolve()
    passed, failed = 0, []
    for folder in sorted(path for path in (root / "schemas").iterdir() if path.is_dir()):
        if not list(folder.glob("*.schema.json")) and not (folder / "samples").exists():
            continue  # code that several types share
        type_passed, type_failed = check_type(folder)
        passed += type_passed
        failed += type_failed
    for line in failed:
        print(f"FAILED {line}")
    print(f"{passed} passed, {len(failed)} failed")
    return 3 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
