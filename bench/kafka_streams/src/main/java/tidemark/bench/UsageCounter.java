package tidemark.bench;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.WindowStore;

/**
 * Drops repeats, adds up, and tells each changed total with its delta: for every event, or at most once in `emitEvery`.
 *
 * Repeats are looked up at the event's own time, one point look-up: the window store's quickest, and enough as long as an
 * event that is sent again carries the timestamp it had.
 */
final class UsageCounter implements Processor<byte[], byte[], Home, byte[]> {
  static final String IDS = "event_ids";
  static final String TOTALS = "totals";
  static final String TOTALS_SINK = "totals-sink";
  static final String DELTAS_SINK = "deltas-sink";
  static final String DEAD_LETTERS_SINK = "dead-letters-sink";
  private static final long MAX_AGE_MS = Duration.ofDays(35).toMillis();
  private static final long MAX_FUTURE_MS = Duration.ofMinutes(5).toMillis();
  private static final byte[] SEEN = {1};

  private final String topic;
  private final Duration emitEvery;  // zero: for every event
  private final Map<String, Total> untold = new HashMap<>();
  private ProcessorContext<Home, byte[]> context;
  private WindowStore<byte[], byte[]> ids;
  private KeyValueStore<String, Total> totals;
  private TotalText text;

  UsageCounter(String topic, Duration emitEvery) {
    this.topic = topic;
    this.emitEvery = emitEvery;
  }

  @Override
  public void init(ProcessorContext<Home, byte[]> context) {
    this.context = context;
    ids = context.getStateStore(IDS);
    totals = context.getStateStore(TOTALS);
    text = new TotalText(topic, context.taskId().partition());
    if (emitEvery.isZero()) return;
    // A commit may fall between counting and telling: what was counted before a crash and not told is told now.
    try (KeyValueIterator<String, Total> rows = totals.all()) {
      while (rows.hasNext()) {
        KeyValue<String, Total> row = rows.next();
        if (row.value.isUntold()) untold.put(row.key, row.value);
      }
    }
    context.schedule(emitEvery, PunctuationType.WALL_CLOCK_TIME, now -> tellAll(now));
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    UsageEvent event;
    try {
      event = UsageEvent.parse(record.value());
      checkAge(event, record.timestamp());
    } catch (InvalidEvent invalid) {
      forward(record.key(), record.value(), record.timestamp(), DEAD_LETTERS_SINK);
      return;
    }
    if (ids.fetch(event.id(), event.time()) != null) return;
    ids.put(event.id(), SEEN, event.time());
    String key = event.totalKey();
    Total total = untold.get(key);
    if (total == null) total = totals.get(key);
    if (total == null) total = new Total();
    total.add(event, context.recordMetadata().orElseThrow().offset());
    if (emitEvery.isZero()) {
      tell(key, total, record.timestamp());
    } else {
      untold.put(key, total);
    }
    totals.put(key, total);
  }

  private static void checkAge(UsageEvent event, long arrival) throws InvalidEvent {
    if (event.time() < arrival - MAX_AGE_MS) throw new InvalidEvent("too old");
    if (event.time() > arrival + MAX_FUTURE_MS) throw new InvalidEvent("in the future");
  }

  private void tellAll(long now) {
    untold.forEach((key, total) -> {
      tell(key, total, now);
      totals.put(key, total);
    });
    untold.clear();
  }

  private void tell(String totalKey, Total total, long time) {
    byte[] key = text.key(totalKey);
    forward(key, text.value(total), time, TOTALS_SINK);
    forward(key, text.delta(total), time, DELTAS_SINK);
    total.told();
  }

  private void forward(byte[] key, byte[] value, long time, String sink) {
    context.forward(new Record<>(new Home(context.taskId().partition(), key), value, time), sink);
  }
}
