#pragma once
// What all tasks of a sub-topology share: names resolved to topics, descriptors, factories, limits.
// Immutable after construction. [any thread]
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/clock.h"
#include "runtime/log.h"
#include "runtime/storage.h"
#include "runtime/topology/topology.h"
#include "tidemark/dead_letter.h"
#include "tidemark/metrics.h"
#include "tidemark/result.h"

namespace tidemark::runtime {

// Every topic that the engine touches; a TopicId is an index into `names`.
struct TopicTable {
  std::vector<std::string> names;
  TopicId id(std::string_view name) const;  // REQUIRES: listed
  const std::string& name(TopicId topic) const { return names[static_cast<std::size_t>(topic.value())]; }
};
TopicTable make_topic_table(const Topology& topology);

struct MemoryShares {  // bytes, of one process; what engine.memory leaves is for the libraries
  std::size_t consumer_queues = 0;
  std::size_t producer_queues = 0;
  std::size_t overlays = 0;  // an epoch is cut when they are full
  std::size_t block_cache = 0;
  std::size_t write_buffers = 0;
  std::size_t hot_ids = 0;           // ids in memory, all tasks
  std::size_t hot_rows = 0;          // committed rows of keyed stores that wait to be written, all tasks
  std::size_t hot_ids_min = 10'000;  // of one task, however many there are
  std::size_t output_piece = std::size_t{3} << 16;  // of a task; fits one chunk of its arena
  std::size_t views = 0;                            // decoded rows kept between epochs, all tasks
};
MemoryShares divide_memory(std::int64_t bytes);

struct Blueprint {
  const Topology* topology = nullptr;
  const SubTopologySettings* settings = nullptr;
  const ProcessorCatalog* catalog = nullptr;
  TopicTable topics;
  std::vector<TopicId> source_topics;     // by SourceIndex
  std::vector<TopicId> changelog_topics;  // by position of the store in settings->stores
  std::vector<TopicId> sink_topics;       // by SinkIndex
  TopicId dead_letters_topic;
  TopicId epochs_topic;
  StorageFactory* storage = nullptr;
  MetricsRegistry* metrics = nullptr;
  Clock* clock = nullptr;
  std::function<std::unique_ptr<DeadLetterEncoder>()> dead_letter_encoder;  // one per task
  MemoryShares memory;

  std::string task_name(PartitionId partition) const {
    return settings->name + "_" + std::to_string(partition.value());
  }
};
// REQUIRES: `topology` has no findings. Borrows all arguments.
Blueprint make_blueprint(const Topology& topology, const ProcessorCatalog& catalog, StorageFactory& storage,
                         MetricsRegistry& metrics, Clock& clock,
                         std::function<std::unique_ptr<DeadLetterEncoder>()> dead_letter_encoder);

// What has another number of partitions than the topology, and what to do.
Error partition_count_changed(const std::string& what, std::int32_t found, const Topology& topology);

}  // namespace tidemark::runtime
