#include "parse.h"

#include <algorithm>

#include "payment.h"

namespace card_alerts {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using tidemark::ArrivalTime;
using tidemark::Batch;
using tidemark::Context;
using tidemark::EventTime;
using tidemark::RecordView;
using tidemark::Result;
using tidemark::Status;

constexpr milliseconds kMaxFuture = 5min;

tidemark::Error refuse(std::string code, std::string message) {
  return {tidemark::Disposition::dead_letter, std::move(code), std::move(message)};
}

class Parse final : public tidemark::Processor {
 public:
  explicit Parse(milliseconds max_future) : max_future_(max_future) {}

  Status open(Context&) override { return {}; }

  Status process(Batch batch, Context& context) override {
    payments_.clear();
    EventTime newest = tidemark::kEventTimeMin;
    for (const RecordView& record : batch.as<RecordView>()) {
      auto payment = judge(record);
      if (!payment) {
        TM_TRY(context.dead_letter(record, payment.error().code, payment.error().message));
        continue;
      }
      newest = std::max(newest, std::min(payment->at, EventTime(record.arrival)));
      payments_.push_back(*std::move(payment));
    }
    context.advance_watermark(newest);
    if (payments_.empty()) return {};
    return context.forward(Batch::of(std::span(payments_)));
  }

 private:
  // By the record alone, never by a clock: the same in every run.
  Result<Payment> judge(const RecordView& record) const {
    if (record.arrival < ArrivalTime{} || record.arrival > tidemark::kArrivalMax)
      return refuse("arrival_invalid", "the record's timestamp lies outside of 1970..2200");
    auto payment = parse_payment(record);
    if (payment && payment->at > record.arrival + max_future_)
      return refuse("payment_in_future", "at lies more than max_future ahead of the record's arrival");
    return payment;
  }

  const milliseconds max_future_;
  std::vector<Payment> payments_;  // reused from batch to batch
};

}  // namespace

tidemark::ProcessorDescriptor parse_descriptor() {
  return {.type = "parse_payment",
          .config_keys = {"max_future"},
          .needs = {.takes = {std::string(tidemark::kRecords)},
                    .gives = "payments",
                    .keyed_stores = {},
                    .id_stores = {},
                    .tables = {},
                    .sinks = {}},
          .make = [](const auto& config, const auto&) -> Result<std::unique_ptr<tidemark::Processor>> {
            std::vector<tidemark::Finding> unheard;  // lint told them
            return {std::make_unique<Parse>(read_duration(config, "max_future", kMaxFuture, unheard))};
          },
          .lint = [](const auto& config, const auto&,
                     auto& findings) { read_duration(config, "max_future", kMaxFuture, findings); }};
}

}  // namespace card_alerts
