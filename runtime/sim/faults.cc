#include "runtime/sim/faults.h"

#include <exception>

namespace tidemark::runtime::sim {

bool Faults::fires(std::string_view site, std::string_view process, SiteKind kind) {
  if (!enabled_) return false;
  const std::uint64_t visit = ++visits_[std::string(site)];
  const std::uint64_t own_visit = ++visits_[std::string(process) + "/" + std::string(site)];
  if (!scripted(site, process, visit, own_visit) && !random_.chance(chance_of(site, kind))) return false;
  ++fired_[std::string(site)];
  trace_.note(site, process, {static_cast<std::int64_t>(visit)});
  return true;
}

void Faults::may_stall(std::string_view site, const std::string& process) {
  if (pass_time_ && fires(std::string(site) + ".stall", process, SiteKind::stall)) pass_time_(process);
}

std::uint64_t Faults::visits(std::string_view site) const {
  const auto found = visits_.find(site);
  return found == visits_.end() ? 0 : found->second;
}

Chance Faults::chance_of(std::string_view site, SiteKind kind) const {
  if (const auto named = plan_.sites.find(site); named != plan_.sites.end()) return named->second;
  switch (kind) {
    case SiteKind::crash:
      return plan_.crashes;
    case SiteKind::error:
      return plan_.errors;
    case SiteKind::stall:
      return plan_.stalls;
    case SiteKind::rare:
      break;
  }
  return {};
}

bool Faults::scripted(std::string_view site, std::string_view process, std::uint64_t visit,
                      std::uint64_t own_visit) const {
  for (const ScriptedFault& fault : plan_.script) {
    if (fault.site != site) continue;
    if (fault.process.empty() ? fault.visit == visit : fault.process == process && fault.visit == own_visit)
      return true;
  }
  return false;
}

void Process::at(std::string_view site) {
  // A second throw while the first unwinds would end the test program, not the process.
  if (crashed_ || std::uncaught_exceptions() > 0) return;
  faults_.may_stall(site, name_);
  if (!faults_.fires(site, name_, SiteKind::crash)) return;
  crashed_ = true;
  throw Crash{name_, std::string(site)};
}

Status Process::alive() const {
  if (crashed_) return Error{Disposition::fatal, "crashed", "process " + name_ + " is dead"};
  return {};
}

Status Process::enter(std::string_view call) {
  TM_TRY(alive());
  at(std::string(call) + ".before");
  if (fails(std::string(call) + ".retry")) {
    return Error{Disposition::retry, "unreachable",
                 "injected: " + std::string(call) + " did not get through"};
  }
  return {};
}

}  // namespace tidemark::runtime::sim
