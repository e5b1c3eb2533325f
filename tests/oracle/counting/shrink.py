"""Makes a scenario smaller that shows a difference: first whole customers are left out, then records."""
import json
import pathlib
import shutil

from envelopes import members_of

TRIES = 2000


def customer_of(line):
    """Whose line it is, or None where it holds several, or nobody's."""
    members = members_of(line)
    record = members.get("record", ({}, ""))[0]
    headers = members.get("headers", ({}, ""))[0]
    if not isinstance(record, dict):
        return None
    name = headers.get("ce_subject") or record.get("subject") or record.get("customer_id")
    if name is None and "key" in members and members["key"][0].startswith("{"):
        name = json.loads(members["key"][0]).get("customer_id")
    return name if isinstance(name, str) else None


def without(parts, dropped):
    return [part for index, part in enumerate(parts) if index not in dropped]


def smallest(parts, still_differs):
    """Leaves out ever smaller runs of parts as long as the difference stays."""
    size = max(1, len(parts) // 2)
    while True:
        at, shorter = 0, False
        while at < len(parts):
            fewer = without(parts, range(at, at + size))
            if fewer and still_differs(fewer):
                parts, shorter = fewer, True
            else:
                at += size
        if size == 1 and not shorter:
            return parts
        size = max(1, size // 2)


def shrink(records, folder, topology, kind, differences_of):
    """Writes the smaller scenario into `folder`; the number of its lines."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(topology, folder / "topology.yaml")
    candidate, best = folder / "candidate.jsonl", folder / "records.jsonl"
    shutil.copy(records, best)
    tries = 0

    def still_differs(numbered):
        nonlocal tries
        tries += 1
        if tries > TRIES:
            return False
        candidate.write_text("".join(line + "\n" for _, line in sorted(numbered)), encoding="utf-8")
        if all(each.kind != kind for each in differences_of(str(folder / "topology.yaml"), str(candidate))):
            return False
        shutil.copy(candidate, best)
        return True

    lines = list(enumerate(pathlib.Path(records).read_text(encoding="utf-8").splitlines()))
    by_customer = {}
    for number, line in lines:
        by_customer.setdefault(customer_of(line), []).append((number, line))
    groups = smallest(list(by_customer.values()), lambda some: still_differs([each for group in some for each in group]))
    lines = smallest(sorted(each for group in groups for each in group), still_differs)
    candidate.unlink(missing_ok=True)
    return len(lines)
