#include "cli/usage/usage_history_read.h"

#include "cli/delta_faults.h"
#include "cli/kafka_access.h"
#include "cli/text.h"
#include "cli/usage/usage_history.h"
#include "schemas/customer_profile/codec.h"

namespace tidemark::cli {
namespace {

constexpr std::int64_t kSkippedShown = 100;

using CustomerName = std::pair<std::string, std::string>;  // tenant, customer

// The zones of customers, by the version that is dated at or before a time, else the first.
class Zones {
 public:
  void take(const RecordView& record) {
    const auto key = schemas::decode_customer_key(record.key);
    if (!key) return;  // the task refused it, too
    const CustomerName name{key->tenant_id, key->customer_id};
    if (!record.has_value) {
      versions_.erase(name);
    } else if (auto profile = schemas::decode_profile(record.value, key->tenant_id)) {
      versions_.insert_or_assign(name, std::move(profile->versions));
    }
  }
  std::string zone_of(const schemas::DecodedDelta& delta) const {
    const auto found = versions_.find({delta.tenant_id, delta.customer_id});
    if (found == versions_.end()) return "UTC";
    const auto& versions = found->second;
    std::size_t at = versions.size() - 1;
    while (at > 0 && versions[at].effective_from > delta.last_event_time) --at;
    return versions[at].time_zone;
  }

 private:
  std::map<CustomerName, std::vector<schemas::ProfileVersion>> versions_;
};

Status read_time(const char* flag, const std::string& text, std::optional<EventTime>& time) {
  if (text.empty()) return {};
  time = parse_rfc3339(text);
  if (time) return {};
  return Error{Disposition::fatal, "usage", std::string(flag) + " is an RFC 3339 time with an offset"};
}

Result<HistoryOptions> options_of(const HistoryRequest& request) {
  HistoryOptions options;
  options.unit = request.step == "hour" ? schemas::IntervalUnit::hour : schemas::IntervalUnit::day;
  TM_TRY(read_time("--since", request.since, options.since));
  TM_TRY(read_time("--until", request.until, options.until));
  return options;
}

Status read_zones(const Globals& globals, const runtime::Topology& topology, Zones& zones) {
  const auto topic = topic_of_codec(topology, "customer_profile");
  if (!topic) return topic.error();
  auto reader = TopicsReader::open(globals, topology, {*topic});
  if (!reader) return reader.error();
  return reader->read([&](std::size_t, const RecordView& record) { zones.take(record); });
}

bool is_wanted(const schemas::DecodedDelta& delta, const HistoryRequest& request) {
  return (request.tenant.empty() || delta.tenant_id == request.tenant) &&
         (request.customer.empty() || delta.customer_id == request.customer) &&
         (request.meter.empty() || delta.meter == request.meter);
}

// What the engine did not write is left out, and noted: the deltas of everything else still count.
Status read_deltas(const Globals& globals, const runtime::Topology& topology, const HistoryRequest& request,
                   UsageHistory& history, DeltaFaults& faults) {
  const auto topic = topic_named(topology, "deltas");
  if (!topic) return topic.error();
  auto reader = TopicsReader::open(globals, topology, {*topic});
  if (!reader) return reader.error();
  Status taken;
  TM_TRY(reader->read([&](std::size_t, const RecordView& record) {
    if (!taken) return;
    const DeltaPlace place{record.partition, record.offset, record.arrival};
    const auto delta = schemas::decode_usage_delta(record.value);
    if (!delta) {
      const auto named = named_total(record.key, record.value);
      if (!named || is_wanted(*named, request)) faults.take_unreadable(named, place, delta.error().message);
    } else if (is_wanted(*delta, request) && faults.take(record.key, *delta, place)) {
      taken = history.take(record.key, *delta, record.offset);
    }
  }));
  return taken;
}

// How many were left out that no rebase has mended; the first of them by name.
std::int64_t say_skipped(const Globals& globals, const DeltaFaults& faults) {
  std::int64_t skipped = 0, mended = 0;
  for (const DeltaFault& fault : faults.all()) {
    if (faults.is_mended(fault)) {
      ++mended;
    } else if (++skipped <= kSkippedShown) {
      say(globals, "skipped: " + fault.code + " in partition " +
                       std::to_string(fault.place.partition.value()) + ", " + table_text(fault.detail) +
                       (fault.key.empty() ? ", names no total" : ", of " + table_text(fault.key)));
    }
  }
  if (skipped > 0) {
    say(globals, group_digits(skipped) +
                     " faults of records among the deltas: not counted, Tidemark did not write them. "
                     "See `tidemark audit` and docs/errors.md");
  }
  if (mended > 0) {
    say(globals, group_digits(mended) +
                     " faults among the deltas lie before a rebase of their total: mended, and not counted");
  }
  return skipped;
}

void say_limits(const Globals& globals, const UsageHistory& history) {
  if (history.begun_before() > 0) {
    say(globals, std::to_string(history.begun_before()) +
                     " totals began before what the deltas topic still holds: their first growth is missing");
  }
  if (history.uncounted() > 0) {
    say(globals, std::to_string(history.uncounted()) +
                     " deltas stand behind a break of their chain and are not counted: see `tidemark audit`");
  }
}

}  // namespace

Result<int> show_history(const Globals& globals, const runtime::Topology& topology,
                         const HistoryRequest& request) {
  const auto options = options_of(request);
  if (!options) return options.error();
  Zones zones;
  if (request.time_zone.empty()) TM_TRY(read_zones(globals, topology, zones));
  UsageHistory history(*options, [&](const schemas::DecodedDelta& delta) {
    return request.time_zone.empty() ? zones.zone_of(delta) : request.time_zone;
  });
  DeltaFaults faults(topology.partitions);
  TM_TRY(read_deltas(globals, topology, request, history, faults));
  const Table table = history.table();
  print(table, globals.output);
  say_limits(globals, history);
  if (table.size() == 0) say(globals, "no deltas in that time");
  return say_skipped(globals, faults) > 0 ? kFindings : kOk;
}

}  // namespace tidemark::cli
