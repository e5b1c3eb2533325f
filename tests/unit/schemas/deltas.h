#pragma once
// Deltas as a reader of the totals topic has them.
#include "schemas/usage_delta/chain.h"

namespace tidemark::schemas {

// One of a single total: `change` on `previous`, with the id that belongs to its seq.
inline DecodedDelta delta_of(std::int64_t seq, std::int64_t previous, std::int64_t change,
                             DeltaKind kind = DeltaKind::usage) {
  DecodedDelta out;
  out.tenant_id = "acme";
  out.customer_id = "cus_1";
  out.meter = "tokens";
  out.seq = seq;
  out.kind = kind;
  out.previous_total = Quantity::from_integer(previous);
  out.delta = Quantity::from_integer(change);
  out.total = Quantity::from_integer(previous + change);
  out.delta_id = delta_id({.tenant_id = out.tenant_id,
                           .customer_id = out.customer_id,
                           .meter = out.meter,
                           .period_start = out.period_start,
                           .period_end = out.period_end,
                           .group = out.group},
                          seq);
  return out;
}

}  // namespace tidemark::schemas
