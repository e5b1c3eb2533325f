#include "runtime/state/position.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <optional>

#include "tidemark/bytes.h"

namespace tidemark::runtime {
namespace {

constexpr std::size_t kChecksumBytes = 8;

}  // namespace

Error state_corrupt(std::string message) {
  return {Disposition::fatal, "state_corrupt",
          std::move(message) + "; set the store aside and restore it from its changelog"};
}

std::uint64_t home_of(std::string_view application, std::string_view cluster_id, std::string_view task,
                      std::string_view store) {
  std::string bytes;
  ByteWriter out(bytes);
  for (const std::string_view part : {application, cluster_id, task, store}) out.string(part);
  return XXH3_64bits(bytes.data(), bytes.size());
}

std::string encode_position(const StorePosition& position) {
  std::string bytes;
  ByteWriter out(bytes);
  out.varint(position.format);
  out.signed_varint(position.epoch.value());
  out.signed_varint(position.changelog_next.value());
  out.signed_varint(position.epochs_next.value());
  out.signed_varint(position.partition_count);
  out.signed_varint(position.stream_time.time_since_epoch().count());
  out.signed_varint(position.watermark.time_since_epoch().count());
  out.signed_varint(position.written_at.time_since_epoch().count());
  out.fixed64(position.home);
  out.fixed64(XXH3_64bits(bytes.data(), bytes.size()));
  return bytes;
}

Result<StorePosition> decode_position(std::string_view bytes) {
  if (bytes.size() <= kChecksumBytes)
    return state_corrupt("the position has only " + std::to_string(bytes.size()) + " bytes");
  const std::string_view body = bytes.substr(0, bytes.size() - kChecksumBytes);
  if (ByteReader(bytes.substr(body.size())).fixed64() != XXH3_64bits(body.data(), body.size())) {
    return state_corrupt("the checksum of the position does not match");
  }
  ByteReader in(body);
  StorePosition position;
  position.format = static_cast<std::uint32_t>(in.varint());
  if (position.format < kStoreFormat)
    return state_corrupt("the store has the older format " + std::to_string(position.format));
  if (position.format > kStoreFormat) {
    return Error{Disposition::fatal, "state_format",
                 "the store has format " + std::to_string(position.format) + ", this version reads format " +
                     std::to_string(kStoreFormat) +
                     "; run the version that wrote it, or remove the store to have it restored"};
  }
  position.epoch = EpochNumber(in.signed_varint());
  position.changelog_next = Offset(in.signed_varint());
  position.epochs_next = Offset(in.signed_varint());
  position.partition_count = static_cast<std::int32_t>(in.signed_varint());
  position.stream_time = ArrivalTime(std::chrono::milliseconds(in.signed_varint()));
  position.watermark = EventTime(std::chrono::nanoseconds(in.signed_varint()));
  position.written_at = ArrivalTime(std::chrono::milliseconds(in.signed_varint()));
  position.home = in.fixed64();
  if (!in.at_end()) return state_corrupt("the position ends early or late");
  return position;
}

Result<StorePosition> load_position(Storage& storage) {
  const std::string_view key = kPositionKey;
  std::optional<std::string> value;
  TM_TRY(storage.multi_get({&key, 1}, {&value, 1}));
  if (value) return decode_position(*value);
  const auto rows = storage.scan("", std::string(8, '\xff'), 1);
  if (!rows) return rows.error();
  if (!rows->empty()) return state_corrupt("the store has rows but no position");
  return StorePosition{};
}

}  // namespace tidemark::runtime
