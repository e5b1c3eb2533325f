"""What the model needs of a topology file. The file must be JSON, which YAML includes: there is no YAML in the standard library."""
import re

from meters import Meter
from records import READER

UNITS = {"ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9, "d": 86400 * 10**9}
FOREVER = None


def duration(text):
    """Nanoseconds of such as 36d or 1d12h; None for `forever`."""
    if text == "forever":
        return FOREVER
    return sum(int(count) * UNITS[unit] for count, unit in re.findall(r"(\d+)(ms|[smhd])", str(text)))


class Settings:
    def __init__(self, topology):
        metering = topology["sub_topologies"]["metering"]
        decode, meter = metering["processors"]["decode"], metering["processors"]["meter"]
        windows = metering["stores"]["windows"]
        topics = topology["topics"]
        self.default_tenant = topology.get("default_tenant", "")
        self.events_topic = topics["events"]["name"]
        self.customers_topic = topics["customers"]["name"]
        self.max_future = duration(decode.get("max_future", "5m"))
        self.max_age = duration(decode.get("max_age", "35d"))
        self.arrival_slack = duration(decode.get("arrival_slack", "23h"))
        self.json_floats = decode.get("json_floats", False)
        self.horizon = duration(metering["stores"]["event_ids"].get("horizon", "36d"))
        self.disorder = duration(meter.get("disorder", "5m"))
        self.grace = duration(meter.get("grace", "48h"))
        self.waiting = duration("35d")  # of parked events and pending voids
        self.purge_span = None if windows.get("purge") == "never" else (
            self.max_age + self.grace + duration(windows.get("purge_margin", "24h")))
        self.partition_count = int(topics.get("partitions", 1))
        self.brings_home = "rekey" in metering.get("sinks", {})  # what is found in another partition than its customer's
        self.meters = [Meter(declared) for declared in topology["meters"]]


def read_settings(path):
    with open(path, encoding="utf-8") as file:
        return Settings(READER.read(file.read()))
