#pragma once
// Gauges: a period of a meter with carry_over opens with the closing value of the one before, as soon as the
// watermark reaches its start; later changes of that value move it. What belongs together is a chain:
// (tenant, customer, meter, group). Rows of the store `windows`:
//   'k' chain             -> first period, last period   of those that are open, one after the other
//   'o' last end, chain   -> ""                          by when the next one opens
//   'h' chain             -> ""                          held: its customer or meter is gone
// Threading: confined. Failure: errors of the store, unchanged.
#include <optional>
#include <string>
#include <vector>

#include "processors/meter_catalog.h"
#include "processors/usage_state.h"

namespace tidemark::processors {

// A row that is to become another one with an event.
struct FollowUp {
  WindowRow* row = nullptr;
  Figure figure;
  std::uint32_t version = 1;
};

struct Chain {
  std::string key;
  billing::Period first;
  billing::Period last;
  bool operator==(const Chain&) const = default;
};

class CarryOver {
 public:
  CarryOver(KeyedStore& windows, UsageState& state, const MeterCatalog& catalog)
      : windows_(windows), state_(state), catalog_(catalog) {}
  // After a restore.
  Status open();

  // Opens what the watermark has reached of one chain; nullopt: there is none yet. Before any event of it is
  // judged.
  Result<std::optional<Chain>> bring_up(CustomerState& customer, std::uint16_t meter, const WindowName& name,
                                        EventTime watermark);
  // What the windows after `row` become when it becomes `figure`. False: one would leave its range.
  // REQUIRES: bring_up() at the same watermark. Changes nothing but the chain that it is given; keep() does.
  Result<bool> follow(CustomerState& customer, std::uint16_t meter, const WindowName& name,
                      EventTime watermark, const WindowRow& row, const Figure& figure,
                      std::optional<Chain>& chain, std::vector<FollowUp>& follow_ups);
  void keep(const std::optional<Chain>& before, const Chain& chain);

  // A window with which its chain goes on, or one behind that: their values are needed, however old they are,
  // as long as the chain is held.
  Result<bool> is_needed(const WindowRow& row);

  bool is_due(EventTime watermark) const { return next_opening_ && *next_opening_ <= watermark; }
  // Opens the next period of a slice of the chains that are due.
  Status open_slice(EventTime watermark);
  // A customer is known again, or the meters are others than before: chains that were held go on.
  Status resume(std::string_view tenant, std::string_view customer);
  Status resume_all() { return resume_held("h"); }
  // Openings that would have left the range of a total, and were left out, in words; since this was asked
  // last.
  std::vector<std::string> take_refused() { return std::exchange(refused_, {}); }

 private:
  Status open_next(CustomerState& customer, std::uint16_t meter, const WindowName& name, Chain& chain);
  Status open_due(std::string_view index_key, const std::string& chain_key, EventTime watermark,
                  std::size_t& left);
  Result<std::optional<Chain>> load(std::string key);
  void save(const Chain& chain);
  void schedule(const Chain& chain);
  void unschedule(const Chain& chain);
  Status resume_held(const std::string& prefix);
  Status find_next_opening();
  const MeterVersion& version_for(std::uint16_t meter, const WindowRow& row,
                                  const billing::Period& period) const;

  KeyedStore& windows_;
  UsageState& state_;
  const MeterCatalog& catalog_;
  std::optional<EventTime> next_opening_;
  bool holds_any_ = false;  // chains that are held; it may be none any more
  std::vector<std::string> refused_;
};

}  // namespace tidemark::processors
