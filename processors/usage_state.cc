#include "processors/usage_state.h"

#include <algorithm>
#include <boost/container_hash/hash.hpp>

#include "processors/distinct_values.h"

namespace tidemark::processors {
namespace {

constexpr std::size_t kListBytesMax = 256 * 1024;
constexpr std::size_t kIndexBytesMax = 16 * 1024;  // a few hundred windows are closed at a time
constexpr std::size_t kIndexRowsPerSlice = 8;
constexpr std::size_t kCustomerKeyBytesMax = 1 + 2 * (1 + 255);
constexpr std::size_t kCacheLine = 64;
constexpr std::size_t kPurgedPerSlice = 20'000;  // windows and distinct values
constexpr std::chrono::hours kLookAgain{1};      // at a closed window that could not go

void append_profile_key(std::string& out, std::string_view tenant, std::string_view customer) {
  out.push_back('c');
  append_short(out, tenant);
  append_short(out, customer);
}
std::string profile_key(std::string_view tenant, std::string_view customer) {
  std::string key;
  append_profile_key(key, tenant, customer);
  return key;
}

std::uint64_t hash_of(std::string_view bytes) {
  return boost::hash<std::string_view>()(bytes);
}

template <class T>
void prefetch(const T& object) {
  for (std::size_t at = 0; at < sizeof(T); at += kCacheLine)
    __builtin_prefetch(reinterpret_cast<const char*>(&object) + at);
}

}  // namespace

void prefetch_row(std::span<WindowRow* const> rows, std::size_t at) {
  if (at < rows.size()) prefetch(*rows[at]);
}

UsageState::UsageState(KeyedStore& store, std::size_t rows_max) : store_(store), rows_max_(rows_max) {}

UsageState& UsageState::of(KeyedStore& store) {
  constexpr std::size_t kRowBytes = 600;  // of a decoded row with its keys and its share of a customer
  return store.view<UsageState>(
      [&store] { return std::make_unique<UsageState>(store, store.cache_bytes_max() / kRowBytes); });
}

Status UsageState::flush(KeyedStore&) {
  write_rows();
  write_lists();
  write_index('e', opened_);
  write_index('q', closed_);
  evict();
  return {};
}

void UsageState::write_rows() {
  for (std::size_t i = 0; i < changed_.size(); ++i) {
    prefetch_row(changed_, i + kRowsAhead);
    WindowRow& row = *changed_[i];
    value_.clear();
    append_window_row(value_, row);
    store_.put(row.encoded_key, value_);
    row.changed = false;
  }
  changed_.clear();
}

void UsageState::clear() {
  rows_.clear();
  customers_.clear();
  changed_.clear();
  to_emit_.clear();
  frozen_customers_ = 0;
  purged_before_ = kEventTimeMin;
  opened_.clear();
  closed_.clear();
  index_begin_ = "e";
  list_rows_.clear();
  listed_in_store_ = 0;
  earliest_open_end_.reset();
  loaded_ = false;
  ++rows_generation_;
}

// Rows touched since the last emission stand in lists of keys in the store: a restart finds them there.
void UsageState::write_lists() {
  if (to_emit_.empty()) {
    for (const std::string& key : list_rows_) store_.erase(key);
    list_rows_.clear();
    listed_in_store_ = 0;
    return;
  }
  std::uint64_t part = 0;
  while (listed_in_store_ < to_emit_.size()) {
    std::string key = "d";
    ByteWriter(key).fixed64(static_cast<std::uint64_t>(epoch_.value()));
    ByteWriter(key).fixed64(part++);
    std::string value;
    while (listed_in_store_ < to_emit_.size() && value.size() < kListBytesMax) {
      ByteWriter(value).string(to_emit_[listed_in_store_++]->encoded_key);
    }
    store_.put(key, value);
    list_rows_.push_back(std::move(key));
  }
}

// Windows by their end: rows of many keys each, because most windows open and close in company.
void UsageState::write_index(char prefix, std::vector<WindowRow*>& rows) {
  std::sort(rows.begin(), rows.end(),
            [](const WindowRow* a, const WindowRow* b) { return a->key.period.end < b->key.period.end; });
  for (std::size_t at = 0; at < rows.size();) {
    const EventTime end = rows[at]->key.period.end;
    key_.assign(1, prefix);
    append_time(key_, end);
    ByteWriter(key_).fixed64(static_cast<std::uint64_t>(epoch_.value()));
    ByteWriter(key_).fixed64(index_part_++);
    value_.clear();
    for (; at < rows.size() && rows[at]->key.period.end == end && value_.size() < kIndexBytesMax; ++at)
      ByteWriter(value_).string(rows[at]->encoded_key);
    store_.put(key_, value_);
    if (prefix == 'e') index_begin_ = std::min(index_begin_, key_);
  }
  rows.clear();
}

Status UsageState::load_lists() {
  if (loaded_) return {};
  loaded_ = true;
  std::string begin = "d";
  while (true) {
    auto rows = store_.scan(begin, "e", 1'000);
    if (!rows) return rows.error();
    for (const auto& [key, value] : *rows) {
      list_rows_.push_back(key);
      for (ByteReader keys(value); !keys.at_end();) {
        const std::string_view listed = keys.string();
        if (!keys.ok()) return windows_corrupt("a list of keys");
        auto row = load(listed);
        if (!row) return row.error();
        if (*row != nullptr) list(**row);  // one that was told, and is purged since, is gone
      }
    }
    listed_in_store_ = to_emit_.size();
    if (rows->size() < 1'000) break;
    begin = rows->back().first + '\0';
  }
  auto floor = store_.get("f");
  if (!floor) return floor.error();
  if (*floor) {
    ByteReader in(**floor);
    purged_before_ = read_time(in);
  }
  return read_earliest_end();
}

Status UsageState::read_earliest_end() {
  auto first = store_.scan(index_begin_, "f", 1);
  if (!first) return first.error();
  earliest_open_end_.reset();
  if (first->empty()) return {};
  ByteReader in(std::string_view(first->front().first).substr(1));
  earliest_open_end_ = read_time(in);
  return {};
}

// Three passes, each over memory that the one before has asked for: the waits overlap.
Status UsageState::find_customers(std::span<const CustomerName> names, std::span<CustomerState*> found) {
  TM_ASSERT(names.size() <= kCustomersAtOnce && found.size() == names.size());
  std::array<CustomerKey, kCustomersAtOnce> keys;
  customer_keys_.clear();
  customer_keys_.reserve(names.size() * kCustomerKeyBytesMax);  // what `keys` refers to does not move
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::size_t begin = customer_keys_.size();
    append_profile_key(customer_keys_, names[i].tenant_id, names[i].customer_id);
    const std::string_view bytes = std::string_view(customer_keys_).substr(begin);
    keys[i] = {hash_of(bytes), bytes};
    const auto entry = customers_.find(keys[i].hash);
    found[i] = entry == customers_.end() ? nullptr : entry->second.get();
    if (found[i] != nullptr) prefetch(*found[i]);
  }
  for (const CustomerState* customer : found) {
    if (customer == nullptr) continue;
    __builtin_prefetch(customer->key.data());
    __builtin_prefetch(customer->recent.data());
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (found[i] == nullptr || found[i]->key != keys[i].bytes) {
      auto customer = load_customer(names[i], keys[i]);
      if (!customer) return customer.error();
      found[i] = *customer;
    }
    found[i]->last_used = sweep_;
  }
  return {};
}

Result<CustomerState*> UsageState::load_customer(const CustomerName& name, const CustomerKey& key) {
  if (const auto entry = customers_.find(key); entry != customers_.end()) return entry->second.get();
  auto state = std::make_unique<CustomerState>();
  state->key = key.bytes;
  TM_TRY(load_lists());
  auto row = profile(name.tenant_id, name.customer_id);
  if (!row) return row.error();
  if (row->has_value() && !(*row)->ended) {
    state->known = true;
    state->timeline = std::move((*row)->timeline);
  }
  const CustomerKey owned{key.hash, state->key};
  return customers_.emplace(owned, std::move(state)).first->second.get();
}

Result<std::optional<ProfileRow>> UsageState::profile(std::string_view tenant, std::string_view customer) {
  auto value = store_.get(profile_key(tenant, customer));
  if (!value) return value.error();
  if (!value->has_value()) return std::optional<ProfileRow>();
  auto row = decode_profile_row(**value, tenant);
  if (!row) return row.error();
  if (row->zones != row->timeline.zones_hash()) TM_TRY(freeze_periods(tenant, customer, *row));
  return std::optional(*std::move(row));
}

Status UsageState::freeze_periods(std::string_view tenant, std::string_view customer, ProfileRow& row) {
  std::vector<billing::Period> periods;
  TM_TRY(for_each_period(tenant, customer,
                         [&periods](const billing::Period& period) { periods.push_back(period); }));
  std::sort(periods.begin(), periods.end());
  periods.erase(std::unique(periods.begin(), periods.end()), periods.end());
  billing::Timeline frozen = row.timeline.with_frozen(periods);
  if (!(frozen == row.timeline)) ++frozen_customers_;
  row.timeline = std::move(frozen);
  row.tzdata = tzdata_;
  row.zones = row.timeline.zones_hash();
  store_.put(profile_key(tenant, customer), encode_profile_row(row));
  return {};
}

template <class F>
Status UsageState::for_each_period(std::string_view tenant, std::string_view customer, F&& fn) {
  write_rows();  // the store then knows all that the cache does
  constexpr std::size_t kPage = 1'000;
  std::string begin = windows_prefix(tenant, customer);
  const std::string end = end_of_prefix(begin);
  while (true) {
    auto rows = store_.scan(begin, end, kPage);
    if (!rows) return rows.error();
    for (const auto& [bytes, unused] : *rows) {
      const auto key = decode_window_key(bytes);
      if (!key) return key.error();
      fn(key->period);
    }
    if (rows->size() < kPage) return {};
    begin = rows->back().first + '\0';
  }
}

Result<std::optional<EventTime>> UsageState::last_end(std::string_view tenant, std::string_view customer) {
  std::optional<EventTime> last;
  TM_TRY(for_each_period(tenant, customer, [&last](const billing::Period& period) {
    last = std::max(last.value_or(period.end), period.end);
  }));
  return last;
}

void UsageState::put_profile(std::string_view tenant, std::string_view customer, const ProfileRow& row) {
  const std::string key = profile_key(tenant, customer);
  store_.put(key, encode_profile_row(row));
  customers_.erase(CustomerKey{hash_of(key), key});  // read again at its next use
}

void UsageState::prefetch_window(const CustomerState& customer, std::uint16_t meter, EventTime time) const {
  if (customer.rows_generation != rows_generation_) return;
  for (const CustomerState::RecentWindow& recent : customer.recent) {
    if (recent.meter == meter && recent.period.contains(time)) return prefetch(*recent.row);
  }
}

WindowRow& UsageState::keep(std::unique_ptr<WindowRow> row) {
  row->last_used = sweep_;
  const std::string_view key = row->encoded_key;
  return *rows_.emplace(key, std::move(row)).first->second;
}

Result<WindowRow*> UsageState::load(std::string_view encoded_key) {
  if (const auto found = rows_.find(encoded_key); found != rows_.end()) return found->second.get();
  auto value = store_.get(encoded_key);
  if (!value) return value.error();
  if (!value->has_value()) return static_cast<WindowRow*>(nullptr);
  auto key = decode_window_key(encoded_key);
  if (!key) return key.error();
  auto row = std::make_unique<WindowRow>();
  row->key = *std::move(key);
  row->encoded_key = encoded_key;
  row->indexed = true;
  TM_TRY(decode_window_row(**value, *row));
  return &keep(std::move(row));
}

// Of a list of keys of open windows: none is erased before it is closed; one that is missing was lost.
Result<WindowRow*> UsageState::load_next(ByteReader& keys) {
  const std::string_view key = keys.string();
  if (!keys.ok()) return windows_corrupt("a list of keys");
  auto row = load(key);
  if (row && *row == nullptr) return windows_corrupt("a window that is listed");
  return row;
}

Result<WindowRow*> UsageState::window(CustomerState& customer, std::uint16_t meter, const WindowName& name,
                                      const billing::Period& period) {
  if (customer.rows_generation != rows_generation_) {
    customer.recent.clear();
    customer.rows_generation = rows_generation_;
  }
  for (const CustomerState::RecentWindow& recent : customer.recent) {
    if (recent.meter != meter || recent.period != period || recent.row->key.group != name.group) continue;
    recent.row->last_used = sweep_;
    return recent.row;
  }
  std::string encoded_key = encode_window_key(name, period);
  auto loaded = load(encoded_key);
  if (!loaded) return loaded;
  WindowRow* row = *loaded;
  if (row == nullptr) {
    auto fresh = std::make_unique<WindowRow>();
    fresh->key = {std::string(name.tenant_id), std::string(name.customer_id), std::string(name.meter), period,
                  std::string(name.group)};
    fresh->encoded_key = std::move(encoded_key);
    row = &keep(std::move(fresh));
  }
  row->last_used = sweep_;
  constexpr std::size_t kRecentMax = 8;
  if (customer.recent.size() >= kRecentMax) customer.recent.erase(customer.recent.begin());
  customer.recent.push_back({period, row, meter});
  return row;
}

Result<WindowRow*> UsageState::find_window(const WindowName& name, const billing::Period& period) {
  TM_TRY(load_lists());
  auto row = load(encode_window_key(name, period));
  if (!row || *row == nullptr) return row;
  if (!(*row)->indexed) return static_cast<WindowRow*>(nullptr);  // looked at, but never counted in
  (*row)->last_used = sweep_;
  return row;
}

void UsageState::mark_changed(WindowRow& row) {
  if (row.changed) return;
  row.changed = true;
  changed_.push_back(&row);
}

void UsageState::touch(WindowRow& row) {
  mark_changed(row);
  list(row);
  if (row.indexed) return;
  row.indexed = true;
  if (row.closed) {  // born after its closing: there is nothing to wait for
    if (purges_) closed_.push_back(&row);
    return;
  }
  opened_.push_back(&row);
  earliest_open_end_ = std::min(earliest_open_end_.value_or(row.key.period.end), row.key.period.end);
}

void UsageState::list(WindowRow& row) {
  if (row.listed) return;
  row.listed = true;
  to_emit_.push_back(&row);
}

void UsageState::drop_emitted(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) to_emit_[i]->listed = false;
  to_emit_.erase(to_emit_.begin(), to_emit_.begin() + static_cast<std::ptrdiff_t>(count));
  listed_in_store_ -= std::min(listed_in_store_, count);
}

Result<std::optional<EventTime>> UsageState::earliest_open_end() {
  TM_TRY(load_lists());
  return earliest_open_end_;
}

Result<bool> UsageState::list_closed(EventTime ended_before) {
  TM_TRY(load_lists());
  write_index('e', opened_);  // windows of this very epoch may be among them
  std::string end = "e";
  append_time(end, ended_before + std::chrono::nanoseconds(1));
  auto rows = store_.scan(index_begin_, end, kIndexRowsPerSlice);
  if (!rows) return rows.error();
  for (const auto& [index, keys] : *rows) {
    for (ByteReader in(keys); !in.at_end();) {
      auto row = load_next(in);
      if (!row) return row.error();
      (*row)->closed = true;
      touch(**row);
    }
    if (purges_) store_.put("q" + index.substr(1), keys);
    store_.erase(index);
  }
  if (!rows->empty()) index_begin_ = rows->back().first;
  TM_TRY(read_earliest_end());
  return rows->size() == kIndexRowsPerSlice;
}

Result<bool> UsageState::purge(EventTime floor, const IsNeeded& is_needed) {
  TM_TRY(load_lists());
  std::string end = "q";
  append_time(end, floor);
  auto rows = store_.scan("q", end, kIndexRowsPerSlice);
  if (!rows) return rows.error();
  if (rows->empty()) return false;
  ++rows_generation_;  // CustomerState::recent may point to rows that go now
  keep_floor(floor);
  std::size_t budget = kPurgedPerSlice;
  for (const auto& [index, keys] : *rows) {
    std::string later;
    for (ByteReader in(keys); !in.at_end();) {
      const ByteReader from_here = in;
      const std::string key(in.string());
      if (!in.ok()) return windows_corrupt("a list of keys");
      auto purged = budget == 0 ? Result<Purged>(Purged::in_part) : purge_row(key, is_needed, budget);
      if (!purged) return purged.error();
      if (*purged == Purged::not_yet) ByteWriter(later).string(key);
      if (*purged != Purged::in_part) continue;
      put_later(floor, later);
      store_.put(index, ByteReader(from_here).rest());
      return true;
    }
    store_.erase(index);
    put_later(floor, later);
  }
  return rows->size() == kIndexRowsPerSlice;
}

// What ended before is gone, or may be: no other settings bring it back.
void UsageState::keep_floor(EventTime floor) {
  if (floor <= purged_before_) return;
  purged_before_ = floor;
  std::string value;
  append_time(value, floor);
  store_.put("f", value);
}

// Closed windows that could not go are looked at again.
void UsageState::put_later(EventTime floor, std::string_view keys) {
  if (keys.empty()) return;
  std::string key = "q";
  append_time(key, floor + kLookAgain);
  ByteWriter(key).fixed64(static_cast<std::uint64_t>(epoch_.value()));
  ByteWriter(key).fixed64(index_part_++);
  store_.put(key, keys);
}

Result<UsageState::Purged> UsageState::purge_row(const std::string& encoded_key, const IsNeeded& is_needed,
                                                 std::size_t& budget) {
  auto row = load(encoded_key);
  if (!row) return row.error();
  if (*row == nullptr) return Purged::done;  // gone with an earlier slice
  if ((*row)->has_something_to_emit() || (*row)->listed || (*row)->changed) return Purged::not_yet;
  auto needed = is_needed(**row);
  if (!needed) return needed.error();
  if (*needed) return Purged::not_yet;
  auto erased = DistinctValues(store_).erase_of(encoded_key, budget);
  if (!erased) return erased.error();
  budget -= *erased;
  if (budget == 0) return Purged::in_part;
  --budget;
  store_.erase(encoded_key);
  rows_.erase(std::string_view(encoded_key));
  return Purged::done;
}

// The sweep number such that keeping what was used since then keeps about three quarters of the limit.
template <class Cache>
std::uint32_t UsageState::oldest_to_keep(const Cache& cache) const {
  std::array<std::size_t, 256> by_age{};
  for (const auto& entry : cache)
    ++by_age[std::min<std::size_t>(sweep_ - entry.second->last_used, by_age.size() - 1)];
  std::size_t kept = 0;
  std::uint32_t age = 0;
  while (age < by_age.size() && kept + by_age[age] <= rows_max_ / 4 * 3) kept += by_age[age++];
  return sweep_ - std::max<std::uint32_t>(age, 1) + 1;
}

// What was used longest ago goes, down to three quarters of the limit; rows to emit or to write stay.
void UsageState::evict() {
  ++sweep_;
  if (rows_.size() > rows_max_) {
    const std::uint32_t oldest_kept = oldest_to_keep(rows_);
    boost::unordered::erase_if(rows_, [oldest_kept](const auto& entry) {
      return !entry.second->changed && !entry.second->listed && entry.second->last_used < oldest_kept;
    });
    ++rows_generation_;  // CustomerState::recent may point to rows that are gone
  }
  if (customers_.size() > rows_max_) {
    const std::uint32_t oldest_kept = oldest_to_keep(customers_);
    boost::unordered::erase_if(
        customers_, [oldest_kept](const auto& entry) { return entry.second->last_used < oldest_kept; });
  }
}

}  // namespace tidemark::processors
