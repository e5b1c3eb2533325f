#include "velocity.h"

#include <algorithm>
#include <utility>

namespace card_alerts {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using tidemark::Batch;
using tidemark::Context;
using tidemark::EventTime;
using tidemark::RecordView;
using tidemark::Result;
using tidemark::Status;

Judgement judge(CardRow& row, const Payment& payment, milliseconds window, std::int64_t limit_cents) {
  EventTime newest = payment.at;
  for (const auto& seen : row.payments) {
    if (seen.payment_id == payment.payment_id) return {Outcome::repeated};
    newest = std::max(newest, seen.at);
  }
  if (payment.at <= newest - window) return {Outcome::too_late};
  std::erase_if(row.payments, [&](const auto& seen) { return seen.at <= newest - window; });
  row.payments.push_back({payment.payment_id, payment.at, payment.cents});

  Judgement judgement;
  for (const auto& seen : row.payments) judgement.sum_cents += seen.cents;
  const bool was_above = std::exchange(row.above, judgement.sum_cents > limit_cents);
  if (row.above && !was_above) judgement.outcome = Outcome::alert;
  return judgement;
}

namespace {

constexpr milliseconds kWindow = 10min;
constexpr milliseconds kWindowMax = 24h;  // all payments of a window are one row
constexpr std::int64_t kLimitCents = 100'000;

struct Config {
  milliseconds window{};
  std::int64_t limit_cents = 0;  // of a card without a limit of its own

  static Config read(const tidemark::ConfigNode& node, std::vector<tidemark::Finding>& findings) {
    return {.window = read_duration(node, "window", kWindow, findings),
            .limit_cents = read_integer(node, "limit_cents", kLimitCents, 0, kCentsMax, findings)};
  }
};

void check(const tidemark::ConfigNode& node, const Config& config, std::vector<tidemark::Finding>& findings) {
  if (config.window >= 1s && config.window <= kWindowMax) return;
  const tidemark::ConfigNode* place = node.find("window");
  findings.push_back(finding_at(place != nullptr ? *place : node, "window must be from 1s to 24h"));
}

class Velocity final : public tidemark::Processor {
 public:
  explicit Velocity(const Config& config) : config_(config) {}

  Status open(Context& context) override {
    cards_ = &context.keyed_store("cards");
    limits_ = &context.keyed_store("card_limits");
    const auto sink = context.sink("alerts");
    if (!sink) return sink.error();
    alerts_sink_ = *sink;
    repeats_ = context.counter("card_alerts_repeats_total", "Payments that were seen before", {});
    return {};
  }

  Status process(Batch batch, Context& context) override {
    if (batch.holds<RecordView>()) return take_limits(batch, context);  // of the table
    alerts_.clear();
    for (const Payment& payment : batch.as<Payment>()) TM_TRY(take(payment, context));
    return send_alerts(context);
  }

 private:
  Status take_limits(Batch batch, Context& context) {
    for (const RecordView& record : batch.as<RecordView>()) {
      if (!record.has_value) {  // a tombstone: the card has no limit of its own any more
        if (!record.key.empty()) limits_->erase(record.key);
        continue;
      }
      const auto limit = parse_limit(record);
      if (limit) {
        limits_->put(record.key, std::to_string(*limit));
      } else {
        TM_TRY(context.dead_letter(record, limit.error().code, limit.error().message));
      }
    }
    return {};
  }

  Status take(const Payment& payment, Context& context) {
    const auto limit = limits_->get(payment.card);
    if (!limit) return limit.error();
    const auto stored = cards_->get(payment.card);
    if (!stored) return stored.error();
    CardRow row = *stored ? decode_card_row(**stored) : CardRow{};
    const std::int64_t limit_cents = *limit ? std::stoll(**limit) : config_.limit_cents;

    const Judgement judgement = judge(row, payment, config_.window, limit_cents);
    switch (judgement.outcome) {
      case Outcome::repeated:
        context.count(repeats_);
        return {};
      case Outcome::too_late:
        return context.dead_letter(*payment.record, "payment_too_late",
                                   "at lies before the window of the card's newest payment");
      case Outcome::alert:
        alerts_.push_back({payment.card, payment.at, judgement.sum_cents, limit_cents});
        break;
      case Outcome::added:
        break;
    }
    cards_->put(payment.card, encode(row));
    return {};
  }

  Status send_alerts(Context& context) {
    std::vector<std::string> values;
    for (const Alert& alert : alerts_) values.push_back(to_json(alert));
    std::vector<tidemark::OutputRecord> records;
    for (std::size_t i = 0; i < alerts_.size(); ++i)
      records.push_back({.key = alerts_[i].card, .value = values[i], .headers = {}});
    return records.empty() ? Status{} : context.send(alerts_sink_, records);
  }

  const Config config_;
  tidemark::KeyedStore* cards_ = nullptr;   // card -> CardRow
  tidemark::KeyedStore* limits_ = nullptr;  // card -> cents, as text
  tidemark::SinkIndex alerts_sink_;
  tidemark::CounterId repeats_ = 0;
  std::vector<Alert> alerts_;  // of the batch at hand
};

}  // namespace

tidemark::ProcessorDescriptor velocity_descriptor() {
  return {.type = "velocity",
          .config_keys = {"window", "limit_cents"},
          .needs = {.takes = {"payments"},
                    .gives = "",
                    .keyed_stores = {"cards", "card_limits"},
                    .id_stores = {},
                    .tables = {"limits"},
                    .sinks = {{"alerts", tidemark::SinkKind::every_record}}},
          .make = [](const auto& config, const auto&) -> Result<std::unique_ptr<tidemark::Processor>> {
            std::vector<tidemark::Finding> unheard;  // lint told them
            return {std::make_unique<Velocity>(Config::read(config, unheard))};
          },
          .lint = [](const auto& config, const auto&,
                     auto& findings) { check(config, Config::read(config, findings), findings); }};
}

}  // namespace card_alerts
