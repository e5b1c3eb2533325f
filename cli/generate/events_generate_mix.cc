// Voids, and the forms of records, of made-up usage.
#include <algorithm>
#include <array>
#include <iterator>

#include "cli/generate/events_generate.h"

namespace tidemark::cli {
namespace {

constexpr std::size_t kRecentMax = 512;
constexpr std::int64_t kEarlyVoidReach = 2'000;    // lines from a void to its original
constexpr std::size_t kOtherFormBytesMax = 1'024;  // of properties: an event near a limit stays as it is

constexpr std::string_view kAfter = "void_after";
constexpr std::string_view kBefore = "void_before";
constexpr std::string_view kTwice = "void_twice";
constexpr std::string_view kMismatched = "void_mismatched";
constexpr std::string_view kUnsupported = "void_unsupported";
constexpr std::array<std::string_view, 8> kVoids{kAfter, kBefore,     kAfter,  kTwice,
                                                 kAfter, kMismatched, kBefore, kUnsupported};

// Counted or summed by meters as those of scripts/demo.topology.yaml; the other types are gauges.
bool is_voidable(std::string_view type) {
  return type == "api.request" || type == "llm.completion" || type == "compute.job" || type == "page.view";
}

}  // namespace

GeneratorOptions full_mix() {
  GeneratorOptions options;
  options.varied = true;
  options.voids = 30;
  options.misfits = 4;
  options.cloud_events = 100;
  options.packed = 20;
  return options;
}

void EventGenerator::remember(const EventContent& event) {
  if (options_.voids == 0) return;
  if (recent_.size() < kRecentMax)
    recent_.push_back(event);
  else
    recent_[below(kRecentMax)] = event;
}

const EventContent* EventGenerator::recent_event(bool voidable) {
  for (int attempt = 0; attempt < 16 && !recent_.empty(); ++attempt) {
    const EventContent& event = recent_[below(recent_.size())];
    if (is_voidable(event.type) == voidable) return &event;
  }
  return nullptr;
}

bool EventGenerator::make_void(EventContent& event, GeneratedEvent& out) {
  const std::string_view variant = kVoids[voids_drawn_++ % kVoids.size()];
  if (!take_back(variant, event)) return false;
  out.kind = GeneratedKind::void_event;
  out.variant = variant;
  // What becomes a dead letter is not remembered, so its repeat would be no duplicate.
  if (variant != kMismatched && variant != kUnsupported) repeat_later(event);
  return true;
}

bool EventGenerator::take_back(std::string_view variant, EventContent& event) {
  if (variant == kBefore) {
    if (!is_voidable(event.type) || options_.events - line_ < 2) return false;
    repeats_.push({later_line(kEarlyVoidReach), repeats_drawn_++, event, GeneratedKind::ordinary});
    event = void_of(event, event_id());
    return true;
  }
  const EventContent* target = variant != kTwice               ? recent_event(variant != kUnsupported)
                               : last_voided_.event_id.empty() ? nullptr
                                                               : &last_voided_;
  if (target == nullptr) return false;
  event = void_of(*target, event_id());
  if (variant == kAfter) last_voided_ = *target;
  if (variant == kMismatched) {
    event.value = event.value == "4711" ? "4712" : "4711";
    event.value_quoted = true;
  }
  return true;
}

// Of one customer, all come at once; sometimes one of them again, or taken back.
std::vector<EventContent> EventGenerator::pack(const EventContent& event) {
  std::vector<EventContent> events{event};
  for (std::uint64_t more = 1 + below(5); more > 0; --more) {
    EventContent sibling = ordinary();
    sibling.customer_id = event.customer_id;
    sibling.event_time += event.arrival - sibling.arrival;
    sibling.arrival = event.arrival;
    events.push_back(std::move(sibling));
  }
  if (chance(1, 4)) events.push_back(event);
  if (chance(1, 4) && options_.voids > 0 && is_voidable(event.type))
    events.push_back(void_of(event, event_id()));
  return events;
}

void EventGenerator::write(const EventContent& event, GeneratedEvent& out) {
  constexpr std::array kPacked{RecordForm::lines, RecordForm::array, RecordForm::batch};
  constexpr std::array kSingle{RecordForm::structured, RecordForm::structured_plain, RecordForm::binary};
  const bool near_a_limit =
      out.kind == GeneratedKind::edge || event.extra_properties.size() > kOtherFormBytesMax;
  if (options_.packed > 0 && out.kind == GeneratedKind::ordinary && chance(options_.packed, 1'000))
    return write_record(kPacked[below(kPacked.size())], pack(event), out);
  RecordForm form = RecordForm::own_json;
  if (options_.cloud_events > 0 && !near_a_limit && chance(options_.cloud_events, 1'000))
    form = kSingle[below(kSingle.size())];
  write_record(form, {&event, 1}, out);
}

}  // namespace tidemark::cli
