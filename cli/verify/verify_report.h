#pragma once
// What `events verify` found, as lines for programs and as a page for people. Pure.
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cli/output.h"
#include "cli/verify/line_verdicts.h"

namespace tidemark::cli {

// A line of the file of profiles that the engine would refuse.
struct RefusedProfile {
  std::int64_t line = 0;
  std::string code;
  std::string message;
};

// What `run` would log, and not refuse.
struct VerifiedNotice {
  std::string code;
  std::string message;
  std::int64_t line = 0;      // 0: it is about no line
  bool of_customers = false;  // a line of the file of profiles
};

struct Verified {
  std::vector<RefusedProfile> profiles;
  LineVerdicts lines;
  std::vector<VerifiedNotice> notices;        // in the order told
  std::map<std::string, std::string> totals;  // key -> last value, both as in the topic of totals
  std::vector<std::string> deltas;            // in the order sent, if they were to be kept

  bool has_dead_letters() const;  // of any kind
};

// jsonl: {"customers_line":..,"code":..,"message":..} per refused profile; per usage record in the order of
// lines {"line":1,"verdict":"counted"}, with "code" and "message" of a dead letter and "then":[..] where the
// verdict moved later, and with "topic" for dead letters of other topics;
// {"notice":{"code":..,"message":..,"line":..}} per notice in the order told; {"total":{..}} per total in the
// order of keys; last {"summary":{"consumed":..,..}}. json: the same in one object.
using Write = std::function<void(std::string_view)>;  // piece by piece
void render_verified(const Verified& verified, OutputFormat format, const Write& write);

}  // namespace tidemark::cli
