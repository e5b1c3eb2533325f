#pragma once
// The `meters` of topology.yaml: what is counted, from which events, and from when on.
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "billing/period.h"
#include "processors/aggregation.h"
#include "schemas/usage_event/property_path.h"
#include "tidemark/config.h"
#include "tidemark/time.h"

namespace tidemark::processors {

// Position of a path in MeterCatalog::paths(), and so of its value among those that decode selects.
using PathIndex = std::uint16_t;

struct Condition {  // holds when the property is there and equals one of the values
  PathIndex path = 0;
  std::vector<std::string> any_of;  // as canonical bytes
};

struct GroupField {
  std::string name;  // the last one of the path
  PathIndex path = 0;
};

// What a meter is from a date on. All versions of a meter that says none: one, since ever.
struct MeterVersion {
  std::uint32_t number = 1;
  EventTime effective_from = kEventTimeMin;  // as the topology says
  EventTime rules_from = kEventTimeMin;      // as it is: later, where it came after its date
  std::vector<std::string> event_types;      // empty when `any`
  bool any = false;                          // event_types: "*"
  Aggregation aggregation = Aggregation::sum;
  std::optional<PathIndex> value;  // none: the event's own value
  std::vector<Condition> where;
  std::vector<GroupField> group_by;
  int scale = 12;  // decimals that a value may have
  std::int64_t distinct_max = 100'000;
  std::uint64_t hash = 0;  // of all that decides what is counted; limits and the date are not in it

  bool takes(std::string_view event_type) const;
};

struct MeterDefinition {
  std::string name;
  std::string late = "carry_forward";  // or post_to_period, hold: what the sink does after the period's close
  bool carry_over = false;             // a period opens with the closing value of the one before
  std::vector<MeterVersion> versions;  // at least one, ascending

  // The version that rules a period, or nullptr: the one in effect at its start; the first one also rules the
  // period it begins in, for events from its date on.
  const MeterVersion* ruling(const billing::Period& period, EventTime event_time) const {
    if (versions.size() == 1 && versions.front().rules_from == kEventTimeMin) return &versions.front();
    return find_ruling(period, event_time);
  }
  // REQUIRES: there is one of that number.
  const MeterVersion& version(std::uint32_t number) const { return versions[number - 1]; }

 private:
  const MeterVersion* find_ruling(const billing::Period& period, EventTime event_time) const;
};

// [any thread] but for set_rules_from().
class MeterCatalog {
 public:
  // What is wrong, or not built yet, is a finding; the meter is then left out.
  static MeterCatalog from(const ConfigNode& document, std::vector<Finding>& findings);

  const std::vector<MeterDefinition>& meters() const { return meters_; }
  const MeterDefinition* find(std::string_view name) const;
  // Positions in meters() of those that the type may feed, rising. Borrows from the catalog; allocates
  // nothing.
  std::span<const std::uint16_t> meters_for(std::string_view event_type) const;
  // All property paths that the meters ask for.
  const std::vector<schemas::PropertyPath>& paths() const { return paths_; }
  // From when on the version of this position really rules.
  void set_rules_from(std::size_t meter, std::size_t version, EventTime rules_from);

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  void index();

  std::vector<MeterDefinition> meters_;
  std::vector<schemas::PropertyPath> paths_;
  std::unordered_map<std::string, std::vector<std::uint16_t>, TextHash, std::equal_to<>> by_type_;
  std::vector<std::uint16_t> for_any_type_;  // the answer for types that no meter names
};

}  // namespace tidemark::processors
