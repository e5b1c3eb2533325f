#include "runtime/state/changelog.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <charconv>
#include <optional>

#include "tidemark/bytes.h"

namespace tidemark::runtime {
namespace {

constexpr std::size_t kEpochBytes = 8;

std::optional<EpochNumber> epoch_of_tombstone(const RecordView& record) {
  for (const HeaderView& header : record.headers) {
    if (header.name != kEpochHeader) continue;
    std::int64_t epoch = 0;
    const char* const last = header.value.data() + header.value.size();
    const auto [end, error] = std::from_chars(header.value.data(), last, epoch);
    if (error != std::errc{} || end != last) return std::nullopt;
    return EpochNumber(epoch);
  }
  return std::nullopt;
}

}  // namespace

Error changelog_corrupt(std::string message) {
  return {Disposition::fatal, "changelog_corrupt", std::move(message)};
}

void append_changelog_value(EpochNumber epoch, std::string_view value, std::string& out) {
  ByteWriter(out).fixed64(static_cast<std::uint64_t>(epoch.value()));
  out.append(value);
}

Result<ChangelogRow> decode_changelog_row(const RecordView& record) {
  const auto corrupt = [&record](const char* what) {
    return changelog_corrupt("changelog row at offset " + std::to_string(record.offset.value()) + what);
  };
  if (!record.has_key || record.key.empty() || record.key.front() == '\0')
    return corrupt(" has no valid key");
  if (!record.has_value) {
    const auto epoch = epoch_of_tombstone(record);
    if (!epoch) return corrupt(" is a tombstone without a valid td-epoch header");
    return ChangelogRow{.key = record.key, .value = {}, .erase = true, .epoch = *epoch};
  }
  if (record.value.size() < kEpochBytes) return corrupt(" is too short to hold an epoch");
  const auto epoch = static_cast<std::int64_t>(ByteReader(record.value.substr(0, kEpochBytes)).fixed64());
  return ChangelogRow{.key = record.key,
                      .value = record.value.substr(kEpochBytes),
                      .erase = false,
                      .epoch = EpochNumber(epoch)};
}

void RowDigest::add(std::string_view key, std::string_view value, bool erase) {
  constexpr std::uint64_t kTombstone = 0x9e3779b97f4a7c15ULL;
  const std::uint64_t seed = XXH3_64bits(key.data(), key.size()) ^ (erase ? kTombstone : 0);
  hash += XXH3_64bits_withSeed(value.data(), value.size(), seed);
  ++rows;
}

}  // namespace tidemark::runtime
