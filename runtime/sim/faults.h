#pragma once
// Where a simulated process may fail, and when. A site is a name; its last word says what happens there:
//   crash sites (throw Crash)
//     P0.poll.before|after        P0.multi_get.before      P1.produce.before|after   P2.flush.before|after
//     P3.send_offsets.before|after                         P4.commit.before          (nothing was sent)
//     P4.commit.reply_lost        (the cluster committed, the caller never learns)
//     P4.commit.in_flight         (EndTxn lands some operations after the death)
//     P5.write.before|during|after  P6.flush.before|after  store.open.before  store.scan.before
//     store.erase_range.before|after  init.before|after  abort.before|after  fence.before|after
//     committed.before            restore.offsets.before   restore.poll.before|after
//     P6.ingest.before|during|after
//   error sites (the call fails or tells a half truth)
//     <call>.retry                of P0.poll, P1.produce, P2.flush, P3.send_offsets, init, fence, committed,
//                                 restore.poll, restore.offsets, client.open: transient, nothing was done
//     P1.produce.lost             a part is not delivered: the flush says abort_txn
//     P4.commit.aborted           the transaction is aborted and the producer goes on
//     P4.commit.suspect           committed, answered late
//     P4.commit.suspect_repeated  committed, and a second EndTxn of the same epoch lands later
//     P4.commit.unknown_applied|unknown_lost|unknown_delayed
//     abort.unknown_applied|unknown_lost|unknown_delayed
//     abort.repeated              aborted, and a second EndTxn of the same epoch lands later
//     P3.send_offsets.repeated    sent, and the same request lands once more later; the commit is suspect
//     log_ends.lost               some partitions are missing in the answer to ask_log_ends()
//     cluster.marker_lag          the end of a transaction reaches its partitions one by one, later
//   stalls (<crash site>.stall)   the process stands still there, as by SIGSTOP, and goes on later
//   rare sites (only where the plan names them)
//     group.expired_lost          an expired member gets `revoked` + `lost` instead of "fenced"
//     P5.write.disk_full          P6.ingest.disk_full          store.open.corrupt
//     process.leaves              (asked by the test's scheduler) a clean stop
//     store.space.short           the disk has no room for the moment
//     P0.multi_get.corrupt        store.verify.corrupt         (a file goes bad: a read, verification finds
//     it)
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/sim/random.h"
#include "runtime/sim/trace.h"
#include "tidemark/result.h"

namespace tidemark::runtime::sim {

// The process died at `site`. Caught by the test's scheduler alone; not a std::exception, so that no
// handler at the wall to a library takes it for one of its own.
struct Crash {
  std::string process;
  std::string site;
};

// Fires once, at the `visit`-th visit (from 1) of the site by the process (empty: by anyone).
struct ScriptedFault {
  std::string site;
  std::uint64_t visit = 1;
  std::string process;
};

struct FaultPlan {
  Chance crashes;      // crash sites that `sites` does not name
  Chance errors;       // error sites that `sites` does not name
  Chance stalls = {};  // stalls that `sites` does not name
  std::map<std::string, Chance, std::less<>> sites;
  std::vector<ScriptedFault> script;
};

enum class SiteKind : std::uint8_t { crash, error, stall, rare };

class Faults {
 public:
  Faults(FaultPlan plan, Random& random, Trace& trace)
      : plan_(std::move(plan)), random_(random), trace_(trace) {}

  FaultPlan& plan() { return plan_; }                // may be changed between two calls
  void enable(bool enabled) { enabled_ = enabled; }  // off: nothing fires and no visit is counted

  // What the world does while `process` stands still; it is inside of a call of that process, which must not
  // be called meanwhile. Without it nothing stalls.
  void when_stalled(std::function<void(const std::string& process)> pass_time) {
    pass_time_ = std::move(pass_time);
  }

  bool fires(std::string_view site, std::string_view process, SiteKind kind);
  void may_stall(std::string_view site, const std::string& process);
  std::uint64_t visits(std::string_view site) const;
  // How often each site fired: a random test checks here that it met what it wanted to meet.
  const std::map<std::string, std::uint64_t, std::less<>>& fired() const { return fired_; }

 private:
  Chance chance_of(std::string_view site, SiteKind kind) const;
  bool scripted(std::string_view site, std::string_view process, std::uint64_t visit,
                std::uint64_t own_visit) const;

  FaultPlan plan_;
  Random& random_;
  Trace& trace_;
  bool enabled_ = true;
  std::function<void(const std::string&)> pass_time_;
  std::map<std::string, std::uint64_t, std::less<>> visits_;  // by site, and by "process/site"
  std::map<std::string, std::uint64_t, std::less<>> fired_;
};

// One life of a process. After its crash every call through its clients and stores is refused without
// effect, so that what destructors do on the way out cannot reach the cluster or the disk.
class Process {
 public:
  Process(std::string name, Faults& faults) : name_(std::move(name)), faults_(faults) {}

  // A failpoint: throws Crash when the plan says so. Engine tests may name sites of their own.
  void at(std::string_view site);
  bool fails(std::string_view site, SiteKind kind = SiteKind::error) {
    return faults_.fires(site, name_, kind);
  }
  void kill() { crashed_ = true; }
  // Error "crashed" after the crash.
  Status alive() const;
  // alive(), then crash site "<call>.before", then error site "<call>.retry".
  Status enter(std::string_view call);
  const std::string& name() const { return name_; }
  bool crashed() const { return crashed_; }

 private:
  const std::string name_;
  Faults& faults_;
  bool crashed_ = false;
};

}  // namespace tidemark::runtime::sim
