#include "runtime/epoch_record.h"

#include <charconv>
#include <map>

#include "tidemark/bytes.h"

namespace tidemark::runtime {
namespace {

constexpr std::uint8_t kFormat = 2;
constexpr std::uint8_t kFormatOldest = 1;  // without the ends of changelogs

// FNV-1a over the encoded record: the record is small and the check is for torn or foreign bytes only.
std::uint64_t checksum(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : bytes) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3ULL;
  return hash;
}

Error torn(std::string message) {
  return {Disposition::fatal, "torn_epoch", std::move(message)};
}

template <class T>
bool parse_number(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::string encode_epoch_record(const EpochRecord& record) {
  std::string bytes;
  ByteWriter out(bytes);
  out.byte(kFormat);
  out.signed_varint(record.epoch.value());
  out.varint(static_cast<std::uint64_t>(record.partition_count));
  out.signed_varint(record.watermark.time_since_epoch().count());
  out.signed_varint(record.stream_time.time_since_epoch().count());
  out.string(record.transactional_id);
  out.varint(record.inputs.size());
  for (const InputRange& input : record.inputs) {
    out.string(input.source);
    out.signed_varint(input.from.value());
    out.signed_varint(input.to.value());
  }
  out.varint(record.stores.size());
  for (const StoreDigest& store : record.stores) {
    out.string(store.store);
    out.varint(store.rows);
    out.fixed64(store.hash);
    out.signed_varint(store.changelog_next.value());
  }
  out.fixed64(checksum(bytes));
  return bytes;
}

Result<EpochRecord> decode_epoch_record(std::string_view bytes) {
  if (bytes.size() < 9) return torn("an epoch record has only " + std::to_string(bytes.size()) + " bytes");
  const std::string_view body = bytes.substr(0, bytes.size() - 8);
  if (ByteReader(bytes.substr(body.size())).fixed64() != checksum(body))
    return torn("the checksum of an epoch record does not match");
  ByteReader in(body);
  const int format = in.byte();
  if (format < kFormatOldest || format > kFormat)
    return torn("epoch record of format " + std::to_string(format) + ", this version reads formats 1 and 2");
  EpochRecord record;
  record.epoch = EpochNumber(in.signed_varint());
  record.partition_count = static_cast<std::int32_t>(in.varint());
  record.watermark = EventTime(std::chrono::nanoseconds(in.signed_varint()));
  record.stream_time = ArrivalTime(std::chrono::milliseconds(in.signed_varint()));
  record.transactional_id = in.string();
  for (std::uint64_t left = in.varint(); in.ok() && left > 0; --left) {
    InputRange& input = record.inputs.emplace_back();
    input.source = in.string();
    input.from = Offset(in.signed_varint());
    input.to = Offset(in.signed_varint());
  }
  for (std::uint64_t left = in.varint(); in.ok() && left > 0; --left) {
    StoreDigest& store = record.stores.emplace_back();
    store.store = in.string();
    store.rows = in.varint();
    store.hash = in.fixed64();
    if (format > kFormatOldest) store.changelog_next = Offset(in.signed_varint());
  }
  if (!in.at_end()) return torn("an epoch record ends early or late");
  return record;
}

std::string encode_offset_metadata(const OffsetMetadata& metadata) {
  return "v1 e=" + std::to_string(metadata.epoch.value()) +
         " w=" + std::to_string(metadata.watermark.time_since_epoch().count()) +
         " s=" + std::to_string(metadata.stream_time.time_since_epoch().count()) +
         " n=" + std::to_string(metadata.partition_count) +
         " x=" + std::to_string(metadata.previous_epoch_record.value()) + " t=" + metadata.transactional_id;
}

std::optional<OffsetMetadata> decode_offset_metadata(std::string_view text) {
  if (!text.starts_with("v1 ")) return std::nullopt;
  text.remove_prefix(3);
  std::map<std::string_view, std::string_view> fields;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    const auto equals = word.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    fields[word.substr(0, equals)] = word.substr(equals + 1);
  }
  std::int64_t epoch = 0;
  std::int64_t watermark = 0;
  std::int64_t stream_time = 0;
  std::int64_t previous = 0;
  OffsetMetadata metadata;
  if (!parse_number(fields["e"], epoch) || !parse_number(fields["w"], watermark) ||
      !parse_number(fields["s"], stream_time) || !parse_number(fields["n"], metadata.partition_count) ||
      !parse_number(fields["x"], previous) || fields["t"].empty()) {
    return std::nullopt;
  }
  metadata.epoch = EpochNumber(epoch);
  metadata.watermark = EventTime(std::chrono::nanoseconds(watermark));
  metadata.stream_time = ArrivalTime(std::chrono::milliseconds(stream_time));
  metadata.previous_epoch_record = Offset(previous);
  metadata.transactional_id = fields["t"];
  return metadata;
}

}  // namespace tidemark::runtime
