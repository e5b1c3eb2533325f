#include "cli/topology/processor_keys.h"

#include <algorithm>
#include <iterator>

namespace tidemark::cli {
namespace {

constexpr ProcessorKey kKeys[] = {
    {"decode", "max_future", KeyKind::duration, "5m", "how far an event may lie ahead of its arrival"},
    {"decode", "max_age", KeyKind::duration, "35d", "how far an event may lie behind its arrival"},
    {"decode", "arrival_slack", KeyKind::duration, "23h",
     "how far an arrival may lie behind the newest; unchecked where ids are remembered for ever"},
    {"decode", "json_floats", KeyKind::boolean, "false", "a JSON float is taken as a value, digit by digit"},
    {"meter", "disorder", KeyKind::duration, "5m", "how far the watermark stays behind the newest event"},
    {"meter", "grace", KeyKind::duration, "48h", "how long after its end a period takes ordinary usage"},
    {"meter", "idle", KeyKind::duration_or_off, "off",
     "how long without records until the watermark goes on by the broker's clock"},
    {"delta", "emit_every", KeyKind::duration, "1s",
     "how often a changed total is told at most; 0s: with every epoch"},
};

}  // namespace

const ProcessorKey* find_processor_key(std::string_view type, std::string_view name) {
  const auto* found = std::find_if(std::begin(kKeys), std::end(kKeys), [&](const ProcessorKey& key) {
    return key.type == type && key.name == name;
  });
  return found == std::end(kKeys) ? nullptr : found;
}

}  // namespace tidemark::cli
