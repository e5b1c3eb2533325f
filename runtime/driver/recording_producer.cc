#include "runtime/driver/recording_producer.h"

#include <utility>

#include "runtime/state/packed_changelog.h"

namespace tidemark::runtime {
namespace {

std::size_t index_of(TopicId topic) {
  return static_cast<std::size_t>(topic.value());
}

SentRecord copy_of(const OutputRecord& record) {
  SentRecord copy{.key = std::string(record.key), .value = std::nullopt, .headers = {}};
  if (record.has_value) copy.value = record.value;
  for (const HeaderView& header : record.headers) copy.headers.emplace_back(header.name, header.value);
  return copy;
}

}  // namespace

RecordingProducer::RecordingProducer(const Blueprint& blueprint)
    : is_kept_(blueprint.topics.names.size()),
      has_verdicts_(is_kept_.size()),
      next_offsets_(is_kept_.size()),
      is_touched_(is_kept_.size()) {
  for (const TopicId sink : blueprint.sink_topics) is_kept_[index_of(sink)] = true;
  is_kept_[index_of(blueprint.dead_letters_topic)] = true;
  for (std::size_t i = 0; i < blueprint.changelog_topics.size(); ++i) {
    const bool of_ids = blueprint.settings->stores[i].kind == StoreKind::generations;
    has_verdicts_[index_of(blueprint.changelog_topics[i])] = of_ids;
  }
}

Status RecordingProducer::begin() {
  is_touched_.assign(is_touched_.size(), false);
  return {};
}

Status RecordingProducer::produce(const TopicPartition& partition, std::span<const OutputRecord> records) {
  const std::size_t topic = index_of(partition.topic);
  for (const OutputRecord& record : records) {
    next_offsets_[topic] = next_offsets_[topic].next();
    is_touched_[topic] = true;
    if (is_kept_[topic]) sent_[partition.topic].push_back(copy_of(record));
    if (!has_verdicts_[topic]) continue;
    const auto header = unpack(record.value, entries_);
    if (!header) return header.error();
    keep_verdicts(entries_);
  }
  return {};
}

// An id that is remembered again has its verdict already.
void RecordingProducer::keep_verdicts(std::span<const IdEntry> entries) {
  for (const IdEntry& entry : entries) {
    if (entry.kind != IdEntry::Kind::remembered && entry.kind != IdEntry::Kind::note) continue;
    const bool is_note = entry.kind == IdEntry::Kind::note;
    if (!is_note && entry.moved) continue;
    verdicts_.push_back({.place = {entry.source, entry.offset, entry.element},
                         .verdict = entry.verdict,
                         .code = is_note ? entry.code : std::uint16_t{0},
                         .moved = entry.moved});
  }
}

Result<std::vector<LastOffset>> RecordingProducer::flush(std::chrono::milliseconds) {
  std::vector<LastOffset> last;
  for (std::size_t topic = 0; topic < next_offsets_.size(); ++topic) {
    if (!is_touched_[topic]) continue;
    last.push_back({.partition = {TopicId(static_cast<std::int32_t>(topic)), PartitionId(0)},
                    .last_offset = Offset(next_offsets_[topic].value() - 1),
                    .appended_at = std::nullopt});
  }
  return last;
}

std::vector<SentRecord> RecordingProducer::take_sent(TopicId topic) {
  return std::exchange(sent_[topic], {});
}

std::vector<WrittenVerdict> RecordingProducer::take_verdicts() {
  return std::exchange(verdicts_, {});
}

}  // namespace tidemark::runtime
