"""What a processor must not go on with: it ends with exit 78 and a code."""
import json
from pathlib import Path

from broker import say, wait_for
from processor import Processor
from run import PARTITIONS, Run


def lost_state_and_offsets(run: Run):
    """What was lost or changed behind the engine's back stops it with exit 78 and a code; nothing more is written."""
    run.prepare(2_000, seed=5)
    a = Processor(run, "a")
    a.start()
    assert run.send().wait() == 0
    run.finish()
    totals = run.command("usage", "-o", "jsonl").stdout
    assert totals
    group, changelog = "tidemark-demo", "tidemark-demo-windows-changelog"

    def refused(code: str, state: Path):
        ended = run.command("run", "--state-dir", state, check=False)
        assert ended.returncode == 78 and code in ended.stderr, (code, ended.returncode, ended.stderr[-3000:])
        say(f"refused: {code}")

    def offsets(what: str, *arguments):
        # The group is busy until the session of the one that was refused is over.
        wait_for(what, lambda: run.broker.tool("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", "--group", group, *arguments), 60)

    def set_cleanup(policy: str):
        assert run.broker.tool("kafka.admin.ConfigCommand", "--alter", "--entity-type", "topics", "--entity-name", changelog,
                               "--add-config", f"cleanup.policy={policy}")

    set_cleanup("delete")
    refused("topic_settings", a.state)
    cut = run.work / "cut.json"
    cut.write_text(json.dumps({"version": 1, "partitions": [{"topic": changelog, "partition": each, "offset": -1} for each in range(PARTITIONS)]}))
    assert run.broker.tool("org.apache.kafka.tools.DeleteRecordsCommand", "--offset-json-file", cut)
    set_cleanup("compact")  # of a compacted topic no record can be deleted: cut was while it was not
    wait_for("the cut", lambda: all(row["log_start"] == row["high_watermark"] for row in run.describe() if row["topic"] == changelog))
    refused("changelog_truncated", run.work / "state-empty")
    offsets("the reset of the offsets", "--reset-offsets", "--all-topics", "--to-earliest", "--execute")
    refused("offset_metadata", a.state)
    offsets("the end of the group", "--delete")
    refused("offset_lost", a.state)
    assert run.command("usage", "-o", "jsonl").stdout == totals


def bad_configuration(run: Run):
    """Exit 78 with file, line and the nearest name."""
    good = (run.work / "topology.yaml").read_text()
    run.use_topology(f"extends: {run.work}/topology.yaml\nengine: {{comit_interval: 1s}}\n")
    refused = run.command("run", "--state-dir", run.work / "state-x", check=False)
    assert refused.returncode == 78 and "input.topology.yaml:2" in refused.stderr and "commit_interval" in refused.stderr, refused
    run.environment["TIDEMARK_TOPOLOGY"] = str(run.work / "topology.yaml")
    missing = run.command("run", "--state-dir", run.work / "state-x", check=False)
    assert missing.returncode == 78 and "topics apply" in missing.stderr, missing
    assert good
    run.command("topics", "apply", "--apply")
    run.use_topology(f"extends: {run.work}/topology.yaml\ntopics: {{partitions: 4}}\n")
    changed = run.command("run", "--state-dir", run.work / "state-x", check=False)
    assert changed.returncode == 78 and "partitions" in changed.stderr, changed


CASES = (lost_state_and_offsets, bad_configuration)
