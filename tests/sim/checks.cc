#include "tests/sim/checks.h"

#include <algorithm>
#include <set>

#include "processors/judged_event.h"
#include "runtime/epoch_record.h"
#include "runtime/state/changelog.h"
#include "runtime/state/id_state_store.h"
#include "runtime/state/packed_changelog.h"
#include "runtime/state/position.h"
#include "schemas/usage_delta/codec.h"
#include "schemas/usage_total/codec.h"
#include "tests/unit/store/memory_storage.h"

namespace tidemark::sim_test {
namespace {

using processors::Verdict;
using runtime::sim::CommittedRecord;
using runtime::sim::SimCluster;

constexpr std::int32_t kPartitions = 4;

std::string text(const TotalKey& key) {
  const auto& [tenant, customer, meter, start, end] = key;
  return tenant + "/" + customer + "/" + meter + "/" + format_rfc3339(start);
}

std::string text(const TotalTruth& total) {
  return to_string(total.total) + " of " + std::to_string(total.event_count) + " events" +
         (total.is_final ? ", final" : "");
}

TotalKey key_of(const schemas::DecodedDelta& delta) {
  return {delta.tenant_id, delta.customer_id, delta.meter + delta.group, delta.period_start,
          delta.period_end};
}

std::vector<schemas::DecodedDelta> read_deltas(const SimCluster& cluster, std::int32_t partition,
                                               Complaints& complaints) {
  std::vector<schemas::DecodedDelta> deltas;
  for (const CommittedRecord& committed : cluster.committed_records("usage.deltas", partition)) {
    auto delta = schemas::decode_usage_delta(committed.record.value.value_or(""));
    if (delta) {
      deltas.push_back(*std::move(delta));
    } else {
      complaints.push_back("a delta cannot be read: " + delta.error().message);
    }
  }
  return deltas;
}

// Entries of the id changelog in order, each with the offset of its record.
std::vector<std::pair<Offset, runtime::IdEntry>> read_ids(const SimCluster& cluster, std::int32_t partition,
                                                          Complaints& complaints) {
  std::vector<std::pair<Offset, runtime::IdEntry>> all;
  std::vector<runtime::IdEntry> entries;
  for (const CommittedRecord& committed : cluster.committed_records("sim-event_ids-changelog", partition)) {
    if (!runtime::unpack(committed.record.value.value_or(""), entries))
      complaints.push_back("a packed record cannot be read");
    for (const runtime::IdEntry& entry : entries) all.emplace_back(committed.offset, entry);
  }
  return all;
}

// Partition, source, offset, element.
using Place = std::tuple<std::int32_t, std::uint8_t, std::int64_t, std::uint16_t>;
constexpr std::uint8_t kUsage = 0;  // the source that usage is found in

// All events whose first verdict was parked.
std::set<Place> parked_places(const SimCluster& cluster) {
  std::set<Place> parked;
  Complaints unheard;  // check_verdicts says it
  for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
    for (const auto& [at, entry] : read_ids(cluster, partition, unheard)) {
      if (entry.kind == runtime::IdEntry::Kind::remembered &&
          entry.verdict == static_cast<std::uint8_t>(Verdict::parked))
        parked.insert({partition, entry.source.value(), entry.offset.value(), entry.element});
    }
  }
  return parked;
}

RecordView view_of(const runtime::sim::SimRecord& record, std::vector<HeaderView>& headers) {
  headers.clear();
  for (const auto& [name, value] : record.headers) headers.push_back({name, value});
  RecordView view;
  if (record.key) view.key = *record.key;
  if (record.value) view.value = *record.value;
  view.has_key = record.key.has_value();
  view.has_value = record.value.has_value();
  view.headers = headers;
  return view;
}

}  // namespace

void check_totals(const SimCluster& cluster, const Truth& truth, Complaints& complaints) {
  std::map<TotalKey, TotalTruth> totals;
  std::map<TotalKey, TotalTruth> sums;
  for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
    for (const CommittedRecord& committed : cluster.committed_records("usage.totals", partition)) {
      auto total = schemas::decode_usage_total(committed.record.value.value_or(""));
      if (!total) {
        complaints.push_back("a total cannot be read: " + total.error().message);
        continue;
      }
      TotalTruth& last = totals[{total->tenant_id, total->customer_id, total->meter + total->group,
                                 total->period_start, total->period_end}];
      if (last.is_final && !total->final) complaints.push_back("a total is final no more");
      last = {total->total, total->event_count, total->final};
    }
    for (const auto& delta : read_deltas(cluster, partition, complaints)) {
      TotalTruth& sum = sums[key_of(delta)];
      sum.total = *Quantity::add(sum.total, delta.delta);
      sum.event_count += delta.event_count;
    }
  }
  for (const auto& [key, expected] : truth.totals) {
    const TotalTruth& total = totals[key];
    if (total.total != expected.total || total.event_count != expected.event_count ||
        total.is_final != expected.is_final) {
      complaints.push_back("total of " + text(key) + " is " + text(total) + ", expected " + text(expected));
    }
    const TotalTruth& sum = sums[key];
    if (sum.total != expected.total || sum.event_count != expected.event_count)
      complaints.push_back("deltas of " + text(key) + " add up to " + text(sum) + ", expected " +
                           text(expected));
  }
  for (const auto& [key, total] : totals) {
    if (!truth.totals.contains(key))
      complaints.push_back("a total nobody expected: " + text(key) + " = " + text(total));
  }
}

void check_kinds(const SimCluster& cluster, const Truth& truth, Complaints& complaints) {
  struct Counts {
    std::int64_t usage = 0;
    std::int64_t correction = 0;
    std::int64_t either = 0;
    std::int64_t either_taken_back = 0;
  };
  const auto parked = parked_places(cluster);
  std::map<TotalKey, Counts> expected;
  for (const CountedEvent& event : truth.counted) {
    Counts& counts = expected[event.key];
    const bool was_parked =
        parked.contains({event.partition.value(), kUsage, event.offset.value(), event.element});
    if (was_parked || event.is_either)
      (event.count > 0 ? counts.either : counts.either_taken_back) += std::abs(event.count);
    else
      (event.is_correction ? counts.correction : counts.usage) += event.count;
  }
  std::map<TotalKey, Counts> found;
  for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
    for (const auto& delta : read_deltas(cluster, partition, complaints)) {
      Counts& counts = found[key_of(delta)];
      (delta.kind == schemas::DeltaKind::usage ? counts.usage : counts.correction) += delta.event_count;
    }
  }
  for (const auto& [key, counts] : expected) {
    const Counts& told = found[key];
    const auto fits = [&](std::int64_t found_count, std::int64_t sure) {
      return found_count >= sure - counts.either_taken_back && found_count <= sure + counts.either;
    };
    if (fits(told.usage, counts.usage) && fits(told.correction, counts.correction)) continue;
    complaints.push_back("kinds of " + text(key) + ": " + std::to_string(told.usage) + " usage and " +
                         std::to_string(told.correction) + " corrections, expected " +
                         std::to_string(counts.usage) + " and " + std::to_string(counts.correction) + ", " +
                         std::to_string(counts.either) + " of either kind");
  }
}

void check_chains(const SimCluster& cluster, Complaints& complaints) {
  struct Link {
    std::int64_t seq = 0;
    Quantity total;
  };
  std::map<TotalKey, Link> chains;
  std::set<std::tuple<TotalKey, schemas::DeltaKind, std::int64_t>> per_epoch;
  for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
    for (const auto& delta : read_deltas(cluster, partition, complaints)) {
      const TotalKey key = key_of(delta);
      Link& link = chains[key];
      if (delta.seq != link.seq + 1) {
        complaints.push_back("chain of " + text(key) + ": seq " + std::to_string(delta.seq) + " after " +
                             std::to_string(link.seq));
      }
      if (delta.previous_total != link.total ||
          Quantity::add(delta.previous_total, delta.delta) != delta.total) {
        complaints.push_back("chain of " + text(key) + " breaks at seq " + std::to_string(delta.seq));
      }
      if (!per_epoch.insert({key, delta.kind, delta.epoch}).second) {
        complaints.push_back("two deltas of one kind in one epoch: " + text(key));
      }
      link = {delta.seq, delta.total};
    }
  }
}

void check_verdicts(const SimCluster& cluster, const UsageInput& input, const Truth& truth,
                    Complaints& complaints) {
  std::map<Place, Verdict> verdicts;  // the last word on each
  for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
    for (const auto& [at, entry] : read_ids(cluster, partition, complaints)) {
      // What is remembered of a moved event is said again; its move has a note of its own.
      const bool said_again = entry.kind == runtime::IdEntry::Kind::remembered && entry.moved;
      if (entry.kind == runtime::IdEntry::Kind::forgotten || said_again) continue;
      const Place place(partition, entry.source.value(), entry.offset.value(), entry.element);
      const auto verdict = static_cast<Verdict>(entry.verdict);
      const bool known = verdicts.contains(place);
      if (known && !entry.moved) {
        complaints.push_back("event " + std::to_string(entry.element) + " of offset " +
                             std::to_string(entry.offset.value()) + " of partition " +
                             std::to_string(partition) + " was judged twice");
      }
      verdicts[place] = verdict;
    }
  }
  std::map<std::string, std::uint64_t> counts;
  for (const auto& [place, verdict] : verdicts) ++counts[std::string(processors::name_of(verdict))];
  if (verdicts.size() != input.events.size()) {
    complaints.push_back(std::to_string(verdicts.size()) + " verdicts for " +
                         std::to_string(input.events.size()) + " events");
  }
  for (const auto& [name, expected] : truth.final_verdicts) {
    if (counts[name] != expected) {
      complaints.push_back("verdict " + name + ": " + std::to_string(counts[name]) + ", expected " +
                           std::to_string(expected));
    }
  }
}

void check_dead_letters(const SimCluster& cluster, Complaints& complaints) {
  std::set<std::string> places;
  for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
    for (const CommittedRecord& committed : cluster.committed_records("usage.dlq", partition)) {
      std::string place;
      for (const auto& [name, value] : committed.record.headers) {
        if (name == "__connect.errors.topic" || name == "__connect.errors.partition" ||
            name == "__connect.errors.offset" || name == "td-element")
          place += value + " ";
      }
      if (place.empty()) complaints.push_back("a dead letter without a place");
      if (!places.insert(place).second) complaints.push_back("two dead letters of " + place);
    }
  }
}

namespace {

void check_rows(const SimCluster& cluster, const std::string& changelog, std::int32_t partition,
                const std::string& name, const runtime::StorePosition& position,
                const runtime::sim::StorageRows& found, Complaints& complaints) {
  std::vector<HeaderView> headers;
  runtime::sim::StorageRows expected;
  for (const CommittedRecord& committed : cluster.committed_records(changelog, partition)) {
    if (committed.offset >= position.changelog_next) break;
    const auto row = runtime::decode_changelog_row(view_of(committed.record, headers));
    if (!row) {
      complaints.push_back("a changelog row cannot be read");
    } else if (row->erase) {
      expected.erase(std::string(row->key));
    } else {
      expected[std::string(row->key)] = row->value;
    }
  }
  if (found != expected) complaints.push_back("state of " + name + " is not the fold of its changelog");
}

// The dedup clock as of the last epoch.
ArrivalTime stream_time_at_end(const SimCluster& cluster, const std::string& epochs_topic,
                               std::int32_t partition, Complaints& complaints) {
  const auto records = cluster.committed_records(epochs_topic, partition);
  const auto last =
      runtime::decode_epoch_record(records.empty() ? "" : records.back().record.value.value_or(""));
  if (last) return last->stream_time;
  complaints.push_back("the last epoch cannot be read: " + last.error().message);
  return kArrivalMin;
}

// Asked as dedup asks, of a copy of the rows. `clock`: that of the last epoch. What has expired by then may
// be gone, for a restore that died may have come that far.
void check_ids(const SimCluster& cluster, std::int32_t partition, const std::string& name,
               const runtime::StorePosition& position, const runtime::sim::StorageRows& rows,
               std::chrono::milliseconds horizon, ArrivalTime clock, Complaints& complaints) {
  std::map<Hash128, std::vector<std::optional<RememberedId>>> allowed;  // as of the position, and later
  for (const auto& [at, entry] : read_ids(cluster, partition, complaints)) {
    if (entry.kind == runtime::IdEntry::Kind::note) continue;
    auto& states = allowed.try_emplace(entry.id, 1).first->second;
    if (at < position.changelog_next) states.clear();
    if (entry.kind == runtime::IdEntry::Kind::forgotten) {
      states.emplace_back();
    } else {
      states.push_back(RememberedId{entry.fingerprint, entry.offset, entry.inserted_at, entry.source,
                                    entry.verdict, entry.element});
    }
  }
  runtime::MemoryDisk disk;
  disk.rows.insert(rows.begin(), rows.end());
  const auto store = runtime::IdStateStore::open(std::make_unique<runtime::MemoryStorage>(disk),
                                                 {.horizon = horizon, .hot_ids_max = 1'000});
  if (!store) {
    complaints.push_back("ids of " + name + " cannot be read: " + store.error().message);
    return;
  }
  for (const auto& [id, states] : allowed) {
    std::optional<RememberedId> found;
    if (!(*store)->find({&id, 1}, position.stream_time, {&found, 1}))
      complaints.push_back("an id cannot be read");
    const bool fits = std::any_of(states.begin(), states.end(), [&](const auto& state) {
      if (!found) return !state || state->inserted_at + horizon < clock;
      return state && state->fingerprint == found->fingerprint && state->offset == found->offset &&
             state->inserted_at == found->inserted_at && state->verdict == found->verdict &&
             state->element == found->element;
    });
    if (!fits) complaints.push_back("an id in " + name + " is not what its changelog says");
  }
}

}  // namespace

void check_state(const SimCluster& cluster, const Machine& machine, const runtime::Topology& topology,
                 Complaints& complaints) {
  for (const auto& store : topology.sub_topologies.front().stores) {
    for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
      const std::string task = "metering_" + std::to_string(partition);
      const std::string name = task + "/" + store.name;
      runtime::sim::StorageRows rows = machine.rows(task, store.name);
      const auto position = rows.find(std::string(runtime::kPositionKey));
      if (position == rows.end()) continue;  // never got as far as its first epoch
      const auto decoded = runtime::decode_position(position->second);
      if (!decoded) {
        complaints.push_back("position of " + name + " cannot be read");
      } else if (decoded->changelog_next <
                 cluster.log(topology.changelog_topic(store.name), partition).compacted_to()) {
        continue;  // too old: what it holds cannot be told any more, and it would be rebuilt
      } else if (store.kind == runtime::StoreKind::generations) {
        const ArrivalTime clock =
            stream_time_at_end(cluster, topology.epochs_topic("metering"), partition, complaints);
        check_ids(cluster, partition, name, *decoded, rows, *store.horizon, clock, complaints);
      } else {
        rows.erase(position);
        check_rows(cluster, topology.changelog_topic(store.name), partition, name, *decoded, rows,
                   complaints);
      }
    }
  }
}

void check_metrics(const std::vector<std::unique_ptr<Machine>>& machines, Complaints& complaints) {
  for (const char* topic : {"usage.events", "sim-rekey"}) {
    for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
      const std::string place = "{topic=" + std::string(topic) + ",partition=" + std::to_string(partition);
      std::uint64_t consumed = 0;
      std::uint64_t verdicts = 0;
      for (const auto& machine : machines) {
        consumed += machine->metrics().value("tidemark_consumed_records_total" + place + "}");
        for (const std::string_view verdict : processors::kVerdictNames)
          verdicts += machine->metrics().value("tidemark_verdicts_total" + place +
                                               ",verdict=" + std::string(verdict) + "}");
      }
      if (consumed == verdicts) continue;
      complaints.push_back(std::string(topic) + ", partition " + std::to_string(partition) + ": " +
                           std::to_string(consumed) + " records consumed, " + std::to_string(verdicts) +
                           " verdicts, by the metrics");
    }
  }
}

}  // namespace tidemark::sim_test
