#pragma once
// Picks the properties that meters read out of a scanned event: one walk for all paths.
// Owns: its paths. Threading: immutable once built.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "schemas/base/arena.h"
#include "schemas/base/json_scan.h"
#include "schemas/usage_event/property_path.h"
#include "schemas/usage_event/property_value.h"

namespace tidemark::schemas {

class PropertySelector {
 public:
  explicit PropertySelector(const std::vector<PropertyPath>& paths);

  bool empty() const { return absent_.empty(); }
  // One value per path, in their order, as an event without properties has them. Lives as long as this.
  std::span<const PropertyValue> absent() const { return absent_; }
  // The same of the object `properties`, but for its member with the value node `left_out` (0: none). Lives
  // in the arena.
  std::span<const PropertyValue> select(const JsonScanner& json, std::uint32_t properties,
                                        std::uint32_t left_out, Arena& arena) const;

 private:
  struct Step {  // a name in one or more paths, after the same names
    std::string name;
    std::vector<std::size_t> ends_here;  // indices of the paths that it is the last name of
    std::vector<Step> next;
  };
  struct Walk {
    const JsonScanner& json;
    std::uint32_t left_out;
    Arena& arena;
    std::span<PropertyValue> values;
  };
  static const Step* find(const std::vector<Step>& steps, std::string_view name);
  static void walk(const std::vector<Step>& steps, std::uint32_t object, const Walk& walk_of);

  std::vector<Step> steps_;
  std::vector<PropertyValue> absent_;
};

}  // namespace tidemark::schemas
