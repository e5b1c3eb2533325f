"""Topology files for the oracle, as JSON, which YAML includes."""


def topology_of(meters, horizon="36d", decode=None, meter=None, purge=True):
    """The graph of the project's topology.yaml with these meters; one partition, nothing but what counting needs."""
    create = {"cleanup": "delete", "retention": "100d", "timestamps": "create"}
    log = {"cleanup": "delete", "retention": "100d"}
    compact = {"cleanup": "compact"}
    return {
        "version": 1, "application": "oracle", "default_tenant": "acme",
        "topics": {
            "partitions": 1,
            "events": {"name": "usage.events", **create}, "customers": {"name": "usage.customers", **compact},
            "commands": {"name": "usage.commands", **log}, "totals": {"name": "usage.totals", **compact},
            "deltas": {"name": "usage.deltas", **log}, "dlq": {"name": "usage.dlq", **log}},
        "sub_topologies": {"metering": {
            "sources": {"events": {"topic": "events", "role": "stream", "codec": "usage_event"},
                        "customers": {"topic": "customers", "role": "table", "codec": "customer_profile"},
                        "commands": {"topic": "commands", "role": "stream", "codec": "command"}},
            "stores": {"event_ids": {"kind": "generations", "changelog": "packed", "horizon": horizon},
                       "parked": {"kind": "keyed", "changelog": "compact"},
                       "windows": {"kind": "keyed", "changelog": "compact", **({"purge_margin": "24h"} if purge else {"purge": "never"})}},
            "processors": {"decode": {"type": "decode", "from": ["events"], **(decode or {})},
                           "dedup": {"type": "dedup", "from": ["decode"], "stores": ["event_ids"]},
                           "meter": {"type": "meter", "from": ["dedup", "commands"], "tables": ["customers"],
                                     "stores": ["windows", "parked", "event_ids"], **(meter or {})},
                           "delta": {"type": "delta", "from": ["meter"], "stores": ["windows"], "emit_every": "1s"}},
            "sinks": {"totals": {"topic": "totals", "from": ["delta"]}, "deltas": {"topic": "deltas", "from": ["delta"]}},
            "dead_letters": "dlq"}},
        "meters": meters}
