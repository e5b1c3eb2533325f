"""A TCP proxy that knows Kafka's requests by name and does to some of them what a network may do: delay, lose, hold and deliver late, repeat.

    with KafkaProxy({listen_port: broker_port}, seed=1) as proxy:
        proxy.rules = [Rule(END_TXN, "hold", seconds=2, chance=0.1)]
        ...
        proxy.fired[END_TXN, "hold"], proxy.late_answers

One listener for each broker; the broker's listener behind it must advertise the proxy's port (KAFKA_PROXY_PORT of scripts/kafka/start), or
clients go past. It runs in a thread of its own; rules may be replaced at any time and hold for the requests that come in from then on.
"""
import asyncio
import random
import struct
import threading
from collections import Counter
from dataclasses import dataclass

PRODUCE, FETCH, JOIN_GROUP, HEARTBEAT = 0, 1, 11, 12
INIT_PRODUCER_ID, ADD_PARTITIONS_TO_TXN, ADD_OFFSETS_TO_TXN, END_TXN, TXN_OFFSET_COMMIT = 22, 24, 25, 26, 28

ACTIONS = (
    "delay",         # delivered after `seconds`; what follows on the connection waits behind it
    "hold",          # the client's connection is cut at once; the broker gets the request after `seconds`, when the client has long gone on
    "lose_request",  # the connection is cut, the broker never gets it
    "lose_reply",    # the broker gets it and answers; the connection is cut instead of the answer
    "repeat",        # delivered and answered; the broker gets the same bytes again after `seconds`
)


@dataclass(frozen=True)
class Rule:
    api: int
    action: str
    seconds: float = 0
    chance: float = 1

    def __post_init__(self):
        assert self.action in ACTIONS, self.action


@dataclass(frozen=True)
class LateAnswer:
    """What the broker said to a request that was held or repeated; `error` as in Kafka's protocol, where it is read (EndTxn)."""
    api: int
    action: str
    error: int | None


class KafkaProxy:
    def __init__(self, ports: dict[int, int], seed: int):
        self.ports, self.rules, self.fired, self.late_answers = ports, [], Counter(), []
        self._dice = random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._servers = []
        self._tasks = set()

    def __enter__(self) -> "KafkaProxy":
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(10)
        return self

    def __exit__(self, *_):
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _open(self):
        for listen, broker in self.ports.items():
            serve = lambda reader, writer, port=broker: self._serve(reader, writer, port)
            self._servers.append(await asyncio.start_server(serve, "127.0.0.1", listen))

    async def _close(self):
        for server in self._servers:
            server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, client_reader, client_writer, port: int):
        try:
            broker_reader, broker_writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:  # the broker is down: so is what stands before it
            client_writer.close()
            return
        lost_replies = set()
        ways = [asyncio.ensure_future(self._requests(client_reader, broker_writer, port, lost_replies)),
                asyncio.ensure_future(self._replies(broker_reader, client_writer, lost_replies))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)  # one side gone: both
        except asyncio.CancelledError:  # the proxy closes
            pass
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            client_writer.close()
            broker_writer.close()

    async def _requests(self, reader, writer, port: int, lost_replies: set):
        """Hands requests on until a rule or one of the sides ends the connection."""
        while (frame := await read_frame(reader)) is not None:
            api, _, correlation = struct.unpack_from(">hhi", frame)
            rule = self._rule_for(api)
            if rule is None:
                await write_frame(writer, frame)
                continue
            self.fired[api, rule.action] += 1
            if rule.action in ("hold", "repeat"):
                self._later(rule, frame, port)
            if rule.action in ("hold", "lose_request"):
                return
            if rule.action == "lose_reply":
                lost_replies.add(correlation)
            if rule.action == "delay":
                await asyncio.sleep(rule.seconds)
            await write_frame(writer, frame)

    async def _replies(self, reader, writer, lost_replies: set):
        while (frame := await read_frame(reader)) is not None:
            if struct.unpack_from(">i", frame)[0] in lost_replies:
                return
            await write_frame(writer, frame)

    def _rule_for(self, api: int) -> Rule | None:
        return next((rule for rule in self.rules if rule.api == api and self._dice.random() < rule.chance), None)

    def _later(self, rule: Rule, frame: bytes, port: int):
        task = asyncio.ensure_future(self._deliver(rule, frame, port))
        self._tasks.add(task)  # the loop itself holds no more than a weak reference
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, rule: Rule, frame: bytes, port: int):
        """On a connection of the proxy's own, whatever has become of the client's."""
        await asyncio.sleep(rule.seconds)
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            await write_frame(writer, frame)
            answer = await read_frame(reader)
            writer.close()
        except OSError:  # the broker is down: lost after all
            return
        if answer is not None:
            self.late_answers.append(LateAnswer(rule.api, rule.action, end_txn_error(answer) if rule.api == END_TXN else None))


def end_txn_error(answer: bytes) -> int:
    """Of EndTxn v0 to v2: correlation id, throttle time, error code."""
    return struct.unpack_from(">iih", answer)[2]


async def read_frame(reader) -> bytes | None:
    try:
        size, = struct.unpack(">i", await reader.readexactly(4))
        return await reader.readexactly(size)
    except (asyncio.IncompleteReadError, OSError):
        return None


async def write_frame(writer, frame: bytes):
    writer.write(struct.pack(">i", len(frame)) + frame)
    await writer.drain()
