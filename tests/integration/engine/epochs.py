"""What epoch records say (docs/formats.md, "Epoch record"), read by other means than the engine's."""
import subprocess
from dataclasses import dataclass


@dataclass
class Epoch:
    partition: int
    offset: int
    written_ms: int  # by the broker
    number: int
    transactional_id: str
    inputs: dict[str, tuple[int, int]]  # by source: next offsets [from, to)

    @property
    def empty(self) -> bool:
        return all(begin == end for begin, end in self.inputs.values())


class Bytes:
    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def signed(self) -> int:
        value = self.varint()
        return value >> 1 ^ -(value & 1)

    def text(self) -> str:
        size = self.varint()
        self.at += size
        return self.data[self.at - size:self.at].decode()


def decode(partition: int, offset: int, written_ms: int, value: bytes) -> Epoch:
    bytes_ = Bytes(value)
    assert bytes_.data[0] in (1, 2), "an epoch record of another format"  # they differ behind the inputs
    bytes_.at = 1
    number = bytes_.signed()
    bytes_.varint(), bytes_.signed(), bytes_.signed()  # partitions, watermark, dedup clock
    owner = bytes_.text()
    inputs = {}
    for _ in range(bytes_.varint()):
        source = bytes_.text()
        inputs[source] = bytes_.signed(), bytes_.signed()
    return Epoch(partition, offset, written_ms, number, owner, inputs)


def read(brokers: str, topic: str, *, committed: bool = True, start: str = "beginning", seconds: float | None = None) -> list[Epoch]:
    """All of the topic, partition by partition in the order of offsets; with what was aborted where `committed` is False.

    Where epochs go on being written kcat may never see all partitions at their ends at once: what it had read after `seconds` then.
    """
    isolation = "read_committed" if committed else "read_uncommitted"
    command = ["kcat", "-C", "-e", "-q", "-u", "-b", brokers, "-X", f"isolation.level={isolation}", "-o", start, "-t", topic, "-f", "%p %o %T %S\\n%s\\n"]
    try:
        dump = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=seconds).stdout
    except subprocess.TimeoutExpired as cut:
        dump = cut.stdout or b""
    epochs, at = [], 0
    while at < len(dump):
        end = dump.find(b"\n", at)
        if end < 0:
            break  # cut short
        partition, offset, written, size = map(int, dump[at:end].split())
        if end + 1 + size > len(dump):
            break
        epochs.append(decode(partition, offset, written, dump[end + 1:end + 1 + size]))
        at = end + 1 + size + 1
    return sorted(epochs, key=lambda epoch: (epoch.partition, epoch.offset))
