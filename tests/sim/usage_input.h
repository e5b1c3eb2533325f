#pragma once
// Random usage for a simulation, and the truth about it computed by brute force: no engine, no state, just
// the rules of the contract over the list of records in the order in which they stand in each partition.
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "runtime/sim/random.h"
#include "tidemark/quantity.h"
#include "tidemark/time.h"
#include "tidemark/types.h"

namespace tidemark::sim_test {

struct InputEvent {
  bool poison = false;
  std::string event_id;
  std::string tenant_id;
  std::string customer_id;
  std::string type;
  EventTime event_time;
  std::int64_t value_milli = 0;  // the value in thousandths
  ArrivalTime arrival;
  std::string region = {};  // the group of gauges; "" for none
  std::uint64_t user = 0;   // what `users` counts
  std::string voids = {};   // the event that it takes back
  bool joins = false;       // stands in the record of the event before it, which has the same customer
  std::string json() const;
  // All that a repeat has in common with its original, and a void with its target.
  std::string content() const;
};

struct InputProfile {
  std::string tenant_id;
  std::string customer_id;
  std::string time_zone;
  std::size_t before_event = 0;  // it is produced before the event of this index
  std::string later_zone = {};   // weeks in there, from `later_from` on; "": months for ever
  EventTime later_from = {};
  std::string json() const;
};

struct UsageInput {
  std::vector<InputEvent> events;
  std::vector<InputProfile> profiles;
};
enum class InputKind : std::uint8_t {
  sums,  // of sums and counts, one profile version a customer
  all    // gauges in groups, voids, changes of profiles and records of several events as well
};
// One record of the usage topic.
struct InputRecord {
  std::string customer_id;
  std::string value;
  ArrivalTime arrival;
  std::vector<std::pair<std::string, std::string>> headers = {};
};
// That of events[first]; `first` becomes the first event behind it.
InputRecord take_record(const std::vector<InputEvent>& events, std::size_t& first);
UsageInput make_usage_input(runtime::sim::Random& random, std::size_t event_count,
                            InputKind kind = InputKind::sums);

// tenant, customer, meter with its group behind it, period start, period end
using TotalKey = std::tuple<std::string, std::string, std::string, EventTime, EventTime>;
struct TotalTruth {
  Quantity total;
  std::int64_t event_count = 0;
  bool is_final = false;  // the watermark has passed its end + grace
};
// An event that counts, or takes back what counted, and one total of it.
struct CountedEvent {
  PartitionId partition;
  Offset offset;
  std::uint16_t element = 0;
  TotalKey key;
  bool is_correction = false;  // unless it is parked first: then its release decides
  std::int64_t count = 1;      // -1: taken back
  bool is_either = false;      // of either kind, as far as is known
};
struct Truth {
  std::map<TotalKey, TotalTruth> totals;
  std::vector<CountedEvent> counted;
  std::map<std::string, std::uint64_t>
      final_verdicts;  // parked ones that a profile released count as what they became
};
Truth compute_truth(const UsageInput& input, std::int32_t partition_count);

}  // namespace tidemark::sim_test
