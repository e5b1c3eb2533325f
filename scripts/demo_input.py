#!/usr/bin/python3
"""demo_input.py INPUT --events OUT [--customers OUT]: makes a file of events ready for scripts/demo.

Unpacks .gz, and where the caller has no profiles writes one for every customer met: calendar months in UTC.
"""
import argparse
import gzip
import json


def lines_of(path: str) -> list[bytes]:
    with gzip.open(path) if path.endswith(".gz") else open(path, "rb") as file:
        return [line for line in file.read().split(b"\n") if line.strip()]


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
    options = parser.parse_args()
    lines = lines_of(options.input)
    if options.customers:
        with open(options.customers, "w", encoding="utf-8") as file:
            file.writelines(profile(*customer) + "\n" for customer in customers_of(lines, options.default_tenant))
    with open(options.events, "wb") as file:
        file.writelines(line + b"\n" for line in lines)


if __name__ == "__main__":
    main()
