#pragma once
// Usage over time, from deltas: how much each total grew in each hour or day of a time zone. Pure.
// A delta counts where its last event lies. It says when its first event was, not how much came when: one
// whose events lie in several buckets is counted as spanning, and its amount apart.
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "billing/period.h"
#include "cli/output.h"
#include "schemas/usage_delta/chain.h"

namespace tidemark::cli {

// The grid of hours or days of a zone. Hours are elapsed time, days are local, as billing counts both.
// Error: "usage" for an unknown zone.
Result<billing::PeriodGrid> bucket_grid(schemas::IntervalUnit unit, const std::string& time_zone);

struct HistorySums {
  Quantity usage;
  Quantity corrections;  // told after the period was closed
  std::int64_t events = 0;
  std::int64_t correction_events = 0;
  std::int64_t spanning_deltas = 0;  // that began in an earlier bucket
  Quantity spanning_amount;          // theirs, within usage and corrections
};

struct HistoryOptions {
  schemas::IntervalUnit unit = schemas::IntervalUnit::day;
  std::optional<EventTime> since;  // of the last event
  std::optional<EventTime> until;  // excluded
};

// The zone of a delta's customer at the time of its last event.
using ZoneOf = std::function<std::string(const schemas::DecodedDelta& delta)>;

class UsageHistory {
 public:
  UsageHistory(HistoryOptions options, ZoneOf zone_of) : options_(options), zone_of_(std::move(zone_of)) {}
  // In offset order per key. Repeats are dropped; what follows a break of a chain is not counted. Errors:
  // those of bucket_grid(); "value_overflow" where a bucket's sum leaves the range.
  Status take(std::string_view key, const schemas::DecodedDelta& delta, Offset offset);
  Table table() const;
  std::int64_t begun_before() const { return begun_before_; }  // keys whose first deltas are gone
  std::int64_t uncounted() const { return uncounted_; }        // deltas behind a break

 private:
  // tenant, customer, meter, group, zone, start, end
  using Bucket =
      std::tuple<std::string, std::string, std::string, std::string, std::string, EventTime, EventTime>;
  Result<const billing::PeriodGrid*> grid_of(const std::string& time_zone);
  Status add(HistorySums& sums, const schemas::DecodedDelta& delta, bool spans);

  const HistoryOptions options_;
  const ZoneOf zone_of_;
  schemas::DeltaChain chain_{schemas::ChainStart::anywhere};
  std::map<std::string, billing::PeriodGrid> grids_;  // by zone
  std::map<Bucket, HistorySums> sums_;
  std::int64_t begun_before_ = 0;
  std::int64_t uncounted_ = 0;
};

}  // namespace tidemark::cli
