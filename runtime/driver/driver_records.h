#pragma once
// What goes into a driver, and what comes out of it.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tidemark/record.h"

namespace tidemark::runtime {

// A record as a source would give it. Borrows; the bytes are copied before the call that takes it returns.
struct PipedRecord {
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;  // nullopt: a tombstone
  std::span<const HeaderView> headers = {};
  ArrivalTime arrival;  // Kafka's record timestamp
};

// A record that an epoch sent to a topic. Owns its bytes.
struct SentRecord {
  std::string key;
  std::optional<std::string> value;  // nullopt: a tombstone
  std::vector<std::pair<std::string, std::string>> headers;

  // Ours follow those that the record came with, which may bear the same names: the last counts. "" without
  // one.
  std::string_view header(std::string_view name) const {
    for (std::size_t i = headers.size(); i-- > 0;) {
      if (headers[i].first == name) return headers[i].second;
    }
    return {};
  }
};

// What the processors wrote down of a consumed record. The numbers are theirs.
struct WrittenVerdict {
  RecordPlace place;
  std::uint8_t verdict = 0;
  std::uint16_t code = 0;
  bool moved = false;  // a later change of the verdict that the record got first
  bool operator==(const WrittenVerdict&) const = default;
};

// What a processor told the operator.
struct ToldNotice {
  std::string code;
  std::string message;
  std::optional<RecordPlace> record;  // of a table, while which was processed; nullopt: of no one record
  bool operator==(const ToldNotice&) const = default;
};

}  // namespace tidemark::runtime
