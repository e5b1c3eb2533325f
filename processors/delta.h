#pragma once
// delta: tells what changed. Per row of the list kept by UsageState: at most one delta per kind, chained by
// seq and previous_total, and the new running total. At most once per emission interval.
#include <string>
#include <unordered_map>

#include "processors/meter_catalog.h"
#include "processors/usage_state.h"
#include "tidemark/processor.h"

namespace tidemark::processors {

struct DeltaConfig {
  std::chrono::milliseconds emit_every = std::chrono::seconds(1);  // 0: with every epoch
};

class Delta final : public Processor {
 public:
  Delta(DeltaConfig config, MeterCatalog catalog) : config_(config), catalog_(std::move(catalog)) {}
  Status open(Context& context) override;
  Status process(Batch, Context&) override { return {}; }  // the rows are shared through the store's view
  Result<Backlog> drain(Context& context) override;
  Status end_epoch(Context& context) override;

 private:
  Status find_sinks(const Context& context);
  bool is_due(const Context& context) const;
  Status emit(WindowRow& row, Context& context);
  Status emit_delta(WindowRow& row, schemas::DeltaKind kind, const PendingDelta& pending,
                    Quantity previous_total, Context& context);
  Status emit_rebase(WindowRow& row, Context& context);

  const DeltaConfig config_;
  const MeterCatalog catalog_;
  UsageState* state_ = nullptr;
  ArrivalTime emitted_at_ = kArrivalMin;
  std::unordered_map<std::string, std::string> late_policies_;  // by meter name
  std::string key_;                                             // scratch
  std::string value_;
  std::vector<Quantity> totals_before_;
  std::vector<schemas::SourceRange> source_;
  SinkIndex totals_sink_;
  SinkIndex deltas_sink_;
  CounterId deltas_ = 0;
  CounterId corrections_ = 0;
  CounterId rebases_ = 0;
};

ProcessorDescriptor delta_descriptor();

}  // namespace tidemark::processors
