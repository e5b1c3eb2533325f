#pragma once
// The periods of one customer through all versions of the profile: from which edge on which grid rules.
// A version takes effect at the first edge, at or after its effective_from, of the line that the versions
// before it make; from there to its own grid's first edge runs a stub period. One that would take effect
// where the one before it does, replaces it; one with the same rule as the one before it changes nothing.
// The first version's grid reaches back without limit.
#include <span>
#include <string>
#include <vector>

#include "billing/period.h"
#include "schemas/customer_profile/codec.h"
#include "tidemark/bytes.h"
#include "tidemark/result.h"
#include "tidemark/time.h"

namespace tidemark::billing {

// Immutable, a value, [any thread]. Its periods tile the time line. Finding one allocates nothing.
class Timeline {
 public:
  struct Segment {
    EventTime from;  // kEventTimeMin for the first; ascending
    PeriodGrid grid;
    bool operator==(const Segment&) const = default;
  };

  // Of a customer without an earlier profile: nothing is late. REQUIRES: at least one version, ascending
  // effective_from. Errors: those of PeriodGrid::make; the message names the version.
  static Result<Timeline> of(std::span<const schemas::ProfileVersion> versions);

  // What becomes of this line when the profile says `versions` from now on. Periods that begin before
  // `locked_until` stay as they are: it is the end of the period that holds the watermark or the last counted
  // event, whichever is later, or kEventTimeMin where there is neither. What counts is the version wanted at
  // present (the last one that takes effect before `locked_until` on a line of `versions` alone) against the
  // grid in effect there: if they differ, the wanted one begins at `locked_until`. From there on all is as
  // wanted.
  // REQUIRES: `locked_until` is an edge of this line. Errors: as of().
  struct Change;
  Result<Change> changed_to(std::span<const schemas::ProfileVersion> versions, EventTime locked_until) const;

  // This line with periods that exist in the state kept as they are, for when the time-zone data changed:
  // the grids' periods are clipped at their edges. Periods that this line has anyway change nothing. Where
  // later rules begin stays too; changed_to() with the same versions puts that on edges of the new data.
  // REQUIRES: `existing` is ascending and disjoint, also from other periods frozen before.
  Timeline with_frozen(std::span<const Period> existing) const;

  Period containing(EventTime time) const;
  Period after(const Period& period) const;  // the next one; the last one is followed by itself
  // Of the time-zone data by which its periods are found.
  std::uint64_t zones_hash() const;
  std::span<const Segment> segments() const { return segments_; }
  bool operator==(const Timeline&) const = default;  // same rules from the same edges, same frozen periods

  // Bytes for the state, as docs/formats.md lays them out. Errors of read(): fatal "state_corrupt";
  // "time_zone_unknown_here" where this machine's time-zone data are older than those of the machine that
  // wrote the bytes; "time_zone_data_unreadable".
  void append_to(std::string& out) const;
  static Result<Timeline> read(ByteReader& in);

 private:
  struct Wanted;
  static Result<Wanted> wanted(std::span<const schemas::ProfileVersion> versions, std::vector<Period> frozen);
  bool append(Segment segment);
  EventTime first_edge_at_or_after(EventTime time) const;

  std::vector<Segment> segments_;  // not empty; neighbours differ in their rules
  std::vector<Period> frozen_;     // ascending, disjoint
};

struct Timeline::Change {
  Timeline timeline;
  // The version wanted at present should have taken effect before. To be reported each time: it stays true
  // until `locked_until` has passed its beginning.
  bool late = false;
  // Where the changed rule begins, `locked_until` if late; EventTime::max() when nothing changes.
  EventTime effective = EventTime::max();
};

}  // namespace tidemark::billing
