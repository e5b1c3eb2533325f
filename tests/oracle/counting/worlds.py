"""Random topologies and customers for scenarios."""
from dataclasses import dataclass, field

from grids import Grid
from spelling import DAY, time_text
from topologies import topology_of

VOIDABLE_TYPES = ["call", "job"]              # fed to sum and count only
TYPES = [*VOIDABLE_TYPES, "llm", "seats", "disk", "view"]
VALUES = ["value", "properties.tokens", "properties.usage.input", 'properties["x.y"].n']
GROUPS = ["properties.model", "properties.region", "properties.usage.tier"]
REGIONS = ["eu", "us", "ap", "ünïcødé"]
ZONES = ["UTC", "Europe/Budapest", "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Africa/Cairo",
         "Asia/Kathmandu", "America/Havana", "Europe/Dublin", "America/Santiago", "Asia/Gaza", "Africa/Casablanca", "Pacific/Apia"]
INTERVALS = [("hour", (6, 24, 36), 1), ("day", (1, 2, 10), 3), ("week", (1, 2), 3), ("month", (1, 1, 2, 3), 6), ("year", (1,), 1)]
ANCHORS = ["2026-01-29", "2026-01-30", "2026-01-31", "2024-02-29", "2025-03-30T02:30:00", "2026-01-31T23:59:59", "2026-01-15T12:00:00Z",
           "2025-12-31T00:30:00+02:00", "2026-10-25T02:30:00", "2027-05-31"]


@dataclass
class Customer:
    tenant: str
    id: str
    known: bool = False
    versions: list = field(default_factory=list)  # as in the profile
    grid: Grid | None = None                      # of the last version; for events at its edges


def random_topology(rng, start, days, plain):
    if plain:
        return topology_of([{"name": "calls", "event_types": ["call", "job"], "aggregation": "count"},
                            {"name": "amount", "event_types": "*", "aggregation": "sum", "scale": rng.choice([2, 12])}], purge=False)
    backfill = rng.random() < 0.1
    meters = [random_meter(rng, f"m{i}", start, days) for i in range(rng.randint(3, 8))]
    meters.append({"name": "huge", "event_types": ["huge"], "aggregation": "sum"})
    return topology_of(
        meters, horizon="forever" if backfill else "36d", purge=not backfill,
        decode={"json_floats": True} if rng.random() < 0.2 else {},
        meter={"disorder": rng.choice(["1m", "5m", "1h"]), "grace": rng.choice(["1h", "24h", "48h"])})


def random_meter(rng, name, start, days):
    aggregation = rng.choice(["sum", "sum", "count", "count", "max", "min", "last", "unique"])
    any_type = aggregation in ("sum", "count")
    pool = TYPES[:-1] if any_type else [kind for kind in TYPES[:-1] if kind not in VOIDABLE_TYPES]
    meter = {"name": name, "event_types": rng.sample(pool, rng.randint(1, min(3, len(pool)))), "aggregation": aggregation}
    if aggregation == "unique":
        meter["value"] = "properties.user"
        if rng.random() < 0.4:
            meter["distinct_max"] = rng.randint(2, 40)
    elif aggregation != "count":
        meter["value"] = rng.choice(VALUES)
        if rng.random() < 0.3:
            meter["scale"] = rng.choice([0, 2, 6])
    if rng.random() < 0.25:
        meter["where"] = random_where(rng)
    if rng.random() < 0.35:
        meter["group_by"] = rng.sample(GROUPS, rng.choice([1, 1, 2]))
    if aggregation != "unique" and rng.random() < 0.35:
        meter["carry_over"] = True
    elif any_type and rng.random() < 0.08:
        meter["event_types"] = "*"
    if rng.random() < 0.3:
        meter["versions"] = random_versions(rng, meter, pool, start, days)
    if rng.random() < 0.3:
        meter["late"] = rng.choice(["carry_forward", "post_to_period", "hold"])
    return meter


def random_where(rng):
    return rng.choice([{"properties.region": "eu"}, {"properties.region": ["eu", "us"]}, {"properties.usage.tier": [1, 2]},
                       {"properties.region": ["eu", "us", "ap"], "properties.paid": True}, {"properties.usage.tier": [1, "1"]}])


def random_versions(rng, meter, pool, start, days):
    times = sorted(rng.sample(range(-20, days * 3 // 4), rng.randint(1, 3)))
    versions = []
    for position, day in enumerate(times):
        overlay = {"effective_from": time_text(start + day * DAY + rng.choice([0, 0, 12 * 3600 * 10**9]))}
        if position:
            overlay |= random_overlay(rng, meter, pool)
        versions.append(overlay)
    return versions


def random_overlay(rng, meter, pool):
    kind = rng.choice(["types", "where", "group_by", "scale", "aggregation"])
    if kind == "types" and meter["event_types"] != "*":
        return {"event_types": rng.sample(pool, rng.randint(1, min(2, len(pool))))}
    if kind == "where":
        return {"where": random_where(rng)}
    if kind == "scale" and "scale" in meter:
        return {"scale": rng.choice([0, 3, 12])}
    if not meter.get("carry_over"):
        if kind == "group_by":
            return {"group_by": [rng.choice(GROUPS)]}
        if kind == "aggregation" and meter["aggregation"] in ("max", "min", "last"):
            return {"aggregation": rng.choice(["sum", "max", "min", "last"])}
    return {"where": random_where(rng)}


def random_customers(rng, events):
    count = max(3, min(300, events // 40))
    names = [("beta" if rng.random() < 0.2 else "acme", f"cus_{i if rng.random() < 0.9 else i // 2}") for i in range(count)]
    return [Customer(*name) for name in dict.fromkeys(names)]  # some ids under both tenants


def random_version(rng, effective_from, plain):
    unit, numbers, _ = rng.choices(INTERVALS, [weight for _, _, weight in INTERVALS])[0]
    version = {"effective_from": time_text(effective_from), "time_zone": rng.choice(ZONES),
               "interval": {"unit": unit, "n": rng.choice(numbers)}, "mode": rng.choice(["live", "test", "internal", "do_not_bill"])}
    if plain:
        version["interval"]["unit"] = rng.choice(["day", "month"])
    elif rng.random() < 0.4:
        version["anchor"] = rng.choice(ANCHORS)
    return version


def grid_of(version):
    interval = version["interval"]
    return Grid(version["time_zone"], interval["unit"], interval["n"], version.get("anchor", ""))
