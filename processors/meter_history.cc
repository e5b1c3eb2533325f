#include "processors/meter_history.h"

#include <algorithm>
#include <functional>
#include <set>

#include "processors/window_row.h"
#include "tidemark/bytes.h"

namespace tidemark::processors {
namespace {

constexpr std::uint8_t kFormat = 2;

Error changed(const std::string& meter, const std::string& what) {
  return {Disposition::fatal, "meter_changed",
          "meter " + meter + ": " + what +
              ", but it has counted. Leave what has counted as it is, and add a version with an "
              "effective_from ahead, or give the new meter another name"};
}

}  // namespace

Status MeterHistory::open(KeyedStore& windows, MeterCatalog& catalog, EventTime counted_until) {
  generations_.clear();
  remarks_.clear();
  TM_TRY(load(windows));
  Generation now;
  for (std::size_t i = 0; i < catalog.meters().size(); ++i) {
    const MeterDefinition& definition = catalog.meters()[i];
    Meter& meter = now.emplace_back();
    const Meter* before = find_latest(definition.name);
    TM_TRY(compare(definition, before, counted_until, meter));
    if (before != nullptr && !had(generation(), definition.name))
      remarks_.push_back(
          {"meter_returned",
           "meter " + definition.name +
               " was not in the topology for a while: what came meanwhile is not in its totals"});
    if (before == nullptr && definition.versions.front().effective_from < counted_until)
      remarks_.push_back(
          {"meter_added", "meter " + definition.name +
                              " is new: it counts what is read from now on, so periods that begin before " +
                              format_rfc3339(counted_until) + " may hold only a part of their usage"});
    for (std::size_t v = 0; v < meter.versions.size(); ++v)
      catalog.set_rules_from(i, v, meter.versions[v].effective);
  }
  unsaved_ = generations_.empty() || generations_.back() != now;
  if (unsaved_) generations_.push_back(std::move(now));
  if (generations_.size() > UINT16_MAX)
    return Error{Disposition::fatal, "state_corrupt", "more than 65535 generations of meters"};
  return {};
}

// What a version was before, by its date. The first one may get a date, or lose it: it ruled all the same.
const MeterHistory::Version* MeterHistory::find(const Meter& meter, const MeterVersion& version) {
  const auto same = std::find_if(meter.versions.begin(), meter.versions.end(), [&](const Version& known) {
    return known.effective_from == version.effective_from;
  });
  if (same != meter.versions.end()) return &*same;
  const bool is_first = version.number == 1 && meter.versions.front().hash == version.hash;
  return is_first ? &meter.versions.front() : nullptr;
}

Status MeterHistory::compare(const MeterDefinition& now, const Meter* before, EventTime counted_until,
                             Meter& result) {
  result.name = now.name;
  result.event_types = event_types_of(now);
  std::size_t kept = 0;
  for (const MeterVersion& version : now.versions) {
    Version entry{version.effective_from, version.effective_from, version.hash};
    const Version* known = before == nullptr ? nullptr : find(*before, version);
    const bool has_ruled = known != nullptr && known->effective < counted_until;
    if (has_ruled && known->hash != version.hash)
      return changed(now.name, "version " + std::to_string(version.number) + " is another one than before");
    if (has_ruled) {
      if (kept + 1 != version.number)
        return changed(now.name, "there is a new version before one that ruled");
      entry.effective = known->effective;
      ++kept;
    } else if (before != nullptr && entry.effective < counted_until) {
      entry.effective = counted_until;
      remarks_.push_back(
          {"meter_version_delayed", "version " + std::to_string(version.number) + " of meter " + now.name +
                                        " came after its date: it rules periods that start at " +
                                        format_rfc3339(counted_until) + " or later"});
    }
    result.versions.push_back(entry);
  }
  if (before == nullptr) return {};
  const auto ruled = std::count_if(before->versions.begin(), before->versions.end(),
                                   [&](const Version& old) { return old.effective < counted_until; });
  if (kept < static_cast<std::size_t>(ruled)) return changed(now.name, "a version is gone");
  return {};
}

std::vector<std::string> MeterHistory::event_types_of(const MeterDefinition& definition) {
  std::set<std::string> types;
  for (const MeterVersion& version : definition.versions) {
    if (version.any) return {};
    types.insert(version.event_types.begin(), version.event_types.end());
  }
  return {types.begin(), types.end()};
}

const MeterHistory::Meter* MeterHistory::find_latest(std::string_view name) const {
  for (auto generation = generations_.rbegin(); generation != generations_.rend(); ++generation) {
    const auto meter = std::find_if(generation->begin(), generation->end(),
                                    [name](const Meter& known) { return known.name == name; });
    if (meter != generation->end()) return &*meter;
  }
  return nullptr;
}

bool MeterHistory::had(std::uint16_t generation, std::string_view meter) const {
  TM_ASSERT(generation < generations_.size());
  const Generation& meters = generations_[generation];
  return std::any_of(meters.begin(), meters.end(),
                     [meter](const Meter& known) { return known.name == meter; });
}

std::string_view MeterHistory::find_removed(std::uint16_t generation, std::string_view event_type) const {
  TM_ASSERT(generation < generations_.size());
  for (const Meter& meter : generations_[generation]) {
    const bool takes =
        meter.event_types.empty() || std::ranges::binary_search(meter.event_types, event_type, std::less<>());
    if (takes && !had(this->generation(), meter.name)) return meter.name;
  }
  return {};
}

void MeterHistory::save(KeyedStore& windows) {
  if (!unsaved_) return;
  unsaved_ = false;
  std::string key = "g";
  ByteWriter(key).fixed64(generations_.size() - 1);
  windows.put(key, encode(generations_.back()));
}

Status MeterHistory::load(KeyedStore& windows) {
  auto rows = windows.scan("g", "h", SIZE_MAX);
  if (!rows) return rows.error();
  for (const auto& [key, value] : *rows) {
    auto generation = decode(value);
    if (!generation) return generation.error();
    generations_.push_back(*std::move(generation));
  }
  return {};
}

std::string MeterHistory::encode(const Generation& generation) {
  std::string bytes;
  ByteWriter out(bytes);
  out.byte(kFormat);
  for (const Meter& meter : generation) {
    out.string(meter.name);
    out.varint(meter.event_types.size());
    for (const std::string& type : meter.event_types) out.string(type);
    out.varint(meter.versions.size());
    for (const Version& version : meter.versions) {
      append_time(bytes, version.effective_from);
      append_time(bytes, version.effective);
      out.fixed64(version.hash);
    }
  }
  return bytes;
}

Result<MeterHistory::Generation> MeterHistory::decode(std::string_view bytes) {
  ByteReader in(bytes);
  Generation generation;
  const std::uint8_t format = in.byte();
  bool good = format == 1 || format == kFormat;
  while (good && in.ok() && !in.at_end()) {
    Meter& meter = generation.emplace_back();
    meter.name = in.string();
    // Format 1 has no types: as if it took all.
    for (std::uint64_t left = format == 1 ? 0 : in.varint(); in.ok() && left > 0; --left)
      meter.event_types.emplace_back(in.string());
    for (std::uint64_t left = in.varint(); in.ok() && left > 0; --left) {
      Version version;
      version.effective_from = read_time(in);
      version.effective = read_time(in);
      version.hash = in.fixed64();
      meter.versions.push_back(version);
    }
    good = !meter.versions.empty();
  }
  if (!good || !in.ok()) return windows_corrupt("a list of meters");
  return generation;
}

}  // namespace tidemark::processors
