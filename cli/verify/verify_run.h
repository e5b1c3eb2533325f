#pragma once
// Feeds records to a topology in memory, line by line, and gathers what became of them.
// Borrows the topology. Threading: one thread.
#include <memory>
#include <string>
#include <string_view>

#include "cli/verify/verify_report.h"
#include "runtime/driver/topology_driver.h"
#include "tidemark/result.h"

namespace tidemark::cli {

class VerifyRun {
 public:
  struct Settings {
    // Of records that do not say it; nullopt: at their event time, or with the record before them.
    std::optional<ArrivalTime> arrival;
    bool keep_deltas = false;
  };

  // Error: "config_invalid", the topology has no source for usage events or profiles.
  static Result<std::unique_ptr<VerifyRun>> start(const runtime::Topology& topology, Settings settings);

  // A line of a file of profiles. REQUIRES: before any event().
  Status profile(std::int64_t line, std::string_view text);
  // A line of the input. Error: "config_unreadable", it is an envelope that cannot be.
  Status event(std::int64_t line, std::string_view text);
  // Runs until nothing is left to do; then, if there is a `clock`, once more with the watermark there.
  Result<Verified> finish(std::optional<EventTime> clock = std::nullopt);

 private:
  VerifyRun(const runtime::Topology& topology, Settings settings);
  Status find_sources();
  Result<std::size_t> source_of(const std::string& topic) const;
  ArrivalTime arrival_of(std::optional<ArrivalTime> said, std::optional<ArrivalTime> event_time);
  Status end_epoch();
  void collect();
  void collect_notice(ToldNotice notice);
  void collect_dead_letter(const SentRecord& letter);

  const runtime::Topology& topology_;
  const runtime::SubTopologySettings& sub_topology_;
  const std::string default_tenant_;
  const Settings settings_;
  std::unique_ptr<runtime::TopologyDriver> driver_;
  std::size_t events_ = 0;          // source of the usage events
  std::size_t customers_ = 0;       // source of the profiles
  std::vector<OffsetLines> lines_;  // by source
  OffsetLines profile_lines_;       // of the file of profiles
  Offset profiles_end_;             // of the source of profiles: where that file ends
  ArrivalTime last_arrival_{};
  std::size_t records_in_epoch_ = 0;
  Verified verified_;
};

}  // namespace tidemark::cli
