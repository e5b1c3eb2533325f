#pragma once
// The way home of an event that was found in another partition than its customer's: what travels with it on
// the rekey topic, in headers behind its own. They are believed there and nowhere else, because only the
// transactions of our tasks write to that topic. Pure.
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "processors/judged_event.h"
#include "tidemark/record.h"

namespace tidemark::processors {

inline constexpr std::string_view kRekeyedFrom = "td-rekeyed-from";        // topic/partition/offset/element
inline constexpr std::string_view kRekeyedArrival = "td-rekeyed-arrival";  // milliseconds
inline constexpr std::size_t kRekeyHeaders = 2;

struct RekeyedRecord {
  ArrivalTime arrival;    // of the record where it was found
  std::size_t bytes = 0;  // of the headers that were added
};
// What a record of the rekey topic brings along; nullopt: none of our tasks wrote it.
std::optional<RekeyedRecord> read_rekeyed(const RecordView& record);

// Records on their way home; owns what was added to them and borrows the rest, until clear().
class RekeyedRecords {
 public:
  struct Run {
    PartitionId home;
    std::span<const OutputRecord> records;
  };
  void add(PartitionId home, const JudgedEvent& event) { events_.push_back({home, &event}); }
  bool empty() const { return events_.empty(); }
  // By home; of one home in the order added. Valid until clear(), as long as the events live. `topic`: where
  // they were found.
  std::vector<Run> write(std::string_view topic);
  void clear();

 private:
  struct Foreign {
    PartitionId home;
    const JudgedEvent* event;
  };
  std::vector<Foreign> events_;
  std::vector<std::string> texts_;
  std::vector<std::vector<HeaderView>> headers_;
  std::vector<OutputRecord> records_;
};

}  // namespace tidemark::processors
