#include "cli/audit/ledger_audit.h"

#include <algorithm>

#include "processors/remembered.h"

namespace tidemark::cli {
namespace {

using processors::Verdict;
using runtime::IdEntry;

std::string text_of(const RecordPlace& place) {
  std::string text = "offset " + std::to_string(place.offset.value());
  if (place.element > 0) text += ", element " + std::to_string(place.element);
  return text;
}

std::string text_of(Offset offset) {
  return std::to_string(offset.value());
}

RecordPlace place_of(const IdEntry& entry) {
  return {entry.source, entry.offset, entry.element};
}

std::int64_t count_of(const std::map<std::uint8_t, std::int64_t>& counts, Verdict verdict) {
  const auto found = counts.find(static_cast<std::uint8_t>(verdict));
  return found == counts.end() ? 0 : found->second;
}

}  // namespace

LedgerAudit::LedgerAudit(PartitionId partition, std::string ids, std::vector<JudgedSource> sources,
                         AuditFindings& findings)
    : partition_(partition), ids_(std::move(ids)), findings_(findings) {
  for (JudgedSource& source : sources) sources_.emplace_back().settings = std::move(source);
}

void LedgerAudit::take_epoch(const runtime::EpochRecord& record) {
  const bool first = last_epoch_ == EpochNumber();
  if (first) first_epoch_ = record.epoch;
  if (!first && record.epoch != last_epoch_.next()) {
    findings_.add("epoch_gap", partition_, "epochs",
                  "epoch " + std::to_string(record.epoch.value()) + " follows epoch " +
                      std::to_string(last_epoch_.value()));
  }
  last_epoch_ = record.epoch;
  take_inputs(record);
  for (const runtime::StoreDigest& digest : record.stores) {
    if (digest.store != ids_) continue;
    told_.rows += digest.rows;
    told_.hash += digest.hash;
  }
}

void LedgerAudit::take_inputs(const runtime::EpochRecord& record) {
  for (Source& source : sources_) {
    const auto input = std::find_if(record.inputs.begin(), record.inputs.end(),
                                    [&](const auto& each) { return each.source == source.settings.name; });
    if (input == record.inputs.end()) continue;
    if (source.from && input->from != source.to) {
      findings_.add("input_gap", partition_, source.settings.topic,
                    "epoch " + std::to_string(record.epoch.value()) + " begins at offset " +
                        text_of(input->from) + ", the one before ended at " + text_of(source.to));
    }
    if (!source.from) source.from = input->from;
    source.to = input->to;
  }
}

void LedgerAudit::begin_source(std::size_t at, Offset log_start) {
  Source& source = sources_[at];
  source.compared_from = std::max(log_start, source.from.value_or(Offset()));
  source.in_topic.emplace(source.compared_from);
  source.in_ledger.emplace(source.compared_from);
}

void LedgerAudit::take_source_record(std::size_t at, Offset offset) {
  Source& source = sources_[at];
  if (offset < source.to) source.in_topic->add(offset);
}

LedgerAudit::Source* LedgerAudit::find(SourceIndex index) {
  const auto found = std::find_if(sources_.begin(), sources_.end(),
                                  [index](const Source& each) { return each.settings.source == index; });
  return found == sources_.end() ? nullptr : &*found;
}

void LedgerAudit::take_verdicts(const runtime::PackedHeader& header, std::string_view bytes,
                                std::span<const IdEntry> entries) {
  if (!ledger_begin_) ledger_begin_ = header.epoch;
  if (header.epoch < first_epoch_ || header.epoch > last_epoch_) return;
  written_.add_packed(bytes);
  ledger_.add(partition_, entries);
  for (const IdEntry& entry : entries) {
    if (entry.kind != IdEntry::Kind::remembered && entry.kind != IdEntry::Kind::note) continue;
    Source* const source = find(entry.source);
    if (source == nullptr) {
      findings_.add("verdict_of_no_source", partition_, "source " + std::to_string(entry.source.value()),
                    text_of(place_of(entry)));
    } else if (!entry.moved) {
      judge(*source, entry);
    } else if (entry.kind == IdEntry::Kind::note) {
      move(*source, entry);
    }  // else: remembered again, which is no verdict
  }
}

void LedgerAudit::judge(Source& source, const IdEntry& entry) {
  const RecordPlace place = place_of(entry);
  if (place < source.next) {
    findings_.add("judged_twice", partition_, source.settings.topic, text_of(place));
    return;
  }
  source.next = place;
  ++source.next.element;
  if (place.offset < source.from.value_or(Offset()) || place.offset >= source.to) {
    findings_.add("judged_unread", partition_, source.settings.topic,
                  text_of(place) + ": no epoch consumed it");
  } else if (source.in_ledger && source.last_offset != place.offset) {
    source.in_ledger->add(place.offset);
  }
  source.last_offset = place.offset;
  const auto verdict = processors::verdict_of(entry.verdict);
  if (verdict == Verdict::parked || verdict == Verdict::void_event) source.may_move.insert(place);
}

void LedgerAudit::move(Source& source, const IdEntry& entry) {
  const RecordPlace place = place_of(entry);
  if (place.offset < source.from.value_or(Offset())) {
    ++source.moved_unchecked;
    return;
  }
  const auto verdict = processors::verdict_of(entry.verdict);
  if (verdict == Verdict::voided) {
    if (place >= source.next)
      findings_.add("moved_without_verdict", partition_, source.settings.topic, text_of(place) + ": voided");
    if (!source.voided.insert(place).second)
      findings_.add("voided_twice", partition_, source.settings.topic, text_of(place));
    return;
  }
  const auto open = source.may_move.find(place);
  if (open == source.may_move.end()) {
    findings_.add("moved_without_verdict", partition_, source.settings.topic,
                  text_of(place) + ": moved to " + std::string(name_of(verdict)) +
                      ", but it was neither parked nor a void that waits");
    return;
  }
  if (verdict != Verdict::void_event) source.may_move.erase(open);  // a void that was parked may wait now
}

void LedgerAudit::compare(const Source& source, const VerdictSums& sums) {
  const std::string& topic = source.settings.topic;
  const std::int64_t counted =
      count_of(sums.verdicts, Verdict::counted) + count_of(sums.moved, Verdict::counted);
  const std::int64_t voided = count_of(sums.moved, Verdict::voided);
  if (voided - source.moved_unchecked > counted) {
    findings_.add("voided_uncounted", partition_, topic,
                  std::to_string(voided) + " voided, " + std::to_string(counted) + " counted");
  }
  if (!source.in_topic) return;
  for (const auto& each : source.in_topic->differences(*source.in_ledger)) {
    findings_.add("verdicts_differ", partition_, topic,
                  "offsets " + text_of(each.first) + " to " + text_of(each.last) + ": " +
                      std::to_string(each.here) + " records, " + std::to_string(each.there) +
                      " offsets with verdicts");
  }
}

std::vector<SourceBalance> LedgerAudit::finish(bool whole) {
  // Where retention cut the ledger later than the record of epochs, only what it still tells can be compared.
  const bool complete = whole || (ledger_begin_ && *ledger_begin_ < first_epoch_);
  if (complete && !(told_ == written_)) {
    findings_.add("ledger_differs", partition_, ids_,
                  "epochs tell of " + std::to_string(told_.rows) + " rows, there are " +
                      std::to_string(written_.rows) +
                      (told_.rows == written_.rows ? " of other content" : ""));
  }
  std::vector<SourceBalance> out;
  for (const Source& source : sources_) {
    const auto found = ledger_.by_source().find(source.settings.source);
    const VerdictSums sums = found == ledger_.by_source().end() ? VerdictSums() : found->second;
    if (complete) compare(source, sums);
    out.push_back({.topic = source.settings.topic,
                   .partition = partition_,
                   .from = source.from.value_or(Offset()),
                   .to = source.to,
                   .compared_from = complete ? source.compared_from : source.to,
                   .records = source.in_topic ? source.in_topic->count() : 0,
                   .judged = source.in_ledger ? source.in_ledger->count() : 0,
                   .moved_unchecked = source.moved_unchecked,
                   .sums = sums});
  }
  return out;
}

}  // namespace tidemark::cli
