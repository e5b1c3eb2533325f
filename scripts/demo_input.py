#!/usr/bin/python3
"""demo_input.py INPUT --events OUT [--customers OUT] [--repeats PERCENT]: makes a file of events ready for scripts/demo.

Unpacks .gz, sends some lines again at random distances (always the same ones), and where the caller has no profiles
writes one for every customer met: calendar months in UTC.
"""
import argparse
import gzip
import heapq
import json
import random


def lines_of(path: str) -> list[bytes]:
    with gzip.open(path) if path.endswith(".gz") else open(path, "rb") as file:
        return [line for line in file.read().split(b"\n") if line.strip()]


def with_repeats(lines: list[bytes], percent: int) -> list[bytes]:
    chance = random.Random(1)
    out, waiting = [], []  # waiting: (position, line), soonest first
    for position, line in enumerate(lines):
        out.append(line)
        if chance.randrange(100) < percent:
            heapq.heappush(waiting, (chance.randrange(position, len(lines)), line))
        while waiting and waiting[0][0] <= position:
            out.append(heapq.heappop(waiting)[1])
    return out + [line for _, line in sorted(waiting)]


def profile(tenant: str, customer: str) -> str:
    version = {"effective_from": "1970-01-01T00:00:00Z", "stripe_customer_id": f"cus_S{customer}", "time_zone": "UTC",
               "interval": {"unit": "month", "n": 1}, "mode": "test"}
    return json.dumps({"tenant_id": tenant, "customer_id": customer, "versions": [version]}, separators=(",", ":"))


def customers_of(lines: list[bytes], default_tenant: str) -> list[tuple[str, str]]:
    found = set()
    for line in lines:
        try:
            event = json.loads(line)
            found.add((str(event.get("tenant_id", default_tenant)), str(event["customer_id"])))
        except (ValueError, KeyError, AttributeError, RecursionError):
            continue  # for the pipeline to refuse
    return sorted(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("input")
    parser.add_argument("--events", required=True)
    parser.add_argument("--customers")
    parser.add_argument("--default-tenant", default="acme")
    parser.add_argument("--repeats", type=int, default=10)
    options = parser.parse_args()
    lines = lines_of(options.input)
    if options.customers:
        with open(options.customers, "w", encoding="utf-8") as file:
            file.writelines(profile(*customer) + "\n" for customer in customers_of(lines, options.default_tenant))
    with open(options.events, "wb") as file:
        file.writelines(line + b"\n" for line in with_repeats(lines, options.repeats))


if __name__ == "__main__":
    main()
