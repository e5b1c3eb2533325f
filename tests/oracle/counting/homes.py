"""The home partition of a customer, as the Java client's default partitioner has it: murmur2 of the key, its sign dropped, by the number of partitions."""
SEED, FACTOR, MASK = 0x9747b28c, 0x5bd1e995, 0xffffffff


def murmur2(data):
    hashed = (SEED ^ len(data)) & MASK
    whole = len(data) // 4 * 4
    for at in range(0, whole, 4):
        block = int.from_bytes(data[at:at + 4], "little") * FACTOR & MASK
        block = (block ^ block >> 24) * FACTOR & MASK
        hashed = (hashed * FACTOR & MASK) ^ block
    if rest := data[whole:]:
        hashed = (hashed ^ int.from_bytes(rest, "little")) * FACTOR & MASK
    hashed = (hashed ^ hashed >> 13) * FACTOR & MASK
    return hashed ^ hashed >> 15


def home_of(customer, partition_count):
    return (murmur2(customer.encode()) & 0x7fffffff) % partition_count
