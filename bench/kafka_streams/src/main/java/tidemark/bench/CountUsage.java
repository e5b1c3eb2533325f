package tidemark.bench;

import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TaskMetadata;
import org.apache.kafka.streams.ThreadMetadata;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.apache.kafka.streams.state.Stores;

/** What bench.topology.yaml counts, on Kafka Streams. Until SIGTERM; says five times a second how far it has committed. */
public final class CountUsage {
  private static final Duration HORIZON = Duration.ofDays(36);
  private static final long STATUS_EVERY_MS = 200;

  private CountUsage() {}

  public static void main(String[] arguments) throws InterruptedException {
    Map<String, String> options = new HashMap<>();
    for (String argument : arguments) {
      int equals = argument.indexOf('=');
      if (equals < 0) throw new IllegalArgumentException("not NAME=VALUE: " + argument);
      options.put(argument.substring(0, equals), argument.substring(equals + 1));
    }
    Duration emitEvery = Duration.ofMillis(Long.parseLong(options.getOrDefault("emit-every-ms", "1000")));
    KafkaStreams streams = new KafkaStreams(topology(options.getOrDefault("prefix", "bench."), emitEvery), settings(options));
    CountDownLatch stop = new CountDownLatch(1);
    streams.setUncaughtExceptionHandler(error -> {
      error.printStackTrace();
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    });
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      streams.close(Duration.ofSeconds(30));
      stop.countDown();
    }));
    streams.start();
    while (!stop.await(STATUS_EVERY_MS, TimeUnit.MILLISECONDS) && streams.state() != KafkaStreams.State.ERROR) {
      System.out.println("{\"state\":\"" + streams.state() + "\",\"committed\":" + committed(streams) + "}");
    }
    if (streams.state() == KafkaStreams.State.ERROR) System.exit(1);
  }

  /** Input records behind which nothing is left to do, over all partitions. */
  private static long committed(KafkaStreams streams) {
    long sum = 0;
    for (ThreadMetadata thread : streams.metadataForLocalThreads()) {
      for (TaskMetadata task : thread.activeTasks()) {
        for (long offset : task.committedOffsets().values()) sum += Math.max(0, offset);
      }
    }
    return sum;
  }

  private static Topology topology(String prefix, Duration emitEvery) {
    String events = prefix + "events";
    Serializer<Home> keys = (topic, home) -> home.key();
    Serializer<byte[]> values = new ByteArraySerializer();
    StreamPartitioner<Home, byte[]> homes = (topic, home, value, count) -> Optional.of(Collections.singleton(home.partition()));
    return new Topology()
        .addSource("events", new ByteArrayDeserializer(), new ByteArrayDeserializer(), events)
        .addProcessor("counter", () -> new UsageCounter(events, emitEvery), "events")
        // Ids are written once and hardly ever read back: a cache would only copy them.
        .addStateStore(Stores.windowStoreBuilder(
            Stores.persistentWindowStore(UsageCounter.IDS, HORIZON, Duration.ofMillis(1), false),
            Serdes.ByteArray(), Serdes.ByteArray()).withCachingDisabled(), "counter")
        // With a cache, a total reaches RocksDB and the changelog once per commit, however often it changed.
        .addStateStore(Stores.keyValueStoreBuilder(
            Stores.persistentKeyValueStore(UsageCounter.TOTALS), Serdes.String(), Total.SERDE).withCachingEnabled(), "counter")
        .addSink(UsageCounter.TOTALS_SINK, prefix + "totals", keys, values, homes, "counter")
        .addSink(UsageCounter.DELTAS_SINK, prefix + "deltas", keys, values, homes, "counter")
        .addSink(UsageCounter.DEAD_LETTERS_SINK, prefix + "dlq", keys, values, homes, "counter");
  }

  /** Every setting that differs from the default, because the defaults were slower here. */
  private static Properties settings(Map<String, String> options) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "bench-streams");
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, options.getOrDefault("brokers", "127.0.0.1:9092"));
    settings.put(StreamsConfig.STATE_DIR_CONFIG, options.getOrDefault("state-dir", "state-streams"));
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, options.getOrDefault("commit-interval-ms", "1000"));
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, options.getOrDefault("threads", "2"));
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 256L << 20);
    settings.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, RocksTuning.class);
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 256 << 10);
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.BUFFER_MEMORY_CONFIG), 128L << 20);
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "lz4"); // as Tidemark does
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), options.getOrDefault("linger-ms", "20"));
    settings.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 5_000);
    settings.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG), 4 << 20);
    return settings;
  }
}
