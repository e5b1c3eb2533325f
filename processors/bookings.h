#pragma once
// What one event changes in the windows of its customer: measured first, then checked, then applied, so that
// an event changes all its meters or none.
//   measure()  what the event is to each meter, by its content alone
//   check()    whether the windows can take it; and what they, and the ones after them, would become
//   apply()    does it
// Holds one event at a time; its room is reused. Threading: confined. Failure: errors of the store; what is
// wrong with the event becomes its verdict.
#include <functional>
#include <vector>

#include "processors/carry_over.h"
#include "processors/judged_event.h"
#include "processors/measure.h"
#include "processors/usage_state.h"

namespace tidemark::processors {

struct BookingRules {
  std::chrono::milliseconds grace = std::chrono::hours(48);
  // How long after its end a period is kept; nullopt: for ever.
  std::optional<std::chrono::milliseconds> keep_after_end;
  bool json_floats = false;
};

// What one event is judged against, apart from the state.
struct Moment {
  EventTime watermark;  // before the event
  TakenOrder order;
  ArrivalTime taken_at;  // by the dedup clock; of a parked event when it was parked
};

// Adds an event to its windows, or takes it out of them again.
enum class Direction : std::uint8_t { add, take_back };

class Bookings {
 public:
  Bookings(const BookingRules& rules, const MeterCatalog& catalog, KeyedStore& windows, UsageState& state,
           CarryOver& carry_over);

  // Rejects the event for the first fault of its content. `feeds`: the meters that are asked; empty: all.
  // take_back: of what was counted before, maybe under other limits. REQUIRES: the customer is known.
  using Feeds = std::function<bool(const MeterDefinition&)>;
  void measure(JudgedEvent& event, CustomerState& customer, Direction direction, const Feeds& feeds = {});
  bool empty() const { return entries_.empty(); }  // no meter wants it
  // The first meter that takes nothing back, or nullptr.
  const MeterDefinition* find_unsupported() const;
  // Rejects the event when its period is purged or a figure would leave its range.
  Status check(JudgedEvent& event, CustomerState& customer, const Moment& moment, Direction direction);
  // `cause`: the event, or the void that takes it back. REQUIRES: check() of the same direction.
  Status apply(const JudgedEvent& cause, Direction direction);

  bool is_purged(const billing::Period& period, ArrivalTime stream_time) const;
  // What ended before it is purged; nullopt: nothing is.
  std::optional<EventTime> purge_floor(ArrivalTime stream_time) const;
  bool is_closed(EventTime period_end, EventTime watermark) const {
    return watermark != kEventTimeMin && watermark >= period_end + rules_.grace;
  }

 private:
  struct Entry {  // one per meter that the event feeds
    const MeterDefinition* definition = nullptr;
    const MeterVersion* version = nullptr;
    std::uint16_t meter = 0;
    Quantity value;
    Hash128 distinct;
    std::string group;
  };
  struct Change {
    WindowRow* row = nullptr;
    Quantity total;
    std::uint32_t version = 1;
    std::int32_t samples = -1;     // position in samples_, where the window keeps any
    const Entry* entry = nullptr;  // nullptr: it follows from the change of an earlier period
    bool is_new_value = false;     // unique: to the window
    schemas::DeltaKind kind = schemas::DeltaKind::usage;
  };
  struct ChainChange {
    std::optional<Chain> before;
    Chain after;
  };

  Status check_entry(const Entry& entry, JudgedEvent& event, CustomerState& customer, const Moment& moment,
                     Direction direction);
  Status check_distinct(const Entry& entry, Change& change, Sample& sample, JudgedEvent& event);
  Status follow(const Entry& entry, const WindowName& name, std::optional<Chain> chain, const Figure& figure,
                JudgedEvent& event, CustomerState& customer, EventTime watermark);
  std::int32_t keep_samples(const Samples& samples);

  const BookingRules rules_;
  const MeterCatalog& catalog_;
  KeyedStore& windows_;
  UsageState& state_;
  CarryOver& carry_over_;
  Measure measure_;
  std::vector<Entry> entries_;
  std::vector<Change> changes_;
  std::vector<Samples> samples_;
  std::vector<ChainChange> chains_;
  std::vector<FollowUp> follow_ups_;
  std::string group_;
};

}  // namespace tidemark::processors
