"""EndTxn requests that are lost, answered into the void, or delivered late: in the middle of what came after."""
from broker import ProxiedBroker, say, wait_for
from kafka_proxy import ADD_OFFSETS_TO_TXN, ADD_PARTITIONS_TO_TXN, END_TXN, PRODUCE, TXN_OFFSET_COMMIT, Rule
from processor import Processor
from run import Run

FENCED = {47, 90}  # INVALID_PRODUCER_EPOCH, PRODUCER_FENCED
# Of every five EndTxn one is left alone; the held ones land in the next transaction, in one of the next, or after the transaction time-out.
LATE_ENDS = [Rule(END_TXN, "hold", 0.3, 0.3), Rule(END_TXN, "hold", 1.5, 0.3), Rule(END_TXN, "hold", 12, 0.1), Rule(END_TXN, "lose_reply", 0, 0.3),
             Rule(END_TXN, "lose_request", 0, 0.3), Rule(END_TXN, "delay", 0.2, 0.2)]
OTHERS = [Rule(api, action, 0.1, 0.01) for api in (ADD_PARTITIONS_TO_TXN, ADD_OFFSETS_TO_TXN, TXN_OFFSET_COMMIT, PRODUCE)
          for action in ("delay", "lose_request", "lose_reply")]


def late_end_txn(run: Run, injections: int = 40):
    """No held EndTxn ends a later transaction: each is refused, or says again what had been said; figures are exact."""
    proxy = run.broker.proxy
    run.prepare(2_000 + 300 * injections, seed=9)
    a, b = Processor(run, "a"), Processor(run, "b")
    a.start(), b.start()
    wait_for("two processors running", run.all_running)
    sender = run.send(rate=600)
    proxy.rules = LATE_ENDS + OTHERS
    ends = lambda: sum(count for (api, _), count in proxy.fired.items() if api == END_TXN)
    wait_for(f"{injections} injections", lambda: ends() >= injections or sender.poll() is not None, 600)
    proxy.rules = []
    assert sender.wait() == 0
    assert ends() >= injections, f"all was counted after {ends()} injections"
    wait_for("two processors running", run.all_running)
    run.finish()
    run.nothing_was_wiped()
    held = [answer.error for answer in proxy.late_answers if answer.api == END_TXN]
    say(f"{dict(proxy.fired)}; to EndTxn that came late the broker said {sorted(held)}")
    assert FENCED & set(held), "no EndTxn came after its producer's epoch"


late_end_txn.broker = ProxiedBroker


def repeated_end_txn(run: Run, injections: int = 30):
    """An answered EndTxn that the network delivers again, within a later transaction of the same producer, which no client of transactions v1 can
    see: all goes on exactly, or the task stops with torn_epoch; no total is ever beyond the truth."""
    proxy = run.broker.proxy
    run.prepare(2_000 + 200 * injections, seed=13)
    a, b = Processor(run, "a"), Processor(run, "b")
    a.start(), b.start()
    wait_for("two processors running", run.all_running)
    sender = run.send(rate=600)
    proxy.rules = [Rule(ADD_OFFSETS_TO_TXN, "delay", 0.05), Rule(END_TXN, "repeat", 0.08, 0.25), Rule(END_TXN, "repeat", 0.2, 0.25)]
    repeated = lambda: sum(answer.action == "repeat" for answer in proxy.late_answers)
    wait_for(f"{injections} injections", lambda: repeated() >= injections or run.torn() or sender.poll() is not None, 600)
    proxy.rules = []
    assert sender.wait() == 0
    say(f"repeated {repeated()} EndTxn; the broker said {sorted(answer.error for answer in proxy.late_answers)}")
    if run.torn():
        run.told_nothing_beyond_the_truth()
    else:
        assert repeated() >= injections
        run.finish()
    run.nothing_was_wiped()


repeated_end_txn.broker = ProxiedBroker
CASES = (late_end_txn, repeated_end_txn)
