// The decoder and the writers of output records must not touch the heap in steady state. This binary
// replaces operator new, so it holds nothing else.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "schemas/usage_delta/codec.h"
#include "tests/unit/schemas/decoding.h"

namespace {
std::size_t allocation_count = 0;
}

[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocation_count;
  if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace tidemark::schemas {
namespace {

std::vector<std::string> batch_of_events() {
  std::vector<std::string> texts;
  for (int i = 0; i < 1'000; ++i) {
    const std::string n = std::to_string(i);
    texts.push_back(
        R"({"event_id":"0190f3c2-7b1e-7c3a-9d2e-)" + n + R"(","tenant_id":"ac\u006de","customer_id":"cus_)" +
        n +
        R"(","type":"llm.completion","timestamp":"2026-11-20T10:15:00.123+01:00","value":"12.5",)"
        R"("properties":{"region":"e\u0075","model":"large","tokens":)" +
        n + R"(,"nested":{"b":[1.50,2e3,null],"a":"x"}},"trace":{"id":"t","span":[1,2]},"note":"n"})");
  }
  return texts;
}

std::string as_cloud_event(const std::string& n) {
  return R"({"specversion":"1.0","id":"0190f3c2-7b1e-7c3a-9d2e-)" + n +
         R"(","tenantid":"ac\u006de","subject":"cus_)" + n +
         R"(","type":"llm.completion","time":"2026-11-20T10:15:00.123+01:00","voids":"e\u0030",)"
         R"("data":{"region":"e\u0075","v\u0061lue":"12.5","nested":{"a":"x"},"t\u006fkens":)" +
         n + "}}";
}

// Structured ones and, between them, binary ones.
std::vector<std::string> batch_of_cloud_events() {
  std::vector<std::string> texts;
  for (int i = 0; i < 1'000; ++i) {
    const std::string n = std::to_string(i);
    texts.push_back(i % 2 == 0 ? as_cloud_event(n) : R"({"value":"2","tokens":)" + n + "}");
  }
  return texts;
}

constexpr HeaderView kAttributes[] = {{"ce_specversion", "1.0"},
                                      {"ce_id", "0190f3c2-7b1e-7c3a-9d2e"},
                                      {"ce_subject", "cus_42"},
                                      {"ce_type", "llm.completion"},
                                      {"ce_time", "2026-11-20T10:15:00.123+01:00"},
                                      {"ce_tenantid", "acme"},
                                      {"ce_traceparent", "00-1"},
                                      {"ce_dataschema", "https://example.com/usage.json"},
                                      {"content-type", "application/json"}};

std::size_t count_allocations(UsageEventDecoder& decoder, const std::vector<std::string>& texts) {
  const std::size_t before = allocation_count;
  decoder.begin_batch();
  UsageEvent event;
  int good_count = 0;
  for (const std::string& text : texts) {
    RecordView record = record_of(text);
    if (!text.starts_with("{\"event_id") && !text.starts_with("{\"spec")) record.headers = kAttributes;
    if (UsageEventDecoder::looks_packed(record)) continue;
    if (decoder.decode(record, event).code == ErrorCode::none) ++good_count;
  }
  const std::size_t count = allocation_count - before;
  EXPECT_EQ(good_count, 1'000);
  return count;
}

void expect_no_allocation_after_the_first_batch(DecodeOptions options,
                                                const std::vector<std::string>& texts) {
  UsageEventDecoder decoder(std::move(options));
  EXPECT_GT(count_allocations(decoder, texts), 0u) << "the counter counts";
  EXPECT_EQ(count_allocations(decoder, texts), 0u);
  EXPECT_EQ(count_allocations(decoder, texts), 0u);
}

std::vector<PropertyPath> three_paths() {
  return {*parse_property_path("properties.tokens"), *parse_property_path("properties.nested.a"),
          *parse_property_path("properties.region")};
}

TEST(AllocationTest, DecodingAllocatesNothingAfterTheFirstBatch) {
  expect_no_allocation_after_the_first_batch({}, batch_of_events());
}

TEST(AllocationTest, SelectingPropertiesAllocatesNothing) {
  expect_no_allocation_after_the_first_batch({.paths = three_paths()}, batch_of_events());
}

TEST(AllocationTest, DecodingCloudEventsAllocatesNothing) {
  expect_no_allocation_after_the_first_batch({.paths = three_paths()}, batch_of_cloud_events());
}

TEST(AllocationTest, WritingADeltaAllocatesNothingWhereTheStringHasRoom) {
  const SourceRange range{"usage.events", PartitionId(3), Offset(10), Offset(19)};
  UsageDelta delta;
  delta.key = {"acme", "cus_1", "tokens", {}, {}, R"({"model":"large"})"};
  delta.source = {&range, 1};
  delta.late = "carry_forward";
  std::string out;
  append_usage_delta(out, delta);
  const std::size_t before = allocation_count;
  for (delta.seq = 1; delta.seq < 100; ++delta.seq) {
    out.clear();
    append_usage_delta(out, delta);
  }
  EXPECT_EQ(allocation_count - before, 0u);
}

}  // namespace
}  // namespace tidemark::schemas
