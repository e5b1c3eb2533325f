#pragma once
// Random usage with everything in it: groups, gauges, distinct values, versions, voids before and after their
// event, records of several events, customers that come, change and go. The seed decides it all.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/unit/processors/driver.h"

namespace tidemark::processors::testing {

struct MixedStep {
  std::optional<TestEvent> event;  // else what becomes of a customer's profile:
  std::string customer_id;
  std::string profile;  // empty: a tombstone
};

std::vector<TestMeter> mixed_meters();
std::vector<MixedStep> make_mixed_input(std::uint64_t seed, std::size_t record_count);

}  // namespace tidemark::processors::testing
