#pragma once
// meter: counts events into windows. Knows the customers (table `customers`), parks what has none yet and
// releases it when the profile comes, moves the watermark, and tells which windows are closed.
#include <deque>
#include <string>

#include "processors/judged_event.h"
#include "processors/meter_catalog.h"
#include "processors/usage_state.h"
#include "tidemark/processor.h"

namespace tidemark::processors {

struct MeterConfig {
  std::chrono::milliseconds disorder = std::chrono::minutes(5);
  std::chrono::milliseconds grace = std::chrono::hours(48);
  std::chrono::milliseconds parked_span = std::chrono::hours(35 * 24);
  schemas::DecodeOptions format;  // parked bytes are decoded again at their release
};

class Meter final : public Processor {
 public:
  Meter(MeterConfig config, MeterCatalog catalog)
      : config_(std::move(config)), catalog_(std::move(catalog)), decoder_(config_.format) {}
  Status open(Context& context) override;
  Status process(Batch batch, Context& context) override;
  Result<Backlog> drain(Context& context) override;
  Status end_epoch(Context& context) override;
  void reset() override { releasing_.clear(); }

 private:
  struct Booking {  // one meter's part of an event, checked before anything is changed
    WindowRow* row = nullptr;
    Quantity amount;
    schemas::DeltaKind kind = schemas::DeltaKind::usage;
  };

  Status process_events(std::span<JudgedEvent> events, Context& context);
  Status find_customers(std::span<const JudgedEvent> events);
  Status judge(JudgedEvent& event, CustomerState& customer, EventTime watermark);
  Status book(JudgedEvent& event, CustomerState& customer, EventTime watermark);
  Result<WindowRow*> find_window(CustomerState& customer, const schemas::UsageEvent& event,
                                 std::uint16_t meter);
  bool is_closed(EventTime period_end, EventTime watermark) const;
  void park(const JudgedEvent& event);

  Status process_table(const RecordView& record, Context& context);
  Status read_profile(const RecordView& record, Context& context);
  Status refuse(const RecordView& record, schemas::ErrorCode code, const std::string& message,
                Context& context);
  Status begin_release(std::string_view tenant, std::string_view customer);
  Status load_releases();
  Result<bool> release_slice(Context& context);
  Status release(std::string_view key, std::string_view value, Context& context);
  Status expire_parked(Context& context, bool& more);
  Status move_parked(std::string_view parked_key, const Hash128& identity, JudgedEvent& event,
                     Context& context);

  const MeterConfig config_;
  const MeterCatalog catalog_;
  schemas::UsageEventDecoder decoder_;
  KeyedStore* windows_ = nullptr;
  KeyedStore* parked_ = nullptr;
  IdStore* ids_ = nullptr;
  UsageState* state_ = nullptr;
  SourceIndex customers_source_;
  std::vector<CustomerName> names_;        // scratch
  std::vector<CustomerState*> customers_;  // scratch
  std::vector<Booking> bookings_;          // scratch
  std::deque<std::string> releasing_;      // prefixes of parked rows whose customer is known now
  std::optional<ArrivalTime> earliest_parked_;
};

ProcessorDescriptor meter_descriptor();

}  // namespace tidemark::processors
