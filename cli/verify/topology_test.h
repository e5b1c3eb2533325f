#pragma once
// The `tests` of topology.yaml: customers, events and what has to come of them. Pure.
#include <optional>
#include <string>
#include <vector>

#include "tidemark/config.h"
#include "tidemark/time.h"

namespace tidemark::cli {

struct TestEvent {
  const ConfigNode* node = nullptr;
  std::string event_id;  // as far as it can be read
  std::string line;      // as `events verify` reads it
};

struct TestCustomer {
  const ConfigNode* node = nullptr;
  std::string profile;  // JSON
};

// Borrows the document that it was read from.
struct TopologyTest {
  std::string name;
  const ConfigNode* node = nullptr;
  std::vector<TestCustomer> customers;
  std::vector<TestEvent> events;
  std::optional<EventTime> clock;            // the watermark, at the end
  const ConfigNode* totals = nullptr;        // what is expected; nullptr: not looked at
  const ConfigNode* deltas = nullptr;        // the same
  const ConfigNode* dead_letters = nullptr;  // nullptr: none may occur
  const ConfigNode* notices = nullptr;       // nullptr: not looked at
};

// What is wrong in the shape of a test is a finding, and the test is left out.
std::vector<TopologyTest> read_topology_tests(const ConfigNode& document, std::vector<Finding>& findings);

}  // namespace tidemark::cli
