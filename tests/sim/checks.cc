#include "tests/sim/checks.h"

#include <set>

#include "processors/judged_event.h"
#include "runtime/state/changelog.h"
#include "runtime/state/packed_changelog.h"
#include "runtime/state/position.h"
#include "schemas/usage_delta/codec.h"
#include "schemas/usage_total/codec.h"

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
  std::map<TotalKey, Quantity> totals;
  std::map<TotalKey, Quantity> sums;
  for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
    for (const CommittedRecord& committed : cluster.committed_records("usage.totals", partition)) {
      auto total = schemas::decode_usage_total(committed.record.value.value_or(""));
      if (!total) {
        complaints.push_back("a total cannot be read: " + total.error().message);
        continue;
      }
      totals[{total->tenant_id, total->customer_id, total->meter, total->period_start, total->period_end}] =
          total->total;
    }
    for (const auto& delta : read_deltas(cluster, partition, complaints)) {
      Quantity& sum =
          sums[{delta.tenant_id, delta.customer_id, delta.meter, delta.period_start, delta.period_end}];
      sum = *Quantity::add(sum, delta.delta);
    }
  }
  for (const auto& [key, expected] : truth.totals) {
    const auto total = totals.find(key);
    if (total == totals.end()) {
      complaints.push_back("no total for " + text(key) + ", expected " + to_string(expected));
    } else if (total->second != expected) {
      complaints.push_back("total of " + text(key) + " is " + to_string(total->second) + ", expected " +
                           to_string(expected));
    }
    const auto sum = sums.find(key);
    if (sum == sums.end() || sum->second != expected) {
      complaints.push_back("deltas of " + text(key) + " add up to " +
                           (sum == sums.end() ? "nothing" : to_string(sum->second)) + ", expected " +
                           to_string(expected));
    }
  }
  for (const auto& [key, total] : totals) {
    if (!truth.totals.contains(key))
      complaints.push_back("a total nobody expected: " + text(key) + " = " + to_string(total));
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
      const TotalKey key{delta.tenant_id, delta.customer_id, delta.meter, delta.period_start,
                         delta.period_end};
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
  std::map<std::pair<std::int32_t, std::int64_t>, Verdict> verdicts;  // the last word on each offset
  std::vector<runtime::IdEntry> entries;
  for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
    for (const CommittedRecord& committed : cluster.committed_records("sim-event_ids-changelog", partition)) {
      if (!runtime::unpack(committed.record.value.value_or(""), entries)) {
        complaints.push_back("a packed record cannot be read");
        continue;
      }
      for (const runtime::IdEntry& entry : entries) {
        if (entry.kind == runtime::IdEntry::Kind::forgotten) continue;
        const std::pair offset(partition, entry.offset.value());
        const auto verdict = static_cast<Verdict>(entry.verdict);
        const bool known = verdicts.contains(offset);
        // A remembered id is said again when its parked event moves; anything else said twice was judged
        // twice.
        if (known && !entry.moved && verdicts[offset] != Verdict::parked) {
          complaints.push_back("offset " + std::to_string(offset.second) + " of partition " +
                               std::to_string(partition) + " was judged twice");
        }
        verdicts[offset] = verdict;
      }
    }
  }
  std::map<std::string, std::uint64_t> counts;
  for (const auto& [offset, verdict] : verdicts) ++counts[std::string(processors::name_of(verdict))];
  if (verdicts.size() != input.events.size()) {
    complaints.push_back(std::to_string(verdicts.size()) + " verdicts for " +
                         std::to_string(input.events.size()) + " records");
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
            name == "__connect.errors.offset")
          place += value + " ";
      }
      if (place.empty()) complaints.push_back("a dead letter without a place");
      if (!places.insert(place).second) complaints.push_back("two dead letters of " + place);
    }
  }
}

void check_state(const SimCluster& cluster, const runtime::sim::SimDisk& disk,
                 const runtime::Topology& topology, Complaints& complaints) {
  std::vector<HeaderView> headers;
  for (const auto& store : topology.sub_topologies.front().stores) {
    if (store.kind != runtime::StoreKind::keyed) continue;
    for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
      const std::string task = "metering_" + std::to_string(partition);
      if (!disk.exists(task, store.name)) continue;
      runtime::sim::StorageRows found = disk.rows(task, store.name);
      const auto position = found.find(std::string(runtime::kPositionKey));
      if (position == found.end()) continue;  // never got as far as its first epoch
      const auto decoded = runtime::decode_position(position->second);
      if (!decoded) {
        complaints.push_back("position of " + task + "/" + store.name + " cannot be read");
        continue;
      }
      found.erase(position);
      runtime::sim::StorageRows expected;
      for (const CommittedRecord& committed :
           cluster.committed_records(topology.changelog_topic(store.name), partition)) {
        if (committed.offset >= decoded->changelog_next) break;
        const auto row = runtime::decode_changelog_row(view_of(committed.record, headers));
        if (!row) {
          complaints.push_back("a changelog row cannot be read");
        } else if (row->erase) {
          expected.erase(std::string(row->key));
        } else {
          expected[std::string(row->key)] = row->value;
        }
      }
      if (found != expected)
        complaints.push_back("state of " + task + "/" + store.name + " is not the fold of its changelog");
    }
  }
}

}  // namespace tidemark::sim_test
