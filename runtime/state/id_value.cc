#include "runtime/state/id_value.h"

#include "runtime/state/raw_writer.h"
#include "tidemark/bytes.h"

namespace tidemark::runtime {

char* write_id_value(char* bytes, const IdEntry& entry) {
  RawWriter out(bytes);
  out.fixed64(entry.fingerprint);
  out.byte(entry.source.value());
  out.byte(entry.verdict);
  out.varint(static_cast<std::uint64_t>(entry.offset.value()));
  out.varint(static_cast<std::uint64_t>(entry.inserted_at.time_since_epoch().count()));
  if (entry.element != 0 || entry.code != 0) out.varint(entry.element);
  if (entry.code != 0) out.varint(entry.code);
  return out.end();
}

std::optional<RememberedId> read_id_value(std::string_view bytes) {
  ByteReader in(bytes);
  RememberedId value;
  value.fingerprint = in.fixed64();
  value.source = SourceIndex(in.byte());
  value.verdict = in.byte();
  value.offset = Offset(static_cast<std::int64_t>(in.varint()));
  value.inserted_at = ArrivalTime(std::chrono::milliseconds(static_cast<std::int64_t>(in.varint())));
  if (!in.at_end()) value.element = static_cast<std::uint16_t>(in.varint());
  if (!in.at_end()) value.tag = static_cast<std::uint16_t>(in.varint());
  if (!in.at_end()) return std::nullopt;
  return value;
}

}  // namespace tidemark::runtime
