#include "processors/rekey.h"

#include <algorithm>
#include <charconv>

namespace tidemark::processors {
namespace {

// The last of that name: whatever a producer wrote stands before ours.
const HeaderView* find_last(std::span<const HeaderView> headers, std::string_view name) {
  for (auto header = headers.rbegin(); header != headers.rend(); ++header) {
    if (header->name == name) return &*header;
  }
  return nullptr;
}

std::size_t bytes_of(const HeaderView& header) {
  return header.name.size() + header.value.size();
}

std::string place_text(std::string_view topic, const JudgedEvent& event) {
  return std::string(topic) + "/" + std::to_string(event.record->partition.value()) + "/" +
         std::to_string(event.record->offset.value()) + "/" + std::to_string(event.element);
}

}  // namespace

std::optional<RekeyedRecord> read_rekeyed(const RecordView& record) {
  const HeaderView* const from = find_last(record.headers, kRekeyedFrom);
  const HeaderView* const arrival = find_last(record.headers, kRekeyedArrival);
  if (from == nullptr || arrival == nullptr) return std::nullopt;
  std::int64_t milliseconds = 0;
  const char* const end = arrival->value.data() + arrival->value.size();
  const auto [parsed, error] = std::from_chars(arrival->value.data(), end, milliseconds);
  if (error != std::errc{} || parsed != end) return std::nullopt;
  return RekeyedRecord{ArrivalTime(std::chrono::milliseconds(milliseconds)),
                       bytes_of(*from) + bytes_of(*arrival)};
}

std::vector<RekeyedRecords::Run> RekeyedRecords::write(std::string_view topic) {
  std::stable_sort(events_.begin(), events_.end(),
                   [](const Foreign& one, const Foreign& other) { return one.home < other.home; });
  texts_.reserve(events_.size() * kRekeyHeaders);  // views into short strings die when they move
  headers_.reserve(events_.size());
  records_.reserve(events_.size());
  for (const auto& [home, event] : events_) {
    const RecordView& record = *event->record;
    auto& headers = headers_.emplace_back(record.headers.begin(), record.headers.end());
    headers.push_back({kRekeyedFrom, texts_.emplace_back(place_text(topic, *event))});
    headers.push_back(
        {kRekeyedArrival, texts_.emplace_back(std::to_string(record.arrival.time_since_epoch().count()))});
    // A key without bytes is none if it has no address either.
    const std::string_view key = record.key.data() == nullptr ? std::string_view("", 0) : record.key;
    records_.push_back({.key = record.has_key ? key : std::string_view(),
                        .value = event->bytes,
                        .has_value = true,
                        .headers = headers});
  }
  std::vector<Run> runs;
  for (std::size_t begin = 0, end = 0; begin < events_.size(); begin = end) {
    while (end < events_.size() && events_[end].home == events_[begin].home) ++end;
    runs.push_back({events_[begin].home, std::span(records_).subspan(begin, end - begin)});
  }
  return runs;
}

void RekeyedRecords::clear() {
  events_.clear();
  texts_.clear();
  headers_.clear();
  records_.clear();
}

}  // namespace tidemark::processors
