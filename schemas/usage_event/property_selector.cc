#include "schemas/usage_event/property_selector.h"

#include <algorithm>

#include "schemas/base/json_canonical.h"
#include "tidemark/assert.h"

namespace tidemark::schemas {

PropertySelector::PropertySelector(const std::vector<PropertyPath>& paths) : absent_(paths.size()) {
  for (std::size_t i = 0; i < paths.size(); ++i) {
    std::vector<Step>* steps = &steps_;
    Step* last = nullptr;
    for (const std::string& name : paths[i]) {
      const auto known =
          std::find_if(steps->begin(), steps->end(), [&name](const Step& step) { return step.name == name; });
      last = known != steps->end() ? &*known : &steps->emplace_back(Step{name, {}, {}});
      steps = &last->next;
    }
    TM_ASSERT(last != nullptr);
    last->ends_here.push_back(i);
  }
}

std::span<const PropertyValue> PropertySelector::select(const JsonScanner& json, std::uint32_t properties,
                                                        std::uint32_t left_out, Arena& arena) const {
  const std::span<PropertyValue> values = arena.make_array<PropertyValue>(absent_.size());
  walk(steps_, properties, {json, left_out, arena, values});
  return values;
}

const PropertySelector::Step* PropertySelector::find(const std::vector<Step>& steps, std::string_view name) {
  for (const Step& step : steps) {
    if (step.name == name) return &step;
  }
  return nullptr;
}

// Recurses no deeper than the document, whose depth was checked.
void PropertySelector::walk(const std::vector<Step>& steps, std::uint32_t object, const Walk& walk_of) {
  const auto& [json, left_out, arena, values] = walk_of;
  const std::uint32_t end = json.node(object).next;
  for (std::uint32_t i = object + 1; i < end; i = json.node(i + 1).next) {
    const Arena::Mark mark = arena.mark();
    const Step* const step = find(steps, string_value(json, json.node(i), arena));
    arena.release(mark);
    if (step == nullptr || i + 1 == left_out) continue;
    const JsonNode& node = json.node(i + 1);
    if (!step->ends_here.empty()) {
      const std::string_view text = written_value(json, node, arena);
      for (const std::size_t path : step->ends_here) values[path] = {true, node.kind, text};
    }
    if (node.kind == JsonKind::object && !step->next.empty()) walk(step->next, i + 1, walk_of);
  }
}

}  // namespace tidemark::schemas
