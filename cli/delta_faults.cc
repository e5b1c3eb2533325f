#include "cli/delta_faults.h"

#include "schemas/usage_total/key_fields.h"
#include "tidemark/partitioner.h"

namespace tidemark::cli {
namespace {

std::string text_of(const schemas::UsageKey& key) {
  std::string text;
  schemas::append_usage_key(text, key);
  return text;
}

std::optional<schemas::DecodedDelta> named_in(std::string_view json) {
  const auto document = schemas::JsonDocument::parse(json, "delta_invalid");
  if (!document) return std::nullopt;
  schemas::DecodedDelta named;
  if (!schemas::read_key_fields(document->root(), named)) return std::nullopt;
  return named;
}

std::string where(const DeltaPlace& place) {
  return "offset " + std::to_string(place.offset.value());
}

}  // namespace

schemas::UsageKey key_of(const schemas::DecodedDelta& delta) {
  return {.tenant_id = delta.tenant_id,
          .customer_id = delta.customer_id,
          .meter = delta.meter,
          .period_start = delta.period_start,
          .period_end = delta.period_end,
          .group = delta.group};
}

std::optional<schemas::DecodedDelta> named_total(std::string_view key, std::string_view value) {
  auto named = named_in(key);
  return named ? named : named_in(value);
}

bool DeltaFaults::take(std::string_view key, const schemas::DecodedDelta& delta, const DeltaPlace& place) {
  const std::size_t before = faults_.size();
  const std::string own_key = text_of(key_of(delta));
  if (own_key != key) {
    const auto named = named_in(key);
    add("delta_key", named ? text_of(key_of(*named)) : own_key, delta, place,
        named ? "its value names " + own_key : "its key is none");
  }
  if (delta.delta_id != schemas::delta_id(key_of(delta), delta.seq))
    add("delta_id", own_key, delta, place, delta.delta_id);
  if (home_partition(delta.customer_id, partition_count_) != place.partition)
    add("delta_home", own_key, delta, place, "not the partition of its customer");
  if (delta.kind != schemas::DeltaKind::rebase || faults_.size() != before) return faults_.size() == before;
  const auto last = rebases_.find(key);
  if (last != rebases_.end() && delta.seq <= last->second.seq) {  // somebody's copy asks for nothing
    take_repeat(delta, place);
    return false;
  }
  rebases_.insert_or_assign(own_key, Rebase{place, delta.seq});
  return true;
}

void DeltaFaults::take_unreadable(const std::optional<schemas::DecodedDelta>& named, const DeltaPlace& place,
                                  const std::string& message) {
  faults_.push_back(
      {"unreadable", named ? text_of(key_of(*named)) : "", place, where(place) + ": " + message});
}

void DeltaFaults::take_repeat(const schemas::DecodedDelta& delta, const DeltaPlace& place) {
  add("delta_repeated", text_of(key_of(delta)), delta, place, "it stands there twice");
}

void DeltaFaults::add(std::string_view code, std::string_view key, const schemas::DecodedDelta& delta,
                      const DeltaPlace& place, const std::string& what) {
  faults_.push_back({std::string(code), std::string(key), place,
                     "seq " + std::to_string(delta.seq) + " at " + where(place) + ": " + what});
}

bool DeltaFaults::is_mended(const DeltaFault& fault) const {
  const auto rebase = rebases_.find(fault.key);
  if (rebase == rebases_.end()) return false;
  const DeltaPlace& place = rebase->second.place;
  if (fault.place.partition != place.partition) return fault.place.arrival < place.arrival;
  return fault.place.offset < place.offset;
}

}  // namespace tidemark::cli
