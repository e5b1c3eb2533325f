#pragma once
// The state behind the totals: one row per (tenant, customer, meter, period, group), the customers' profiles,
// and three indexes, all in the store `windows` and cached here in decoded form.
//   'w' key              -> WindowRow       the total and its delta chain
//   'c' tenant,customer  -> ProfileRow      what is known of a customer
//   'e' end, epoch, part -> list of keys    windows whose closing has not been told yet, by end
//   'q' end, epoch, part -> list of keys    windows that are closed, by end: what a purge takes
//   'f'                  -> time            what ended before was purged
//   'd' epoch, part      -> list of keys    rows with something to emit, so that a restart finds them
// Other rows of the store: carry_over.h ('k', 'o', 'h'), distinct_values.h ('u'), meter_history.h ('g').
// Layouts: docs/formats.md. Owned by the store as its view; shared by meter and delta.
// Threading: confined to the task's stream thread. Failure: errors of the store, unchanged.
#include <boost/unordered/unordered_flat_map.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "processors/profile_row.h"
#include "processors/window_row.h"
#include "tidemark/context.h"

namespace tidemark::processors {

inline constexpr std::size_t kRowsAhead = 4;
// Asks for the memory of rows[at], if there is one: rows lie all over it, and the waits overlap.
void prefetch_row(std::span<WindowRow* const> rows, std::size_t at);

struct CustomerName {
  std::string_view tenant_id;
  std::string_view customer_id;
};

// A customer as the task knows it. `recent` remembers the windows it used last.
struct CustomerState {
  std::string key;     // of its profile row
  bool known = false;  // it has a profile
  billing::Timeline timeline;
  billing::Period recent_period;  // found last; empty at first
  struct RecentWindow {
    billing::Period period;
    WindowRow* row = nullptr;
    std::uint16_t meter = 0;
  };
  std::vector<RecentWindow> recent;
  std::uint32_t rows_generation = 0;  // of UsageState when `recent` was filled
  std::uint32_t last_used = 0;

  const billing::Period& period_of(EventTime time) {
    if (!recent_period.contains(time)) recent_period = timeline.containing(time);
    return recent_period;
  }
};

class UsageState final : public StoreView {
 public:
  UsageState(KeyedStore& store, std::size_t rows_max);
  // The view of `store`, built at the first call.
  static UsageState& of(KeyedStore& store);

  Status flush(KeyedStore& store) override;
  void clear() override;

  // The customer of each name, at most kCustomersAtOnce. Valid until the next put_profile(), flush() or
  // clear().
  static constexpr std::size_t kCustomersAtOnce = 32;
  Status find_customers(std::span<const CustomerName> names, std::span<CustomerState*> found);
  // With periods that exist as they are, whatever newer time-zone data say.
  Result<std::optional<ProfileRow>> profile(std::string_view tenant, std::string_view customer);
  void put_profile(std::string_view tenant, std::string_view customer, const ProfileRow& row);

  // One past the last period of which the customer has a window, if any: nothing was counted later.
  Result<std::optional<EventTime>> last_end(std::string_view tenant, std::string_view customer);

  // Asks for the memory of a window that the customer used lately and that holds `time`.
  void prefetch_window(const CustomerState& customer, std::uint16_t meter, EventTime time) const;
  // The row, from the cache, the store, or new (total 0; it reaches the store when it is touched). `meter` is
  // a number for `name.meter`, always the same.
  Result<WindowRow*> window(CustomerState& customer, std::uint16_t meter, const WindowName& name,
                            const billing::Period& period);
  // One that is there; nullptr: nothing was ever counted in it, or it was purged.
  Result<WindowRow*> find_window(const WindowName& name, const billing::Period& period);
  void mark_changed(WindowRow& row);
  // Marks a row changed, indexes its end at the first time, and puts it on the list of rows to emit.
  void touch(WindowRow& row);

  // Rows to emit, in the order they were touched; they stay in memory until drop_emitted(), which drops the
  // first `count` of them.
  std::span<WindowRow* const> to_emit() const { return to_emit_; }
  void drop_emitted(std::size_t count);

  // Lists a slice of the windows with end <= `ended_before` for emission. True when more are left.
  Result<bool> list_closed(EventTime ended_before);
  // Earliest end among the windows that were not told closed; nullopt: none.
  Result<std::optional<EventTime>> earliest_open_end();
  // Erases a slice of the windows that are closed, told, and ended before `floor`, but for those that are
  // needed, which then stay for good. True when more are left.
  using IsNeeded = std::function<Result<bool>(const WindowRow&)>;
  Result<bool> purge(EventTime floor, const IsNeeded& is_needed);
  // No window that ended before exists, or is ever born again; kEventTimeMin: nothing was purged.
  EventTime purged_before() const { return purged_before_; }
  // Customers whose periods would be others by the time-zone data of this machine than by those they were
  // found with; since this was asked last.
  std::int64_t take_frozen_customers() { return std::exchange(frozen_customers_, 0); }

  void set_epoch(EpochNumber epoch) { epoch_ = epoch; }
  // Windows are forgotten some day: an index of those that are closed is kept for that.
  void set_purges(bool purges) { purges_ = purges; }
  const std::string& tzdata() const { return tzdata_; }  // version of this machine's time-zone data

 private:
  // Can be looked for by its hash alone: the state of one that has the hash is then asked for in advance.
  struct CustomerKey {
    std::uint64_t hash = 0;
    std::string_view bytes;
    bool operator==(const CustomerKey&) const = default;
    friend bool operator==(const CustomerKey& key, std::uint64_t hash) { return key.hash == hash; }
  };
  struct CustomerKeyHash {
    using is_transparent = void;
    std::size_t operator()(const CustomerKey& key) const { return key.hash; }
    std::size_t operator()(std::uint64_t hash) const { return hash; }
  };

  Status load_lists();
  void write_rows();
  Status freeze_periods(std::string_view tenant, std::string_view customer, ProfileRow& row);
  template <class F>
  Status for_each_period(std::string_view tenant, std::string_view customer, F&& fn);
  enum class Purged : std::uint8_t {
    done,
    in_part,  // the slice is full
    not_yet,  // it has something to tell yet, or is needed
  };
  Result<Purged> purge_row(const std::string& encoded_key, const IsNeeded& is_needed, std::size_t& budget);
  void keep_floor(EventTime floor);
  void put_later(EventTime floor, std::string_view keys);
  Result<CustomerState*> load_customer(const CustomerName& name, const CustomerKey& key);
  Result<WindowRow*> load(std::string_view encoded_key);
  Result<WindowRow*> load_next(ByteReader& keys);
  WindowRow& keep(std::unique_ptr<WindowRow> row);
  void list(WindowRow& row);
  void write_lists();
  void write_index(char prefix, std::vector<WindowRow*>& rows);
  Status read_earliest_end();
  void evict();
  template <class Cache>
  std::uint32_t oldest_to_keep(const Cache& cache) const;

  KeyedStore& store_;
  const std::size_t rows_max_;
  const std::string tzdata_ = billing::tzdb_version();
  // Both by a key that the value owns.
  boost::unordered_flat_map<std::string_view, std::unique_ptr<WindowRow>> rows_;
  boost::unordered_flat_map<CustomerKey, std::unique_ptr<CustomerState>, CustomerKeyHash, std::equal_to<>>
      customers_;
  std::string key_;                  // scratch
  std::string value_;                // scratch
  std::string customer_keys_;        // scratch
  std::vector<WindowRow*> changed_;  // since the last flush
  std::vector<WindowRow*> to_emit_;
  std::size_t listed_in_store_ = 0;     // how many of to_emit_ stand in 'd' rows already
  std::vector<std::string> list_rows_;  // keys of the 'd' rows in the store
  std::vector<WindowRow*> opened_;      // since the last flush: not in the index yet
  std::vector<WindowRow*> closed_;      // the same, of the index of those that are closed
  std::uint64_t index_part_ = 0;        // of the next index row; no two of an epoch are alike
  std::string index_begin_ = "e";       // no index row lies before it: what was erased is not scanned again
  std::optional<EventTime> earliest_open_end_;
  bool loaded_ = false;
  bool purges_ = false;
  std::int64_t frozen_customers_ = 0;
  EventTime purged_before_ = kEventTimeMin;
  std::uint32_t sweep_ = 0;  // counts flushes
  std::uint32_t rows_generation_ = 1;
  EpochNumber epoch_;
};

}  // namespace tidemark::processors
