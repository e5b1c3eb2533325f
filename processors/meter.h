#pragma once
// meter: counts events into windows. Parks what has no customer yet and releases it when the profile comes
// (meter_release.cc), takes events back (meter_voids.cc), opens, closes and purges windows by the clocks, and
// moves the watermark.
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "processors/bookings.h"
#include "processors/carry_over.h"
#include "processors/judged_event.h"
#include "processors/meter_catalog.h"
#include "processors/meter_history.h"
#include "processors/parked_event.h"
#include "processors/usage_state.h"
#include "tidemark/processor.h"

namespace tidemark::processors {

// How the watermark goes on where there is no traffic.
struct MeterIdle {
  std::chrono::milliseconds after{};
  std::vector<std::string> sources;                          // of usage; all stamped by the broker
  std::optional<std::string> rekeyed_source = std::nullopt;  // one of them: traffic there breaks no silence
};

struct MeterConfig {
  std::chrono::milliseconds disorder = std::chrono::minutes(5);
  std::chrono::milliseconds grace = std::chrono::hours(48);
  std::chrono::milliseconds parked_span = std::chrono::hours(35 * 24);  // of voids that wait, too
  std::chrono::milliseconds max_future = std::chrono::minutes(5);       // as decode has it
  // How long a period is kept after its end; nullopt: for ever.
  std::optional<std::chrono::milliseconds> keep_after_end = std::chrono::hours((35 + 3) * 24);
  std::optional<MeterIdle> idle;
  schemas::DecodeOptions format;  // parked bytes are decoded again at their release
};

class Meter final : public Processor {
 public:
  Meter(MeterConfig config, MeterCatalog catalog);
  Status open(Context& context) override;
  Status process(Batch batch, Context& context) override;
  Result<Backlog> drain(Context& context) override;
  std::optional<IdleRule> idle_rule() const override { return idle_rule_; }
  Status idle(ArrivalTime broker_time, Context& context) override;
  Status end_epoch(Context& context) override;
  void reset() override { releasing_.clear(); }

 private:
  Status load_newest_rekeyed();
  void save_newest_rekeyed();
  Status begin_generation(Context& context);
  Status process_events(std::span<JudgedEvent> events, Context& context);
  Status find_customers(std::span<const JudgedEvent> events);
  TakenOrder next_order(EpochNumber epoch);
  Status judge(JudgedEvent& event, CustomerState& customer, const Moment& moment, Context& context);
  Status count(JudgedEvent& event, CustomerState& customer, const Moment& moment, Context& context);
  Status process_table(const RecordView& record, Context& context);
  Status process_command(const RecordView& record, Context& context);
  Status refuse(const RecordView& record, schemas::ErrorCode code, const std::string& message,
                Context& context);
  Status close_windows(Context& context, bool& more);
  Status purge_windows(Context& context, bool& more);
  void report(Context& context);

  // meter_voids.cc
  Status judge_void(JudgedEvent& event, CustomerState& customer, const Moment& moment, Context& context);
  Status take_back(JudgedEvent& event, CustomerState& customer, const Moment& moment);
  Status await_original(JudgedEvent& event, const Moment& moment);
  Status settle_waiting(JudgedEvent& original, CustomerState& customer, const Moment& moment,
                        Context& context);
  Status settle_row(std::string_view key, std::string_view value, JudgedEvent& original,
                    CustomerState& customer, const Moment& moment, Context& context);
  // Why a void fails whose original came.
  static constexpr std::string_view kOtherContent =
      "the event that it names came with other content, or as a void";
  Status settle(JudgedEvent& waiting, JudgedEvent& original, CustomerState& customer, const Moment& moment,
                Context& context);

  // meter_release.cc
  void park(std::string_view prefix, const JudgedEvent& event, const Moment& moment);
  Status begin_release(std::string_view tenant, std::string_view customer);
  Status load_releases();
  Result<bool> release_slice(Context& context);
  Status release(std::string_view key, std::string_view value, Context& context);
  Status find_remembered(JudgedEvent& event, std::optional<RememberedId>& target) const;
  Status expire_parked(Context& context, bool& more);
  Status expire(std::string_view parked_key, Context& context);
  Status reject_expired_void(JudgedEvent& event, const Hash128& original, ArrivalTime until) const;
  Status find_earliest_parked();
  bool is_expired(const ParkedEvent& parked, ArrivalTime stream_time) const {
    return parked.parked_at + config_.parked_span < stream_time;
  }
  void decode_again(schemas::UsageEventDecoder& decoder, const ParkedEvent& parked, JudgedEvent& event) const;
  void count_move(Verdict from, Verdict to, Context& context);
  // What was parked or waited has a new verdict, counted by name; a dead letter's id is forgotten with it.
  Status move(std::string_view parked_key, const ParkedEvent& parked, JudgedEvent& event, Verdict from,
              Context& context);

  const MeterConfig config_;
  MeterCatalog catalog_;
  MeterHistory history_;
  schemas::UsageEventDecoder decoder_;
  schemas::UsageEventDecoder waiting_decoder_;  // of voids that wait, while their original is at hand
  KeyedStore* windows_ = nullptr;
  KeyedStore* parked_ = nullptr;
  IdStore* ids_ = nullptr;
  UsageState* state_ = nullptr;
  std::optional<CarryOver> carry_over_;
  std::optional<Bookings> bookings_;
  SourceIndex customers_source_;
  std::optional<IdleRule> idle_rule_;
  TakenOrder last_order_;
  std::vector<CustomerName> names_;        // scratch
  std::vector<CustomerState*> customers_;  // scratch
  std::deque<std::string> releasing_;      // prefixes of parked rows whose customer is known now
  std::optional<ArrivalTime> earliest_parked_;
  std::optional<EventTime> purged_until_;  // the floor of the last purge
  // The latest arrival of what was brought home, which the dedup clock may not have reached; as stored, too.
  ArrivalTime newest_rekeyed_ = kArrivalMin;
  ArrivalTime stored_rekeyed_ = kArrivalMin;
};

ProcessorDescriptor meter_descriptor();

}  // namespace tidemark::processors
