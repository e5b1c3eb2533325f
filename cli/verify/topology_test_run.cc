#include "cli/verify/topology_test_run.h"

#include <algorithm>

#include "cli/verdict_names.h"
#include "cli/verify/expectation.h"
#include "cli/verify/verify_run.h"
#include "processors/judged_event.h"

namespace tidemark::cli {
namespace {

using Json = nlohmann::ordered_json;
using Findings = std::vector<Finding>;

constexpr auto kDeadLetter = static_cast<std::uint8_t>(processors::Verdict::dead_letter);

std::vector<Json> parsed(const std::vector<std::string>& records) {
  std::vector<Json> out;
  for (const std::string& record : records) out.push_back(Json::parse(record));
  return out;
}

struct Letter {
  const TestEvent* event = nullptr;
  std::int64_t number = 0;  // of the event, from 1
  std::string code;
  std::string message;
  bool is_expected = false;
};

std::vector<Letter> letters_of(const TopologyTest& test, const Verified& verified) {
  std::vector<Letter> letters;
  verified.lines.for_each([&](const LinePlace& place, LineVerdict verdict, const LineNotes* notes) {
    const auto add = [&](LineVerdict said) {
      if (said.verdict != kDeadLetter) return;
      letters.push_back({.event = &test.events[static_cast<std::size_t>(place.line - 1)],
                         .number = place.line,
                         .code = code_name(said.code),
                         .message = notes == nullptr ? "" : notes->message});
    };
    add(verdict);
    if (notes != nullptr) std::for_each(notes->moves.begin(), notes->moves.end(), add);
  });
  return letters;
}

bool is_of(const ConfigNode& expected, const Letter& letter) {
  const ConfigNode* event_id = expected.find("event_id");
  const ConfigNode* number = expected.find("event");
  return (event_id == nullptr || event_id->scalar == letter.event->event_id) &&
         (number == nullptr || number->scalar == std::to_string(letter.number));
}

void compare_letter(const ConfigNode& expected, std::vector<Letter>& letters, Findings& findings) {
  static const std::vector<std::string> keys{"event_id", "event", "code"};
  refuse_unknown_keys(expected, expected.path, keys, findings);
  const ConfigNode* code = expected.find("code");
  if (code == nullptr || (!expected.find("event_id") && !expected.find("event"))) {
    findings.push_back(finding_at(
        expected, "a dead letter has a code and an event_id, or an event by its place in the test, from 1"));
    return;
  }
  const auto letter = std::find_if(letters.begin(), letters.end(), [&](const Letter& each) {
    return !each.is_expected && is_of(expected, each);
  });
  if (letter == letters.end()) {
    findings.push_back(finding_at(expected, "there is no such dead letter, expected " + code->scalar));
    return;
  }
  letter->is_expected = true;
  if (letter->code == code->scalar) return;
  findings.push_back(finding_at(*code, "the dead letter's code is " + letter->code + ", expected " +
                                           code->scalar + ": " + letter->message));
}

void compare_letters(const TopologyTest& test, const Verified& verified, Findings& findings) {
  std::vector<Letter> letters = letters_of(test, verified);
  if (test.dead_letters != nullptr) {
    for (const ConfigNode& expected : test.dead_letters->list) compare_letter(expected, letters, findings);
  }
  for (const Letter& letter : letters) {
    if (letter.is_expected) continue;
    findings.push_back(finding_at(*letter.event->node, "not expected: a dead letter " + letter.code +
                                                           (letter.message.empty() ? "" : ": ") +
                                                           letter.message));
  }
}

// "profile_late of event 2"
std::string title_of(const ConfigNode& expected) {
  const ConfigNode* event = expected.find("event");
  return expected.find("code")->scalar + (event == nullptr ? "" : " of event " + event->scalar);
}

bool is_of(const ConfigNode& expected, const VerifiedNotice& notice) {
  const ConfigNode* event = expected.find("event");
  const std::string number = notice.line == 0 || notice.of_customers ? "none" : std::to_string(notice.line);
  return expected.find("code")->scalar == notice.code && (event == nullptr || event->scalar == number);
}

void compare_notices(const TopologyTest& test, const Verified& verified, Findings& findings) {
  static const std::vector<std::string> keys{"code", "event"};
  if (test.notices == nullptr) return;
  std::vector<const VerifiedNotice*> left;
  for (const VerifiedNotice& notice : verified.notices) left.push_back(&notice);
  for (const ConfigNode& expected : test.notices->list) {
    refuse_unknown_keys(expected, expected.path, keys, findings);
    if (expected.find("code") == nullptr) {
      findings.push_back(finding_at(expected, "a notice has a code, and may have an event, by its place"));
      continue;
    }
    const auto found = std::find_if(left.begin(), left.end(),
                                    [&](const VerifiedNotice* each) { return is_of(expected, *each); });
    if (found == left.end()) {
      findings.push_back(finding_at(expected, "there is no such notice, expected " + title_of(expected)));
    } else {
      left.erase(found);
    }
  }
  for (const VerifiedNotice* notice : left) {
    const bool of_event = notice->line > 0 && !notice->of_customers;
    const ConfigNode& node =
        of_event ? *test.events[static_cast<std::size_t>(notice->line - 1)].node : *test.notices;
    findings.push_back(finding_at(node, "not expected: a notice " + notice->code + ": " + notice->message));
  }
}

Result<Verified> verify(const runtime::Topology& topology, const TopologyTest& test) {
  auto run = VerifyRun::start(topology, {.arrival = std::nullopt, .keep_deltas = test.deltas != nullptr});
  if (!run) return run.error();
  for (std::size_t i = 0; i < test.customers.size(); ++i)
    TM_TRY((*run)->profile(static_cast<std::int64_t>(i) + 1, test.customers[i].profile));
  for (std::size_t i = 0; i < test.events.size(); ++i) {
    if (const Status taken = (*run)->event(static_cast<std::int64_t>(i) + 1, test.events[i].line); !taken)
      return taken.error();
  }
  return (*run)->finish(test.clock);
}

Result<Findings> run_test(const runtime::Topology& topology, const TopologyTest& test) {
  Findings findings;
  const auto verified = verify(topology, test);
  if (!verified && verified.error().code != "config_unreadable") return verified.error();
  if (!verified) {  // an event that cannot be
    findings.push_back(finding_at(*test.node, verified.error().message));
    return findings;
  }
  for (const RefusedProfile& refused : verified->profiles) {
    const ConfigNode& node = *test.customers[static_cast<std::size_t>(refused.line - 1)].node;
    findings.push_back(finding_at(node, "the customer is refused: " + refused.code + ": " + refused.message));
  }
  if (test.totals != nullptr) {
    std::vector<std::string> totals;
    for (const auto& [key, total] : verified->totals) totals.push_back(total);
    compare_records(*test.totals, parsed(totals), total_fields(), "total", findings);
  }
  if (test.deltas != nullptr)
    compare_records(*test.deltas, parsed(verified->deltas), delta_fields(), "delta", findings);
  compare_letters(test, *verified, findings);
  compare_notices(test, *verified, findings);
  return findings;
}

}  // namespace

Result<Findings> run_topology_tests(const runtime::Topology& topology,
                                    const std::vector<TopologyTest>& tests) {
  Findings all;
  for (const TopologyTest& test : tests) {
    auto findings = run_test(topology, test);
    if (!findings) return findings.error();
    for (Finding& finding : *findings) {
      finding.message = "test '" + test.name + "': " + finding.message;
      all.push_back(std::move(finding));
    }
  }
  return all;
}

Result<std::size_t> read_and_run_topology_tests(const runtime::Topology& topology, Findings& findings,
                                                Findings& failures) {
  const auto tests = read_topology_tests(topology.document, findings);
  if (!findings.empty()) return tests.size();
  auto found = run_topology_tests(topology, tests);
  if (!found) return found.error();
  failures = *std::move(found);
  return tests.size();
}

}  // namespace tidemark::cli
