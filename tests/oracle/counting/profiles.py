"""Customer profiles as the customers topic holds them."""
import json

from grids import BadRule
from records import parse_time

VERSION = {"effective_from", "stripe_customer_id", "stripe_customer_ids", "time_zone", "interval", "anchor", "mode"}
MODES = {"live", "test", "internal", "do_not_bill"}


def read_profile(envelope, grids):
    """((tenant, customer), [(effective_from, rule)]), or None instead of the list for a tombstone. ValueError where it is refused."""
    key = json.loads(envelope.key)
    customer = key["tenant_id"], key["customer_id"]
    if envelope.value is None:
        return customer, None
    profile = json.loads(envelope.value)
    if (profile.get("tenant_id", key["tenant_id"]), profile["customer_id"]) != customer:
        raise BadRule("key and value name different customers")
    versions = [read_version(version, grids) for version in profile["versions"]]
    dates = [effective_from for effective_from, _ in versions]
    if not versions or dates != sorted(set(dates)):
        raise BadRule("versions must stand in the order of effective_from, no two alike")
    return customer, versions


def read_version(version, grids):
    if set(version) - VERSION or version["mode"] not in MODES:
        raise BadRule("unknown field or mode")
    interval = version["interval"]
    rule = version["time_zone"], interval["unit"], interval.get("n", 1), version.get("anchor", "")
    grids.grid(rule)  # refuses what is no grid
    return parse_time(version["effective_from"]), rule
