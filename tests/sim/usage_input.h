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
  std::string json() const;
};

struct InputProfile {
  std::string tenant_id;
  std::string customer_id;
  std::string time_zone;
  std::size_t before_event = 0;  // it is produced before the event of this index
};

struct UsageInput {
  std::vector<InputEvent> events;
  std::vector<InputProfile> profiles;
};
UsageInput make_usage_input(runtime::sim::Random& random, std::size_t event_count);

// tenant, customer, meter, period start, period end
using TotalKey = std::tuple<std::string, std::string, std::string, EventTime, EventTime>;
struct TotalTruth {
  Quantity total;
  std::int64_t event_count = 0;
  bool is_final = false;  // the watermark has passed its end + grace
};
// An event that counts, and one total of it.
struct CountedEvent {
  PartitionId partition;
  Offset offset;
  TotalKey key;
  bool is_correction = false;  // unless it is parked first: then its release decides
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
