#pragma once
// With which meters a task has counted, so that a meter that changes neither counts twice nor forgets: what
// has counted stays as it was, what is new begins behind all that was counted. Each state of the topology's
// meters is a generation; ids remember theirs, so that a void takes back no more than its event gave.
//   'g' generation -> the meters with their versions    (store `windows`; docs/formats.md)
// Threading: confined. Errors: fatal "meter_changed", "state_corrupt".
#include <string>
#include <string_view>
#include <vector>

#include "processors/meter_catalog.h"
#include "tidemark/state_store.h"

namespace tidemark::processors {

class MeterHistory {
 public:
  // Reads what there is and compares. Versions in `catalog` get the dates from which they really rule.
  // `counted_until`: no event at or after it was counted; kEventTimeMin: none at all.
  Status open(KeyedStore& windows, MeterCatalog& catalog, EventTime counted_until);
  bool is_new() const { return unsaved_; }
  // Writes the generation, if it is new. Before the first event is counted with it.
  void save(KeyedStore& windows);
  std::uint16_t generation() const { return static_cast<std::uint16_t>(generations_.size() - 1); }
  bool had(std::uint16_t generation, std::string_view meter) const;
  // A meter that counted such events in that generation, and is not in the topology any more; "" for none.
  std::string_view find_removed(std::uint16_t generation, std::string_view event_type) const;
  // Versions that begin later than they say, meters that were away for a while, and meters that are new to a
  // task that has counted.
  struct Remark {
    std::string_view code;  // docs/errors.md
    std::string message;
  };
  const std::vector<Remark>& remarks() const { return remarks_; }

 private:
  struct Version {
    EventTime effective_from;  // as the topology says
    EventTime effective;       // as it is
    std::uint64_t hash = 0;
    bool operator==(const Version&) const = default;
  };
  struct Meter {
    std::string name;
    std::vector<std::string> event_types;  // of all its versions, sorted; empty: all there are
    std::vector<Version> versions;
    bool operator==(const Meter&) const = default;
  };
  using Generation = std::vector<Meter>;

  Status load(KeyedStore& windows);
  const Meter* find_latest(std::string_view name) const;
  Status compare(const MeterDefinition& now, const Meter* before, EventTime counted_until, Meter& result);
  static std::vector<std::string> event_types_of(const MeterDefinition& definition);
  static const Version* find(const Meter& meter, const MeterVersion& version);
  static std::string encode(const Generation& generation);
  static Result<Generation> decode(std::string_view bytes);

  std::vector<Generation> generations_;
  std::vector<Remark> remarks_;
  bool unsaved_ = false;
};

}  // namespace tidemark::processors
