#include "processors/carry_over.h"

#include <algorithm>

namespace tidemark::processors {
namespace {

constexpr std::size_t kSlice = 5'000;  // periods
constexpr std::size_t kTimeBytes = 8;

std::string chain_key(const WindowName& name) {
  std::string key = "k";
  append_short(key, name.tenant_id);
  append_short(key, name.customer_id);
  append_short(key, name.meter);
  key.append(name.group);
  return key;
}

// Borrows from the key.
WindowName name_of(std::string_view chain_key) {
  ByteReader in(chain_key.substr(1));
  WindowName name;
  name.tenant_id = in.bytes(in.byte());
  name.customer_id = in.bytes(in.byte());
  name.meter = in.bytes(in.byte());
  TM_ASSERT(in.ok());
  name.group = in.rest();
  return name;
}

std::string opening_key(const Chain& chain) {
  std::string key = "o";
  append_time(key, chain.last.end);
  key.append(chain.key);
  return key;
}

std::string held_key(std::string chain_key) {
  chain_key.front() = 'h';
  return chain_key;
}

void append_period(std::string& out, const billing::Period& period) {
  append_time(out, period.start);
  append_time(out, period.end);
}
billing::Period read_period(ByteReader& in) {
  billing::Period period;
  period.start = read_time(in);
  period.end = read_time(in);
  return period;
}

}  // namespace

Status CarryOver::open() {
  auto held = windows_.scan("h", "i", 1);
  if (!held) return held.error();
  holds_any_ = !held->empty();
  return find_next_opening();
}

Status CarryOver::find_next_opening() {
  next_opening_.reset();
  auto first = windows_.scan("o", "p", 1);
  if (!first) return first.error();
  if (first->empty()) return {};
  ByteReader in(std::string_view(first->front().first).substr(1));
  next_opening_ = read_time(in);
  return {};
}

Result<std::optional<Chain>> CarryOver::load(std::string key) {
  auto value = windows_.get(key);
  if (!value) return value.error();
  if (!value->has_value()) return std::optional<Chain>();
  ByteReader in(**value);
  Chain chain{.key = std::move(key), .first = {}, .last = {}};
  chain.first = read_period(in);
  chain.last = read_period(in);
  if (!in.at_end()) return windows_corrupt("a chain of periods");
  return std::optional(std::move(chain));
}

void CarryOver::save(const Chain& chain) {
  std::string value;
  append_period(value, chain.first);
  append_period(value, chain.last);
  windows_.put(chain.key, value);
}

void CarryOver::schedule(const Chain& chain) {
  windows_.put(opening_key(chain), "");
  next_opening_ = std::min(next_opening_.value_or(chain.last.end), chain.last.end);
}

void CarryOver::unschedule(const Chain& chain) {
  windows_.erase(opening_key(chain));
}

// A row that is new has no version yet; one that has been written to keeps its own.
const MeterVersion& CarryOver::version_for(std::uint16_t meter, const WindowRow& row,
                                           const billing::Period& period) const {
  const MeterDefinition& definition = catalog_.meters()[meter];
  if (row.indexed) return definition.version(row.meter_version);
  const MeterVersion* ruling = definition.ruling(period, period.start);
  return ruling != nullptr ? *ruling : definition.versions.front();
}

Result<std::optional<Chain>> CarryOver::bring_up(CustomerState& customer, std::uint16_t meter,
                                                 const WindowName& name, EventTime watermark) {
  auto chain = load(chain_key(name));
  if (!chain || !chain->has_value() || watermark < (*chain)->last.end) return chain;
  unschedule(**chain);
  while (watermark >= (*chain)->last.end) TM_TRY(open_next(customer, meter, name, **chain));
  save(**chain);
  schedule(**chain);
  return chain;
}

Status CarryOver::open_next(CustomerState& customer, std::uint16_t meter, const WindowName& name,
                            Chain& chain) {
  auto before = state_.window(customer, meter, name, chain.last);
  if (!before) return before.error();
  const Quantity closing =
      closing_value(version_for(meter, **before, chain.last).aggregation, (*before)->figure());
  const billing::Period next = customer.timeline.after(chain.last);
  auto row = state_.window(customer, meter, name, next);
  if (!row) return row.error();
  const MeterVersion& version = version_for(meter, **row, next);
  (*row)->meter_version = version.number;
  auto figure = with_opening(version.aggregation, (*row)->figure(), closing);
  if (!figure) {
    refused_.push_back("meter " + std::string(name.meter) + " of customer " + std::string(name.customer_id) +
                       " of tenant " + std::string(name.tenant_id) + " opened the period from " +
                       format_rfc3339(next.start) + " with 0");
    figure = with_opening(version.aggregation, (*row)->figure(), Quantity());
    TM_ASSERT(figure.has_value());
  }
  (*row)->samples = std::make_unique<Samples>(figure->samples);
  (*row)->move(schemas::DeltaKind::usage, figure->total,
               {.events = 0, .event_time = next.start, .place = std::nullopt});
  state_.touch(**row);
  chain.last = next;
  return {};
}

Result<bool> CarryOver::follow(CustomerState& customer, std::uint16_t meter, const WindowName& name,
                               EventTime watermark, const WindowRow& row, const Figure& figure,
                               std::optional<Chain>& chain, std::vector<FollowUp>& follow_ups) {
  const billing::Period period = row.key.period;
  if (chain && period.start > chain->last.start) return true;  // not open yet
  const bool is_first = !chain || period.start < chain->first.start;
  billing::Period last = period;
  Quantity closing = closing_value(version_for(meter, row, period).aggregation, figure);
  for (auto next = customer.timeline.after(period); next.start <= watermark && next.start > last.start;
       next = customer.timeline.after(next)) {
    auto follower = state_.window(customer, meter, name, next);
    if (!follower) return follower.error();
    const Figure now = (*follower)->figure();
    if (now.samples.opened && now.samples.opening == closing) break;
    const MeterVersion& version = version_for(meter, **follower, next);
    auto then = with_opening(version.aggregation, now, closing);
    if (!then) return false;
    follow_ups.push_back({*follower, *then, version.number});
    closing = closing_value(version.aggregation, *then);
    last = next;
  }
  if (!is_first) return true;
  const bool only_ahead = !chain || chain->last.start > watermark;
  chain = Chain{chain_key(name), period, only_ahead ? last : chain->last};
  return true;
}

void CarryOver::keep(const std::optional<Chain>& before, const Chain& chain) {
  if (before) unschedule(*before);
  save(chain);
  schedule(chain);
}

Result<bool> CarryOver::is_needed(const WindowRow& row) {
  if (!row.samples) return false;  // no gauge keeps none
  const WindowKey& key = row.key;
  auto chain = load(chain_key({key.tenant_id, key.customer_id, key.meter, key.group}));
  if (!chain) return chain.error();
  return chain->has_value() && key.period.start >= (*chain)->last.start;
}

Status CarryOver::open_slice(EventTime watermark) {
  std::string end = "o";
  append_time(end, watermark + std::chrono::nanoseconds(1));
  auto due = windows_.scan("o", end, kSlice);
  if (!due) return due.error();
  std::size_t left = kSlice;
  for (const auto& [key, unused] : *due) {
    if (left == 0) break;
    TM_TRY(open_due(key, key.substr(1 + kTimeBytes), watermark, left));
  }
  return find_next_opening();
}

Status CarryOver::open_due(std::string_view index_key, const std::string& chain_key, EventTime watermark,
                           std::size_t& left) {
  const WindowName name = name_of(chain_key);
  const MeterDefinition* meter = catalog_.find(name.meter);
  CustomerState* customer = nullptr;
  const CustomerName customer_name{name.tenant_id, name.customer_id};
  TM_TRY(state_.find_customers({&customer_name, 1}, {&customer, 1}));
  if (meter == nullptr || !meter->carry_over || !customer->known) {
    windows_.erase(index_key);
    windows_.put(held_key(chain_key), "");
    holds_any_ = true;
    return {};
  }
  auto chain = load(chain_key);
  if (!chain) return chain.error();
  if (!*chain) return windows_corrupt("a chain that is due");
  windows_.erase(index_key);
  const auto index = static_cast<std::uint16_t>(meter - catalog_.meters().data());
  for (; left > 0 && watermark >= (*chain)->last.end; --left)
    TM_TRY(open_next(*customer, index, name, **chain));
  save(**chain);
  schedule(**chain);
  return {};
}

Status CarryOver::resume(std::string_view tenant, std::string_view customer) {
  std::string prefix = "h";
  append_short(prefix, tenant);
  append_short(prefix, customer);
  return resume_held(prefix);
}

Status CarryOver::resume_held(const std::string& prefix) {
  if (!holds_any_) return {};
  auto held = windows_.scan(prefix, end_of_prefix(prefix), SIZE_MAX);
  if (!held) return held.error();
  for (const auto& [key, unused] : *held) {
    std::string chain_key = key;
    chain_key.front() = 'k';
    auto chain = load(std::move(chain_key));
    if (!chain) return chain.error();
    if (!*chain) return windows_corrupt("a chain that is held");
    windows_.erase(key);
    schedule(**chain);
  }
  return {};
}

}  // namespace tidemark::processors
