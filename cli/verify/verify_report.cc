#include "cli/verify/verify_report.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "cli/total_table.h"
#include "cli/verdict_names.h"
#include "processors/judged_event.h"

namespace tidemark::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr auto kDeadLetter = static_cast<std::uint8_t>(processors::Verdict::dead_letter);
constexpr std::size_t kLinesShown = 5;

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The code that matters: of the dead letter that the record became first or last.
std::uint16_t code_of(LineVerdict verdict, const LineNotes* notes) {
  if (notes == nullptr) return verdict.code;
  for (const LineVerdict& move : notes->moves) {
    if (move.verdict == kDeadLetter) return move.code;
  }
  return verdict.code;
}

bool is_usage(const LineNotes* notes) {
  return notes == nullptr || notes->topic.empty();
}

std::string line_text(const LinePlace& place, LineVerdict verdict, const LineNotes* notes) {
  if (notes == nullptr && verdict.code == 0) {
    return "{\"line\":" + std::to_string(place.line) + ",\"verdict\":\"" + verdict_name(verdict.verdict) +
           "\"}";
  }
  Json json;
  json["line"] = place.line;
  if (place.element != 0 || (notes != nullptr && notes->has_siblings)) json["element"] = place.element;
  if (!is_usage(notes)) json["topic"] = notes->topic;
  json["verdict"] = verdict_name(verdict.verdict);
  if (notes != nullptr) {
    for (const LineVerdict& move : notes->moves) json["then"].push_back(verdict_name(move.verdict));
  }
  if (const std::uint16_t code = code_of(verdict, notes); code != 0) json["code"] = code_name(code);
  if (notes != nullptr && !notes->message.empty()) json["message"] = notes->message;
  return text_of(json);
}

std::string profile_text(const RefusedProfile& profile) {
  return text_of(
      Json{{"customers_line", profile.line}, {"code", profile.code}, {"message", profile.message}});
}

std::string notice_text(const VerifiedNotice& notice) {
  Json json{{"code", notice.code}, {"message", notice.message}};
  if (notice.line > 0) json[notice.of_customers ? "customers_line" : "line"] = notice.line;
  return text_of(json);
}

class Summary {
 public:
  void add(LineVerdict verdict, const LineNotes* notes) {
    if (!is_usage(notes)) return;
    ++consumed_;
    ++verdicts_[verdict.verdict];
    if (verdict.code != 0) ++dead_letters_[code_name(verdict.code)];
    if (notes == nullptr) return;
    for (const LineVerdict& move : notes->moves) {
      ++moved_[verdict_name(move.verdict)];
      if (move.code != 0) ++moved_dead_letters_[code_name(move.code)];
    }
  }
  std::string text() const {
    Json json;
    json["consumed"] = consumed_;
    for (std::size_t i = 1; i < processors::kTakenVerdictsEnd; ++i)
      json[std::string(processors::kVerdictNames[i])] = verdicts_[i];
    json["dead_letters"] = dead_letters_;
    json["moved"] = moved_;
    json["moved_dead_letters"] = moved_dead_letters_;
    return text_of(json);
  }

 private:
  std::int64_t consumed_ = 0;
  std::array<std::int64_t, processors::kTakenVerdictsEnd> verdicts_{};
  std::map<std::string, std::int64_t> dead_letters_, moved_, moved_dead_letters_;
};

void render_jsonl(const Verified& verified, const Write& write) {
  for (const RefusedProfile& profile : verified.profiles) write(profile_text(profile) + "\n");
  Summary summary;
  verified.lines.for_each([&](const LinePlace& place, LineVerdict verdict, const LineNotes* notes) {
    write(line_text(place, verdict, notes) + "\n");
    summary.add(verdict, notes);
  });
  for (const VerifiedNotice& notice : verified.notices) write("{\"notice\":" + notice_text(notice) + "}\n");
  for (const auto& [key, total] : verified.totals) write("{\"total\":" + total + "}\n");
  write("{\"summary\":" + summary.text() + "}\n");
}

// A member of the one object that is written piece by piece.
class ListWriter {
 public:
  ListWriter(const std::string& name, const Write& write) : write_(write) { write_("  \"" + name + "\": ["); }
  ~ListWriter() { write_(is_empty_ ? "],\n" : "\n  ],\n"); }
  ListWriter(const ListWriter&) = delete;
  ListWriter& operator=(const ListWriter&) = delete;
  void add(const std::string& item) {
    write_((is_empty_ ? "\n    " : ",\n    ") + item);
    is_empty_ = false;
  }

 private:
  const Write& write_;
  bool is_empty_ = true;
};

void render_json(const Verified& verified, const Write& write) {
  Summary summary;
  write("{\n");
  {
    ListWriter list("customers", write);
    for (const RefusedProfile& profile : verified.profiles) list.add(profile_text(profile));
  }
  {
    ListWriter list("lines", write);
    verified.lines.for_each([&](const LinePlace& place, LineVerdict verdict, const LineNotes* notes) {
      list.add(line_text(place, verdict, notes));
      summary.add(verdict, notes);
    });
  }
  {
    ListWriter list("notices", write);
    for (const VerifiedNotice& notice : verified.notices) list.add(notice_text(notice));
  }
  {
    ListWriter list("totals", write);
    for (const auto& [key, total] : verified.totals) list.add(total);
  }
  write("  \"summary\": " + summary.text() + "\n}\n");
}

// Lines that went the same way.
struct Group {
  std::int64_t count = 0;
  std::string lines;
  std::string message;  // of the first

  void add(std::int64_t line, const std::string& why) {
    ++count;
    if (count == 1) message = why;
    if (line == 0) return;  // of no line
    const auto shown = static_cast<std::int64_t>(kLinesShown);
    if (count <= shown) lines += (lines.empty() ? "" : ", ") + std::to_string(line);
    if (count == shown + 1) lines += ", ...";
  }
};

Table notice_table(const std::vector<VerifiedNotice>& notices) {
  std::map<std::pair<bool, std::string>, Group> groups;  // of the profiles? code
  for (const VerifiedNotice& notice : notices)
    groups[{notice.of_customers, notice.code}].add(notice.line, notice.message);
  Table table({{"notice"}, {"times", true}, {"of"}, {"lines"}, {"what (first)"}});
  for (const auto& [name, group] : groups) {
    table.add({name.second, group.count, name.first ? "customers" : "events",
               group.lines.empty() ? Cell() : Cell(group.lines), group.message});
  }
  return table;
}

void render_table(const Verified& verified, const Write& write) {
  std::map<std::tuple<bool, std::string, std::string>, Group> groups;  // usage last? path, code
  for (const RefusedProfile& profile : verified.profiles)
    groups[{true, "profile refused", profile.code}].add(profile.line, profile.message);
  verified.lines.for_each([&](const LinePlace& place, LineVerdict verdict, const LineNotes* notes) {
    std::string path = verdict_name(verdict.verdict);
    if (notes != nullptr) {
      for (const LineVerdict& move : notes->moves) path += ", then " + verdict_name(move.verdict);
    }
    if (!is_usage(notes)) path += " of " + notes->topic;
    const std::uint16_t code = code_of(verdict, notes);
    groups[{!is_usage(notes), path, code == 0 ? "" : code_name(code)}].add(
        place.line, notes == nullptr ? "" : notes->message);
  });
  Table table({{"verdict"}, {"code"}, {"records", true}, {"lines"}, {"why (first line)"}});
  for (const auto& [name, group] : groups) {
    const auto& [is_other, path, code] = name;
    table.add({path, code.empty() ? Cell() : Cell(code), group.count, group.lines,
               group.message.empty() ? Cell() : Cell(group.message)});
  }
  Table totals = total_table();
  for (const auto& [key, value] : verified.totals) {
    if (const auto total = schemas::decode_usage_total(value)) add_total(totals, *total);
  }
  bool is_first = true;
  for (const Table& each : {table, notice_table(verified.notices), totals}) {
    if (each.size() == 0) continue;
    if (!std::exchange(is_first, false)) write("\n");
    write(each.render(OutputFormat::table));
  }
}

}  // namespace

bool Verified::has_dead_letters() const {
  bool found = !profiles.empty();
  lines.for_each([&](const LinePlace&, LineVerdict verdict, const LineNotes* notes) {
    const auto is_dead = [](LineVerdict each) { return each.verdict == kDeadLetter; };
    found = found || is_dead(verdict) ||
            (notes != nullptr && std::any_of(notes->moves.begin(), notes->moves.end(), is_dead));
  });
  return found;
}

void render_verified(const Verified& verified, OutputFormat format, const Write& write) {
  switch (format) {
    case OutputFormat::table:
      return render_table(verified, write);
    case OutputFormat::json:
      return render_json(verified, write);
    case OutputFormat::jsonl:
      return render_jsonl(verified, write);
  }
}

}  // namespace tidemark::cli
