#include "cli/verify/verify_run.h"

#include <algorithm>
#include <charconv>

#include "cli/catalog.h"
#include "cli/event_line.h"
#include "cli/input_line.h"
#include "cli/verdict_names.h"
#include "connectors/dead_letter/encoder.h"
#include "processors/remembered.h"
#include "schemas/customer_profile/codec.h"

namespace tidemark::cli {
namespace {

constexpr std::size_t kRecordsPerEpoch = 10'000;
constexpr std::chrono::minutes kEpochSpan{1};  // of the wall clock, so that totals are told as it goes on

std::string default_tenant(const runtime::Topology& topology) {
  const ConfigNode* tenant = topology.document.find("default_tenant");
  return tenant == nullptr ? "" : tenant->scalar;
}

// The key that `customers apply` would give the profile.
std::optional<std::string> key_of_profile(const std::optional<std::string>& value,
                                          std::string_view default_tenant) {
  if (!value) return std::nullopt;
  const auto profile = schemas::decode_profile(*value, default_tenant);
  if (!profile) return std::nullopt;
  return schemas::encode_customer_key(profile->tenant_id, profile->customer_id);
}

}  // namespace

VerifyRun::VerifyRun(const runtime::Topology& topology, Settings settings)
    : topology_(topology),
      sub_topology_(topology.sub_topologies.front()),
      default_tenant_(default_tenant(topology)),
      settings_(settings),
      lines_(sub_topology_.sources.size()) {}

Result<std::unique_ptr<VerifyRun>> VerifyRun::start(const runtime::Topology& topology, Settings settings) {
  std::unique_ptr<VerifyRun> run(new VerifyRun(topology, settings));
  TM_TRY(run->find_sources());
  auto driver = runtime::TopologyDriver::make(topology, processor_catalog(), {.dead_letter_encoder = [] {
                                                return std::make_unique<connectors::HeaderEncoder>();
                                              }});
  if (!driver) return driver.error();
  run->driver_ = *std::move(driver);
  return run;
}

Status VerifyRun::find_sources() {
  for (const auto& [codec, found] : {std::pair{"usage_event", &events_}, {"customer_profile", &customers_}}) {
    const auto source = std::find_if(sub_topology_.sources.begin(), sub_topology_.sources.end(),
                                     [&](const auto& each) { return each.codec == codec; });
    if (source == sub_topology_.sources.end()) {
      return Error{Disposition::fatal, "config_invalid",
                   "the topology has no source with codec " + std::string(codec)};
    }
    *found = static_cast<std::size_t>(source - sub_topology_.sources.begin());
  }
  return {};
}

Result<std::size_t> VerifyRun::source_of(const std::string& topic) const {
  if (topic.empty()) return events_;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < sub_topology_.sources.size(); ++i) {
    names.push_back(topology_.topic(sub_topology_.sources[i].topic)->name);
    if (names.back() == topic) return i;
  }
  const std::string nearest = nearest_name(topic, names);
  return Error{Disposition::fatal, "config_unreadable",
               "no source reads a topic '" + topic + "'" +
                   (nearest.empty() ? "" : " (did you mean '" + nearest + "'?)")};
}

ArrivalTime VerifyRun::arrival_of(std::optional<ArrivalTime> said, std::optional<ArrivalTime> event_time) {
  if (!said) said = settings_.arrival;
  if (!said) said = event_time;
  last_arrival_ = said.value_or(last_arrival_);
  return last_arrival_;
}

Status VerifyRun::profile(std::int64_t line, std::string_view text) {
  const auto profile = schemas::decode_profile(text, default_tenant_);
  if (!profile) {
    verified_.profiles.push_back({line, profile.error().code, profile.error().message});
    return {};
  }
  const std::string key = schemas::encode_customer_key(profile->tenant_id, profile->customer_id);
  const auto offset =
      driver_->pipe(sub_topology_.sources[customers_].name, {.key = key, .value = text, .arrival = {}});
  if (!offset) return offset.error();
  profile_lines_.add(*offset, line);
  profiles_end_ = offset->next();
  return ++records_in_epoch_ < kRecordsPerEpoch ? Status() : end_epoch();
}

Status VerifyRun::event(std::int64_t line, std::string_view text) {
  auto input = read_input_line(text);
  if (!input) return input.error();
  const auto source = source_of(input->topic);
  if (!source) return source.error();
  const EventLine event = *source == events_ ? read_event_record(*input, "") : EventLine();
  if (!input->key)
    input->key = *source == customers_ ? key_of_profile(input->value, default_tenant_) : event.customer_id;
  std::vector<HeaderView> headers;
  for (const auto& [name, value] : input->headers) headers.push_back({name, value});
  const auto offset = driver_->pipe(sub_topology_.sources[*source].name,
                                    {.key = input->key,
                                     .value = input->value,
                                     .headers = headers,
                                     .arrival = arrival_of(input->arrival, event.event_time)});
  if (!offset) return offset.error();
  lines_[*source].add(*offset, line);
  return ++records_in_epoch_ < kRecordsPerEpoch ? Status() : end_epoch();
}

Status VerifyRun::end_epoch() {
  records_in_epoch_ = 0;
  driver_->advance_wall_clock(kEpochSpan);
  TM_TRY(driver_->end_epoch());
  collect();
  return {};
}

Result<Verified> VerifyRun::finish(std::optional<EventTime> clock) {
  TM_TRY(driver_->run_to_rest());
  if (clock) {
    TM_TRY(driver_->advance_watermark(*clock));
    TM_TRY(driver_->run_to_rest());
  }
  collect();
  return std::move(verified_);
}

void VerifyRun::collect() {
  for (const WrittenVerdict& written : driver_->take_verdicts()) {
    const LinePlace line{lines_[written.place.source.value()].line_of(written.place.offset),
                         written.place.element};
    const LineVerdict verdict{.verdict = static_cast<std::uint8_t>(processors::verdict_of(written.verdict)),
                              .code = written.code};
    if (written.moved)
      verified_.lines.move(line, verdict);
    else
      verified_.lines.judge(line, verdict);
  }
  for (const SentRecord& letter : driver_->take_dead_letters()) collect_dead_letter(letter);
  for (ToldNotice& notice : driver_->take_notices()) collect_notice(std::move(notice));
  for (const runtime::SinkSettings& sink : sub_topology_.sinks) {
    for (SentRecord& sent : driver_->take_sent(sink.name)) {
      if (sink.name == "deltas" && settings_.keep_deltas && sent.value)
        verified_.deltas.push_back(*std::move(sent.value));
      if (sink.name != "totals") continue;
      if (sent.value)
        verified_.totals.insert_or_assign(std::move(sent.key), *std::move(sent.value));
      else
        verified_.totals.erase(sent.key);
    }
  }
}

void VerifyRun::collect_notice(ToldNotice notice) {
  VerifiedNotice told{.code = std::move(notice.code), .message = std::move(notice.message)};
  if (notice.record) {
    const auto& [source, offset, element] = *notice.record;
    told.of_customers = source.value() == customers_ && offset < profiles_end_;
    told.line = told.of_customers ? profile_lines_.line_of(offset) : lines_[source.value()].line_of(offset);
  }
  verified_.notices.push_back(std::move(told));
}

// The letter says where its record stood.
void VerifyRun::collect_dead_letter(const SentRecord& letter) {
  const std::string topic(letter.header("__connect.errors.topic"));
  const std::string_view offset_text = letter.header("__connect.errors.offset");
  std::string message(letter.header("__connect.errors.exception.message"));
  std::int64_t number = 0;
  std::from_chars(offset_text.data(), offset_text.data() + offset_text.size(), number);
  const Offset offset(number);
  const auto source = source_of(topic);
  TM_ASSERT(source.has_value());
  const std::string code(letter.header("td-error-code"));
  if (*source == events_) {
    const std::string_view element_text = letter.header("td-element");
    std::uint16_t element = 0;
    std::from_chars(element_text.data(), element_text.data() + element_text.size(), element);
    verified_.lines.explain({lines_[events_].line_of(offset), element}, std::move(message));
  } else if (*source == customers_ && offset < profiles_end_) {
    verified_.profiles.push_back({profile_lines_.line_of(offset), code, std::move(message)});
  } else {
    verified_.lines.refuse(lines_[*source].line_of(offset), topic, code_number(code), std::move(message));
  }
}

}  // namespace tidemark::cli
