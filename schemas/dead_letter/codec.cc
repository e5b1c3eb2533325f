#include "schemas/dead_letter/codec.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "schemas/dead_letter/codes.h"

namespace tidemark::schemas {
namespace {

constexpr std::array<std::string_view, 7> kConnectNames{"__connect.errors.topic",
                                                        "__connect.errors.partition",
                                                        "__connect.errors.offset",
                                                        "__connect.errors.connector.name",
                                                        "__connect.errors.task.id",
                                                        "__connect.errors.stage",
                                                        "__connect.errors.exception.message"};
constexpr std::string_view kErrorCode = "td-error-code";
constexpr std::string_view kStage = "td-stage";
constexpr std::string_view kRetryable = "td-retryable";
constexpr std::string_view kAttempt = "td-attempt";
constexpr std::string_view kOriginalArrival = "td-original-arrival";
constexpr std::string_view kFirstFailedAt = "td-first-failed-at";
constexpr std::string_view kNextAttemptAt = "td-next-attempt-at";
constexpr std::string_view kFingerprint = "td-fingerprint";
constexpr std::array kOwnNames{kErrorCode,       kStage,         kRetryable,     kAttempt,
                               kOriginalArrival, kFirstFailedAt, kNextAttemptAt, kFingerprint};
constexpr std::chrono::minutes kFirstBackoff{1};
constexpr std::chrono::hours kBackoffMax{24};
constexpr std::int64_t kAttemptMax = 1'000'000'000;

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::optional<std::string_view> find_header(std::span<const HeaderView> headers, std::string_view name) {
  for (const HeaderView& header : headers) {
    if (header.name == name) return header.value;
  }
  return std::nullopt;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// What an earlier attempt left in the headers.
struct History {
  std::int64_t attempt = 0;  // 0: none
  std::optional<std::int64_t> original_arrival;
  std::optional<EventTime> first_failed_at;
};

History read_history(std::span<const HeaderView> headers) {
  History history;
  if (const auto text = find_header(headers, kAttempt)) {
    history.attempt = std::clamp<std::int64_t>(parse_integer(*text).value_or(0), 0, kAttemptMax);
  }
  if (const auto text = find_header(headers, kOriginalArrival))
    history.original_arrival = parse_integer(*text);
  if (const auto text = find_header(headers, kFirstFailedAt)) history.first_failed_at = parse_rfc3339(*text);
  return history;
}

// A minute, doubled with every attempt, at most a day.
std::chrono::milliseconds backoff_after(std::int64_t attempt) {
  std::chrono::milliseconds backoff = kFirstBackoff;
  for (std::int64_t i = 1; i < attempt && backoff < kBackoffMax; ++i) backoff *= 2;
  return std::min<std::chrono::milliseconds>(backoff, kBackoffMax);
}

// Of the bytes as they came: the same in every attempt, so that attempts of one record can be told.
std::string fingerprint_of(const RecordView& record) {
  const std::uint64_t key_hash = XXH3_64bits(record.key.data(), record.key.size());
  const std::uint64_t hash = XXH3_64bits_withSeed(record.value.data(), record.value.size(), key_hash);
  std::string digits(16, '0');
  for (std::size_t i = 0; i < digits.size(); ++i) digits[i] = "0123456789abcdef"[hash >> (60 - 4 * i) & 0xf];
  return digits;
}

const ErrorCodeInfo* find_code(std::string_view name) {
  const auto codes = error_codes();
  const auto found =
      std::find_if(codes.begin(), codes.end(), [name](const auto& info) { return info.name == name; });
  return found == codes.end() ? nullptr : &*found;
}

}  // namespace

std::span<const HeaderView> DeadLetterHeaders::build(const RecordView& record,
                                                     const DeadLetterReason& reason) {
  const History history = read_history(record.headers);
  const ErrorCodeInfo* const info = find_code(reason.code);
  const std::string_view stage = info != nullptr ? info->stage : "task";
  const bool retryable = info != nullptr && info->retryable;
  const std::int64_t attempt = history.attempt + 1;
  const EventTime failed_at = std::clamp(reason.failed_at, ArrivalTime{}, kArrivalMax);

  owned_.clear();
  headers_.clear();
  owned_.reserve(kConnectNames.size() + kOwnNames.size());  // views into short strings die when they move
  for (const HeaderView& header : record.headers) {
    const bool replaced =
        is_one_of(header.name, kOwnNames) || (history.attempt > 0 && is_one_of(header.name, kConnectNames));
    if (!replaced) headers_.push_back(header);
  }
  const auto add = [this](std::string_view name, std::string value) {
    owned_.push_back(std::move(value));
    headers_.push_back({name, owned_.back()});
  };
  add(kConnectNames[0], std::string(reason.topic));
  add(kConnectNames[1], std::to_string(record.partition.value()));
  add(kConnectNames[2], std::to_string(record.offset.value()));
  add(kConnectNames[3], std::string(reason.application).append(".").append(stage));
  add(kConnectNames[4], std::to_string(reason.task));
  add(kConnectNames[5], std::string(stage));
  add(kConnectNames[6], std::string(reason.message));
  add(kErrorCode, std::string(reason.code));
  add(kStage, std::string(stage));
  add(kRetryable, retryable ? "true" : "false");
  add(kAttempt, std::to_string(attempt));
  add(kOriginalArrival,
      std::to_string(history.original_arrival.value_or(record.arrival.time_since_epoch().count())));
  add(kFirstFailedAt, format_rfc3339(history.first_failed_at.value_or(failed_at)));
  add(kNextAttemptAt, retryable ? format_rfc3339(failed_at + backoff_after(attempt)) : "");
  add(kFingerprint, fingerprint_of(record));
  return headers_;
}

}  // namespace tidemark::schemas
