#!/usr/bin/env python3
"""kafka_proxy.py against a broker that answers every request with its own number, and tells what it got."""
import random
import socket
import socketserver
import struct
import threading
import unittest

from broker import free_port, wait_for
from kafka_proxy import ACTIONS, END_TXN, FETCH, KafkaProxy, LateAnswer, Rule

FENCED = 90


def frame(payload: bytes) -> bytes:
    return struct.pack(">i", len(payload)) + payload


def request(api: int, correlation: int) -> bytes:
    return frame(struct.pack(">hhi", api, 1, correlation) + b"client and body")


def receive(connection) -> bytes | None:
    head = connection.recv(4, socket.MSG_WAITALL)
    return connection.recv(struct.unpack(">i", head)[0], socket.MSG_WAITALL) if len(head) == 4 else None


class EchoBroker(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self):
        self.got = []
        super().__init__(("127.0.0.1", 0), EchoHandler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class EchoHandler(socketserver.BaseRequestHandler):
    def handle(self):
        while (payload := receive(self.request)) is not None:
            correlation = struct.unpack_from(">hhi", payload)[2]
            self.server.got.append(correlation)
            self.request.sendall(frame(struct.pack(">iih", correlation, 0, FENCED)))


class KafkaProxyTest(unittest.TestCase):
    def setUp(self):
        self.broker = EchoBroker()
        self.port = free_port()
        self.proxy = KafkaProxy({self.port: self.broker.server_address[1]}, seed=1).__enter__()

    def tearDown(self):
        self.proxy.__exit__()
        self.broker.shutdown()
        self.broker.server_close()

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        self.addCleanup(connection.close)
        return connection

    def ask(self, connection, correlation: int, api: int = END_TXN) -> int | None:
        """The number of the answer; nothing when the connection was cut."""
        connection.sendall(request(api, correlation))
        try:
            answer = receive(connection)
        except ConnectionResetError:
            return None
        return None if answer is None else struct.unpack_from(">i", answer)[0]

    def test_each_action(self):
        # action, is answered, how often the broker gets it, how many late answers
        table = [("delay", True, 1, 0), ("hold", False, 1, 1), ("lose_request", False, 0, 0), ("lose_reply", False, 1, 0), ("repeat", True, 2, 1)]
        self.assertEqual({row[0] for row in table}, set(ACTIONS))
        for number, (action, answered, times, late) in enumerate(table, start=1):
            with self.subTest(action):
                self.proxy.late_answers.clear()
                self.proxy.rules = [Rule(END_TXN, action, seconds=0.05)]
                self.assertEqual(self.ask(self.connect(), number), number if answered else None)
                wait_for("its arrival", lambda: self.broker.got.count(number) == times and len(self.proxy.late_answers) == late, 10)
                self.proxy.rules = []
                self.assertEqual(self.ask(self.connect(), 100), 100)
                self.assertEqual(self.broker.got.count(number), times)
                self.assertEqual(self.proxy.late_answers, [LateAnswer(END_TXN, action, FENCED)] * late)
                self.assertEqual(self.proxy.fired[END_TXN, action], 1)

    def test_other_requests_pass_on_the_same_connection(self):
        self.proxy.rules = [Rule(END_TXN, "lose_request")]
        connection = self.connect()
        self.assertEqual([self.ask(connection, number, FETCH) for number in range(1, 51)], list(range(1, 51)))
        self.assertIsNone(self.ask(connection, 51))
        self.assertEqual(self.proxy.fired, {(END_TXN, "lose_request"): 1})

    def test_chance_comes_from_the_seed(self):
        self.proxy.rules = [Rule(FETCH, "delay", chance=0.5)]
        connection = self.connect()
        for number in range(200):
            self.ask(connection, number, FETCH)
        dice = random.Random(1)
        self.assertEqual(self.proxy.fired[FETCH, "delay"], sum(dice.random() < 0.5 for _ in range(200)))

    def test_a_held_request_outlives_its_client_and_a_broker_that_is_down_cuts(self):
        self.proxy.rules = [Rule(END_TXN, "hold", seconds=0.2)]
        connection = self.connect()
        connection.sendall(request(END_TXN, 7))
        connection.close()
        wait_for("its arrival", lambda: self.broker.got == [7], 10)
        self.broker.shutdown()
        self.broker.server_close()
        self.assertIsNone(self.ask(self.connect(), 8, FETCH))


if __name__ == "__main__":
    unittest.main()
