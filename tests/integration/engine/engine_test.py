#!/usr/bin/env python3
"""The whole program against a real Kafka broker of its own: kills, takeovers, lost state, a broker that goes away.

    engine_test.py --tidemark BINARY CASE [--injections N]

Every case ends by comparing totals, deltas and verdicts (scripts/compare.py) with the truth of scripts/truth.py, or of the model of
tests/oracle/counting where there is more to count than sums. The cases stand by topic in cases/, the ground they share in run.py.
A case that needs data that are not here says so and ends with 77: not run.
"""
import argparse

from broker import Broker, say
from cases import audits, broker_away, groups, idle, kills, late_end_txn, real_commits, refusals, state
from run import Run

CASES = {case.__name__: case for topic in (kills, late_end_txn, broker_away, real_commits, refusals, audits, idle, groups, state) for case in topic.CASES}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tidemark", required=True)
    parser.add_argument("case", choices=CASES)
    parser.add_argument("--injections", type=int, help="how many, for the cases that inject faults into the network")
    arguments = parser.parse_args()
    if arguments.case.startswith("real_commits"):
        real_commits.shared_data()
    case = CASES[arguments.case]
    run = Run(arguments.tidemark, getattr(case, "broker", Broker))  # a case that wants another kind of broker says so
    try:
        case(run, **({"injections": arguments.injections} if arguments.injections else {}))
    except AssertionError:
        for processor in run.processors.values():
            say(f"--- {processor.name}: {processor.tasks()}, last lines of the log\n" + "\n".join(processor.log.read_text().splitlines()[-25:]))
        raise
    finally:
        run.close()


if __name__ == "__main__":
    main()
