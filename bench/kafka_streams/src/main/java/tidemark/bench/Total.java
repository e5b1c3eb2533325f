package tidemark.bench;

import java.nio.ByteBuffer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;

/** The row of one total: what was counted, what of it was told, and where the untold part comes from. */
final class Total {
  static final Serde<Total> SERDE = Serdes.serdeFrom(
      (Serializer<Total>) (topic, total) -> total == null ? null : total.toBytes(),
      (Deserializer<Total>) (topic, bytes) -> bytes == null ? null : new Total(bytes));
  private static final int LONGS = 9;

  long count;
  long sum;  // millionths
  long toldCount;
  long toldSum;
  long revision;  // of the last telling
  // Of the events not yet told; without meaning where there are none.
  long firstTime;
  long lastTime;
  long firstOffset;
  long lastOffset;

  Total() {}

  private Total(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    count = in.getLong();
    sum = in.getLong();
    toldCount = in.getLong();
    toldSum = in.getLong();
    revision = in.getLong();
    firstTime = in.getLong();
    lastTime = in.getLong();
    firstOffset = in.getLong();
    lastOffset = in.getLong();
  }

  private byte[] toBytes() {
    return ByteBuffer.allocate(LONGS * Long.BYTES)
        .putLong(count).putLong(sum).putLong(toldCount).putLong(toldSum).putLong(revision)
        .putLong(firstTime).putLong(lastTime).putLong(firstOffset).putLong(lastOffset).array();
  }

  boolean isUntold() {
    return count != toldCount;
  }

  void add(UsageEvent event, long offset) {
    boolean first = !isUntold();
    firstTime = first ? event.time() : Math.min(firstTime, event.time());
    lastTime = first ? event.time() : Math.max(lastTime, event.time());
    if (first) firstOffset = offset;
    lastOffset = offset;
    count = Math.addExact(count, 1);
    sum = Math.addExact(sum, event.meter().counts ? Millionths.ONE : event.millionths());
  }

  void told() {
    toldCount = count;
    toldSum = sum;
    ++revision;
  }
}
