#pragma once
// Rows of a compacted changelog. Kafka key = row key; value = [8-byte big-endian epoch][row value]; an erase
// is a tombstone with the header "td-epoch" (decimal), because a tombstone has no value to hold the epoch.
#include <cstdint>
#include <string>
#include <string_view>

#include "tidemark/record.h"
#include "tidemark/result.h"
#include "tidemark/types.h"

namespace tidemark::runtime {

inline constexpr std::string_view kEpochHeader = "td-epoch";

// Borrows the bytes of the record it was decoded from.
struct ChangelogRow {
  std::string_view key;
  std::string_view value;
  bool erase = false;
  EpochNumber epoch;
};

// Appends the Kafka value of a row to `out`.
void append_changelog_value(EpochNumber epoch, std::string_view value, std::string& out);

// Error: fatal "changelog_corrupt".
Result<ChangelogRow> decode_changelog_row(const RecordView& record);

// Count and hash of the rows that an epoch wrote to a store. The hash is a sum (mod 2^64), so that rows may
// be added in any order: a compacted topic and several parts of an epoch need not come back as they were
// written.
struct RowDigest {
  std::uint64_t rows = 0;
  std::uint64_t hash = 0;
  void add(std::string_view key, std::string_view value, bool erase);
  void add(const ChangelogRow& row) { add(row.key, row.value, row.erase); }
  void add_packed(std::string_view record) { add({}, record, false); }
  bool operator==(const RowDigest&) const = default;
};

Error changelog_corrupt(std::string message);

}  // namespace tidemark::runtime
