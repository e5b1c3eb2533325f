package tidemark.bench;

/** A key with the partition of its customer: totals and deltas stay where the customer's events are. */
record Home(int partition, byte[] key) {}
