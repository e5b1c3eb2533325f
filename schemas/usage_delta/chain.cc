#include "schemas/usage_delta/chain.h"

namespace tidemark::schemas {
namespace {

std::string id_of(const DecodedDelta& delta) {
  return delta_id({.tenant_id = delta.tenant_id,
                   .customer_id = delta.customer_id,
                   .meter = delta.meter,
                   .period_start = delta.period_start,
                   .period_end = delta.period_end,
                   .group = delta.group},
                  delta.seq);
}

bool is_repeat(const ChainHead& head, const DecodedDelta& delta) {
  if (delta.seq > head.seq || delta.delta_id != id_of(delta)) return false;
  return delta.seq < head.seq || (delta.previous_total == head.previous_total && delta.total == head.total);
}

void take(ChainHead& head, const DecodedDelta& delta) {
  head.seq = delta.seq;
  head.previous_total = delta.previous_total;
  head.total = delta.total;
  head.broken = ChainBreak::none;
}

}  // namespace

ChainStep DeltaChain::accept(std::string_view key, const DecodedDelta& delta, Offset offset) {
  ChainHead& head = heads_[std::string(key)];
  if (offset <= head.offset) return ChainStep::repeat;
  head.offset = offset;
  if (delta.kind == DeltaKind::rebase) {
    take(head, delta);
    return ChainStep::rebased;
  }
  if (head.broken != ChainBreak::none) return ChainStep::waiting;
  if (is_repeat(head, delta)) return ChainStep::repeat;
  head.broken = check(head, delta);
  if (head.broken != ChainBreak::none) return ChainStep::stopped;
  take(head, delta);
  return ChainStep::taken;
}

ChainBreak DeltaChain::check(const ChainHead& head, const DecodedDelta& delta) const {
  if (head.seq == 0 && start_ == ChainStart::anywhere) return ChainBreak::none;
  if (delta.seq <= head.seq) return ChainBreak::fork;
  if (delta.seq != head.seq + 1) return ChainBreak::gap;
  return delta.previous_total == head.total ? ChainBreak::none : ChainBreak::mismatch;
}

const ChainHead* DeltaChain::head(std::string_view key) const {
  const auto found = heads_.find(std::string(key));
  return found == heads_.end() ? nullptr : &found->second;
}

std::string_view name_of(ChainBreak reason) {
  constexpr std::string_view kNames[] = {"none", "gap", "fork", "mismatch"};
  return kNames[static_cast<std::size_t>(reason)];
}

}  // namespace tidemark::schemas
