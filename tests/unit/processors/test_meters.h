#pragma once
// Meters as tests write them, and the catalog that a topology with these would have.
#include <string>
#include <utility>
#include <vector>

#include "processors/meter_catalog.h"

namespace tidemark::processors::testing {

// Values as in JSON: "5" is a number, "\"5\"" a text.
using TestConditions = std::vector<std::pair<std::string, std::vector<std::string>>>;

// What is empty is left out.
struct TestVersion {
  std::string effective_from;
  std::vector<std::string> event_types = {};
  std::string aggregation = {};
  std::string value = {};
  TestConditions where = {};
  std::vector<std::string> group_by = {};
  std::string scale = {};
};

struct TestMeter {
  std::string name;
  std::vector<std::string> event_types;  // empty: "*"
  std::string aggregation = "sum";
  int scale = 12;
  std::string late = "carry_forward";
  std::string value = {};  // a property path; empty: the event's own value
  TestConditions where = {};
  std::vector<std::string> group_by = {};
  bool carry_over = false;
  int distinct_max = 0;  // 0: the default
  std::vector<TestVersion> versions = {};
};

// What is wrong with them fails the test.
MeterCatalog make_catalog(const std::vector<TestMeter>& meters);

}  // namespace tidemark::processors::testing
