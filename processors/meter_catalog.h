#pragma once
// The `meters` of topology.yaml: what is counted, from which events.
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tidemark/config.h"

namespace tidemark::processors {

enum class Aggregation : std::uint8_t { sum, count };

struct MeterDefinition {
  std::string name;
  std::vector<std::string> event_types;  // empty when `any`
  bool any = false;                      // event_types: "*"
  Aggregation aggregation = Aggregation::sum;
  int scale = 12;                      // decimals that a value may have
  std::string late = "carry_forward";  // or post_to_period, hold: what the sink does after the period's close
  int version = 1;
};

// Immutable after from(). [any thread]
class MeterCatalog {
 public:
  // What is wrong, or not built yet, is a finding; the meter is then left out.
  static MeterCatalog from(const ConfigNode& document, std::vector<Finding>& findings);

  const std::vector<MeterDefinition>& meters() const { return meters_; }
  // Positions in meters() of those that the type feeds, rising. Borrows from the catalog; allocates nothing.
  std::span<const std::uint16_t> meters_for(std::string_view event_type) const;

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  void index();

  std::vector<MeterDefinition> meters_;
  std::unordered_map<std::string, std::vector<std::uint16_t>, TextHash, std::equal_to<>> by_type_;
  std::vector<std::uint16_t> for_any_type_;  // the answer for types that no meter names
};

}  // namespace tidemark::processors
