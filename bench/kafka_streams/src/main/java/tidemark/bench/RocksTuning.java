package tidemark.bench;

import java.util.Map;
import org.apache.kafka.streams.state.RocksDBConfigSetter;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.Filter;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;

/** Bloom filters, one block cache for all stores, larger memtables: most ids are new, and are found to be so in memory. */
public final class RocksTuning implements RocksDBConfigSetter {
  private static final Cache CACHE = new LRUCache(256L << 20);
  private static final Filter BLOOM = new BloomFilter(10);

  @Override
  public void setConfig(String store, Options options, Map<String, Object> configs) {
    BlockBasedTableConfig table = (BlockBasedTableConfig) options.tableFormatConfig();
    table.setBlockCache(CACHE);
    table.setFilterPolicy(BLOOM);
    table.setCacheIndexAndFilterBlocks(false);
    options.setTableFormatConfig(table);
    options.setWriteBufferSize(32L << 20);
    options.setMaxWriteBufferNumber(3);
    options.setMemtableWholeKeyFiltering(true);
    options.setMemtablePrefixBloomSizeRatio(0.1);
  }

  @Override
  public void close(String store, Options options) {}  // both are shared, for the life of the process
}
