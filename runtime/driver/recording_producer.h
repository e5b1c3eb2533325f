#pragma once
// The producer of a driver: keeps what goes to sinks and to the dead letters, reads the verdicts out of the
// changelogs of ids, counts the rest. A transaction always succeeds.
// Borrows the Blueprint. Threading: one thread.
#include <map>
#include <string>
#include <vector>

#include "runtime/blueprint.h"
#include "runtime/log.h"
#include "runtime/state/id_table.h"
#include "tidemark/test_driver.h"

namespace tidemark::runtime {

class RecordingProducer final : public TransactionalProducer {
 public:
  explicit RecordingProducer(const Blueprint& blueprint);

  Status init(std::chrono::milliseconds) override { return {}; }
  Status begin() override;
  Status produce(const TopicPartition& partition, std::span<const OutputRecord> records) override;
  Result<std::vector<LastOffset>> flush(std::chrono::milliseconds timeout) override;
  Status send_offsets(std::span<const OffsetToCommit>, GroupConsumer&, std::chrono::milliseconds) override {
    return {};
  }
  CommitOutcome commit(std::chrono::milliseconds) override { return CommitOutcome::committed; }
  Status abort(std::chrono::milliseconds) override { return {}; }
  const std::string& transactional_id() const override { return transactional_id_; }

  // What was kept since the last call, in the order produced.
  std::vector<SentRecord> take_sent(TopicId topic);
  std::vector<WrittenVerdict> take_verdicts();

 private:
  void keep_verdicts(std::span<const IdEntry> entries);

  const std::string transactional_id_ = "driver";
  std::vector<bool> is_kept_;         // by topic
  std::vector<bool> has_verdicts_;    // by topic
  std::vector<Offset> next_offsets_;  // by topic
  std::vector<bool> is_touched_;      // by topic, in this transaction
  std::map<TopicId, std::vector<SentRecord>> sent_;
  std::vector<WrittenVerdict> verdicts_;
  std::vector<IdEntry> entries_;  // scratch
};

}  // namespace tidemark::runtime
