#include <gtest/gtest.h>

#include <set>
#include <string>

#include "schemas/usage_delta/codec.h"
#include "schemas/usage_total/codec.h"

namespace tidemark::schemas {
namespace {

EventTime at(std::string_view text) {
  return parse_rfc3339(text).value();
}
Quantity quantity(std::string_view text) {
  return parse_quantity(text).value;
}

UsageKey key_of(std::string_view group) {
  return {.tenant_id = "acme",
          .customer_id = "cus_bud",
          .meter = "tokens",
          .period_start = at("2026-10-31T23:00:00Z"),
          .period_end = at("2026-11-30T23:00:00Z"),
          .group = group};
}

template <class Record, class Append>
std::string text_of(const Record& record, Append append) {
  std::string out;
  append(out, record);
  return out;
}

TEST(UsageKeyTest, HasAFixedOrderAndNoSpaces) {
  EXPECT_EQ(text_of(key_of(""), append_usage_key),
            R"({"tenant_id":"acme","customer_id":"cus_bud","meter":"tokens",)"
            R"("period_start":"2026-10-31T23:00:00Z","period_end":"2026-11-30T23:00:00Z"})");
  EXPECT_EQ(
      text_of(key_of(R"({"model":"large"})"), append_usage_key),
      R"({"tenant_id":"acme","customer_id":"cus_bud","meter":"tokens",)"
      R"("period_start":"2026-10-31T23:00:00Z","period_end":"2026-11-30T23:00:00Z","group":{"model":"large"}})");
  UsageKey odd = key_of("");
  odd.customer_id = "a\"\\\n\x1fé";
  EXPECT_EQ(text_of(odd, append_usage_key),
            R"({"tenant_id":"acme","customer_id":"a\"\\\n\u001fé","meter":"tokens",)"
            R"("period_start":"2026-10-31T23:00:00Z","period_end":"2026-11-30T23:00:00Z"})");
}

UsageTotal total_of(std::string_view group) {
  return {.key = key_of(group),
          .total = quantity("1750.5"),
          .event_count = 3,
          .revision = 2,
          .final = false,
          .watermark = at("2026-11-10T08:55:00.25Z"),
          .meter_version = 1};
}

TEST(UsageTotalTest, HasAFixedForm) {
  EXPECT_EQ(
      text_of(total_of(R"({"model":"large"})"), append_usage_total),
      R"({"schema":1,"tenant_id":"acme","customer_id":"cus_bud","meter":"tokens",)"
      R"("period_start":"2026-10-31T23:00:00Z","period_end":"2026-11-30T23:00:00Z","group":{"model":"large"},)"
      R"("total":"1750.5","event_count":3,"revision":2,"final":false,"watermark":"2026-11-10T08:55:00.250Z",)"
      R"("meter_version":1})");
  UsageTotal closed = total_of("");
  closed.final = true;
  closed.watermark = kEventTimeMin;
  EXPECT_EQ(
      text_of(closed, append_usage_total),
      R"({"schema":1,"tenant_id":"acme","customer_id":"cus_bud","meter":"tokens",)"
      R"("period_start":"2026-10-31T23:00:00Z","period_end":"2026-11-30T23:00:00Z",)"
      R"("total":"1750.5","event_count":3,"revision":2,"final":true,"watermark":null,"meter_version":1})");
}

TEST(UsageTotalTest, SaysVoidedOnlyWhereThereIsAny) {
  UsageTotal total = total_of("");
  EXPECT_EQ(text_of(total, append_usage_total).find("voided"), std::string::npos);
  EXPECT_EQ(decode_usage_total(text_of(total, append_usage_total))->voided, 0);
  total.voided = 2;
  EXPECT_NE(text_of(total, append_usage_total).find(R"("event_count":3,"voided":2,"revision":2)"),
            std::string::npos);
  EXPECT_EQ(decode_usage_total(text_of(total, append_usage_total))->voided, 2);
}

TEST(UsageTotalTest, IsReadBack) {
  const auto decoded =
      decode_usage_total(text_of(total_of(R"({"n":123456789012345678901234567890})"), append_usage_total));
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->tenant_id, "acme");
  EXPECT_EQ(decoded->customer_id, "cus_bud");
  EXPECT_EQ(decoded->meter, "tokens");
  EXPECT_EQ(decoded->group, R"({"n":123456789012345678901234567890})") << "groups are kept as written";
  EXPECT_EQ(decoded->period_start, at("2026-10-31T23:00:00Z"));
  EXPECT_EQ(decoded->period_end, at("2026-11-30T23:00:00Z"));
  EXPECT_EQ(decoded->total, quantity("1750.5"));
  EXPECT_EQ(decoded->event_count, 3);
  EXPECT_EQ(decoded->revision, 2);
  EXPECT_FALSE(decoded->final);
}

TEST(UsageTotalTest, RefusesWhatItDidNotWrite) {
  const std::string good = text_of(total_of(""), append_usage_total);
  const auto replaced = [&good](std::string_view from, std::string_view to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  ASSERT_TRUE(decode_usage_total(good));
  for (const std::string& text :
       {replaced("\"schema\":1", "\"schema\":2"), replaced("\"1750.5\"", "1750.5"), replaced("false", "null"),
        replaced("\"event_count\":3", "\"event_count\":3.0"), replaced("\"revision\":2", "\"revision\":0"),
        replaced("\"revision\":2", "\"voided\":0,\"revision\":2"), good.substr(1)}) {
    const auto decoded = decode_usage_total(text);
    ASSERT_FALSE(decoded) << text;
    EXPECT_EQ(decoded.error().code, "total_invalid");
  }
}

const SourceRange kRanges[] = {{"usage.events", PartitionId(3), Offset(10), Offset(19)},
                               {"rekey", PartitionId(3), Offset(7), Offset(7)}};

UsageDelta delta_of(std::string_view group) {
  return {.key = key_of(group),
          .seq = 2,
          .kind = DeltaKind::correction,
          .previous_total = quantity("1750.5"),
          .delta = quantity("-50"),
          .total = quantity("1700.5"),
          .event_count = -1,
          .first_event_time = at("2026-11-10T09:05:00Z"),
          .last_event_time = at("2026-11-10T09:05:00.000000001Z"),
          .source = kRanges,
          .epoch = EpochNumber(41),
          .meter_version = 1,
          .late = "carry_forward"};
}

TEST(UsageDeltaTest, HasAFixedForm) {
  EXPECT_EQ(
      text_of(delta_of(""), append_usage_delta),
      R"({"schema":1,"delta_id":")" + delta_id(key_of(""), 2) +
          R"(","tenant_id":"acme","customer_id":"cus_bud","meter":"tokens",)"
          R"("period_start":"2026-10-31T23:00:00Z","period_end":"2026-11-30T23:00:00Z","seq":2,"kind":"correction",)"
          R"("previous_total":"1750.5","delta":"-50","total":"1700.5","event_count":-1,)"
          R"("first_event_time":"2026-11-10T09:05:00Z","last_event_time":"2026-11-10T09:05:00.000000001Z",)"
          R"("source":[{"topic":"usage.events","partition":3,"first_offset":10,"last_offset":19},)"
          R"({"topic":"rekey","partition":3,"first_offset":7,"last_offset":7}],)"
          R"("epoch":41,"meter_version":1,"late":"carry_forward"})");
}

TEST(UsageDeltaTest, AppendsBehindWhatIsThere) {
  std::string out = "kept";
  append_usage_delta(out, delta_of(""));
  EXPECT_EQ(out, "kept" + text_of(delta_of(""), append_usage_delta));
}

TEST(UsageDeltaTest, IsReadBack) {
  const auto decoded = decode_usage_delta(text_of(delta_of(R"({"model":"large"})"), append_usage_delta));
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->delta_id, delta_id(key_of(R"({"model":"large"})"), 2));
  EXPECT_EQ(decoded->group, R"({"model":"large"})");
  EXPECT_EQ(decoded->seq, 2);
  EXPECT_EQ(decoded->kind, DeltaKind::correction);
  EXPECT_EQ(decoded->previous_total, quantity("1750.5"));
  EXPECT_EQ(decoded->delta, quantity("-50"));
  EXPECT_EQ(decoded->total, quantity("1700.5"));
  EXPECT_EQ(decoded->event_count, -1);
  EXPECT_EQ(decoded->first_event_time, at("2026-11-10T09:05:00Z"));
  EXPECT_EQ(decoded->last_event_time, at("2026-11-10T09:05:00.000000001Z"));
  EXPECT_EQ(decoded->epoch, 41);
  EXPECT_EQ(decoded->late, "carry_forward");
  ASSERT_EQ(decoded->source.size(), 2u);
  EXPECT_EQ(decoded->source[0].topic, "usage.events");
  EXPECT_EQ(decoded->source[0].partition, 3);
  EXPECT_EQ(decoded->source[0].first_offset, 10);
  EXPECT_EQ(decoded->source[0].last_offset, 19);
}

TEST(UsageDeltaTest, RefusesASumThatIsNone) {
  UsageDelta wrong = delta_of("");
  wrong.total = quantity("1700");
  const auto decoded = decode_usage_delta(text_of(wrong, append_usage_delta));
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code, "delta_invalid");
  EXPECT_EQ(decoded.error().message, "total: must be previous_total + delta");
}

TEST(UsageDeltaTest, ARebaseChangesNothing) {
  UsageDelta rebase = delta_of("");
  rebase.kind = DeltaKind::rebase;
  EXPECT_FALSE(decode_usage_delta(text_of(rebase, append_usage_delta)));
  rebase.delta = Quantity();
  rebase.previous_total = rebase.total;
  const auto decoded = decode_usage_delta(text_of(rebase, append_usage_delta));
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->kind, DeltaKind::rebase);
}

TEST(DeltaIdTest, DependsOnKeyAndSeqAlone) {
  EXPECT_EQ(delta_id(key_of(""), 2),
            "td_f389ca24305d307906d786b56bec64d4");  // what was sent with it must keep it
  UsageKey other_customer = key_of("");
  other_customer.customer_id = "cus_buda";
  UsageKey other_end = key_of("");
  other_end.period_end = at("2026-11-30T23:00:01Z");
  const std::set<std::string> ids{delta_id(key_of(""), 1), delta_id(key_of(""), 2),
                                  delta_id(key_of(R"({"a":1})"), 1), delta_id(other_customer, 1),
                                  delta_id(other_end, 1)};
  EXPECT_EQ(ids.size(), 5u);
}

}  // namespace
}  // namespace tidemark::schemas
