#include "cli/audit/totals_audit.h"

namespace tidemark::cli {
namespace {

using schemas::ChainBreak;
using schemas::ChainStep;

// A rebase goes on from another place than the chain before it: what stood there was none of the engine's.
bool mends(const schemas::ChainHead* head, const schemas::DecodedDelta& rebase) {
  return head != nullptr && (head->broken != ChainBreak::none || rebase.seq != head->seq + 1 ||
                             rebase.previous_total != head->total);
}

Quantity minus(Quantity from, Quantity amount) {
  return Quantity::subtract(from, amount).value_or(Quantity());  // each step of a row was once a total
}

}  // namespace

TotalsAudit::Told TotalsAudit::told(const processors::WindowRow& row) {
  Told told{.total = row.total,
            .events = row.event_count(),
            .voided = row.voided,
            .seq = row.seq,
            .revision = row.revision,
            .final = row.final_emitted};
  for (std::size_t kind = row.pending.size(); kind-- > 0;) {
    for (std::size_t i = row.pending[kind].size(); i-- > 0;) {
      told.total = minus(told.total, row.pending[kind][i].amount);
      told.events -= row.pending[kind][i].event_count;
      told.voided.reset();
    }
  }
  return told;
}

// A fault counts whatever epoch the delta claims, and a rebase mends whichever it is of.
void TotalsAudit::take_delta(std::string_view name, const schemas::DecodedDelta& delta,
                             const DeltaPlace& place) {
  faults_.take(name, delta, place);
  Key& key = keys_[std::string(name)];
  if (!key.has_own_delta) {
    std::string own_key;
    schemas::append_usage_key(own_key, key_of(delta));
    key.has_own_delta = own_key == name;
  }
  if (delta.epoch > cut_.value()) {
    key.in_motion = true;
    return;
  }
  ++checked_.deltas;
  const auto where = [&] {
    return "seq " + std::to_string(delta.seq) + " at offset " + std::to_string(place.offset.value());
  };
  if (delta.kind == schemas::DeltaKind::rebase && mends(chain_.head(name), delta)) key.broken_at = where();
  const ChainStep step = chain_.accept(name, delta, place.offset);
  if (step == ChainStep::stopped) key.broken_at = where();  // told at the end, unless a rebase mends it
  if (step == ChainStep::repeat) faults_.take_repeat(delta, place);  // each is produced once
  if (step != ChainStep::taken && step != ChainStep::rebased) return;
  key.rebased = key.rebased || step == ChainStep::rebased;
  if (key.first_seq == 0) key.first_seq = delta.seq;
  key.events += delta.event_count;
}

void TotalsAudit::take_total(std::string_view name, const schemas::DecodedTotal& total) {
  keys_[std::string(name)].total = total;
}

void TotalsAudit::drop_total(std::string_view name) {
  keys_[std::string(name)].total.reset();
}

void TotalsAudit::take_row(std::string_view name, const processors::WindowRow& row, EpochNumber epoch) {
  Key& key = keys_[std::string(name)];
  if (epoch > cut_) {
    key.in_motion = true;
  } else {
    key.row = told(row);
  }
}

void TotalsAudit::drop_row(std::string_view name, EpochNumber epoch) {
  Key& key = keys_[std::string(name)];
  if (epoch > cut_) {
    key.in_motion = true;
  } else {
    key.row.reset();
  }
}

void TotalsAudit::differ(std::string_view code, const std::string& name, std::string_view one,
                         const std::string& has, std::string_view other, const std::string& wanted) {
  findings_.add(code, partition_, name,
                std::string(one) + " " + has + ", " + std::string(other) + " " + wanted);
}

TotalsChecked TotalsAudit::finish(Periods& periods) {
  for (const auto& [name, key] : keys_) {
    if (key.in_motion) {
      ++checked_.in_motion;
    } else {
      check(name, key);
    }
    if (!key.total) continue;
    const schemas::DecodedTotal& total = *key.total;
    PeriodSums& sums = periods[{total.meter, total.period_start, total.period_end}];
    sums.totals += 1;
    sums.final += total.final ? 1 : 0;
    sums.events += total.event_count;
    sums.voided += total.voided;
  }
  return checked_;
}

void TotalsAudit::check(const std::string& name, const Key& key) {
  if (!key.total && !key.row && !key.has_own_delta) return;  // no total: a fault's key, told as such
  const schemas::ChainHead* head = chain_.head(name);
  const bool told = key.row && key.row->revision > 0;
  if (!key.total && (told || head != nullptr))
    findings_.add("total_missing", partition_, name, "it was told, but is not in the topic of totals");
  if (key.total && !key.row) {
    ++checked_.purged;
    if (!key.total->final)
      findings_.add("row_missing", partition_, name,
                    "a total that is not final, without its row in the state");
  }
  if (key.total && told) {
    ++checked_.totals;
    check_total(name, key);
  }
  if (head != nullptr) return check_chain(name, key, *head);
  if (!key.row || key.row->seq == 0) return;
  if (deltas_whole_) {
    differ("delta_missing", name, "row at seq", std::to_string(key.row->seq), "deltas at", "none");
  } else {
    ++checked_.without_deltas;
  }
}

void TotalsAudit::check_chain(const std::string& name, const Key& key, const schemas::ChainHead& head) {
  if (head.broken != ChainBreak::none) {
    findings_.add("delta_chain", partition_, name,
                  std::string(schemas::name_of(head.broken)) + " after seq " + std::to_string(head.seq) +
                      ": " + key.broken_at);
    return;
  }
  const bool was_broken = !key.broken_at.empty();
  const bool lacks_first = key.first_seq > 1 && deltas_whole_;
  if (was_broken || (lacks_first && key.rebased)) ++checked_.repaired_chains;
  if (lacks_first && !was_broken && !key.rebased)
    differ("delta_missing", name, "chain begins at seq", std::to_string(key.first_seq), "not at", "1");
  if (key.row && key.row->seq != head.seq)
    differ("seq_differs", name, "deltas end at seq", std::to_string(head.seq), "row at",
           std::to_string(key.row->seq));
  if (!key.total) return;
  if (key.total->total != head.total)
    differ("total_differs", name, "last delta", to_string(head.total), "total", to_string(key.total->total));
  if (key.first_seq > 1) ++checked_.begun_before;
  if (key.first_seq > 1 || was_broken) return;
  if (key.events != key.total->event_count)
    differ("event_count_differs", name, "sum over deltas", std::to_string(key.events), "total",
           std::to_string(key.total->event_count));
}

void TotalsAudit::check_total(const std::string& name, const Key& key) {
  const Told& row = *key.row;
  const schemas::DecodedTotal& total = *key.total;
  if (total.total != row.total)
    differ("total_differs", name, "total", to_string(total.total), "row", to_string(row.total));
  if (total.event_count != row.events)
    differ("event_count_differs", name, "total", std::to_string(total.event_count), "counted less voided",
           std::to_string(row.events));
  if (row.voided && total.voided != *row.voided)
    differ("voided_differs", name, "total", std::to_string(total.voided), "row", std::to_string(*row.voided));
  if (total.revision != row.revision)
    differ("revision_differs", name, "total", std::to_string(total.revision), "row",
           std::to_string(row.revision));
  if (total.final != row.final)
    differ("final_differs", name, "total", total.final ? "final" : "open", "row",
           row.final ? "final" : "open");
}

}  // namespace tidemark::cli
