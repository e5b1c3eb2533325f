#pragma once
// Bugs that the simulation switches on to show that its checks catch them. Outside of the simulation's own
// build of the engine (TIDEMARK_PLANTED_BUGS) every one of them is the constant `false` and compiles away.
#ifdef TIDEMARK_PLANTED_BUGS
namespace tidemark {
struct PlantedBugs {
  bool offset_plus_zero = false;            // commits the last offset instead of the next
  bool overlay_skipped_on_read = false;     // reads of a store miss what this epoch wrote
  bool position_outside_batch = false;      // the position is written before the rows, on its own
  bool in_batch_dedup_removed = false;      // repeats inside one batch are not looked for
  bool chain_seq_not_restored = false;      // seq starts at 0 again when a row is read back
  bool producer_kept_after_abort = false;   // goes on with a producer whose transaction was aborted
  bool producer_kept_when_suspect = false;  // goes on though a request of it may come late
  bool idle_by_stable_offset = false;       // the last stable offset is taken for the high watermark
  bool idle_by_own_clock = false;           // the wall clock of the process is taken for the broker's
  bool rekeyed_moves_watermark = false;     // what is brought home moves the watermark there
  bool rekeyed_moves_clock = false;         // the same of the dedup clock
  bool rekeyed_outside_epoch = false;       // what is sent home comes twice, as by a retry
  bool rekeyed_by_kafka_time = false;       // the arrival at the rekey topic is taken for the event's
};
inline PlantedBugs planted_bugs;
}  // namespace tidemark
#define TM_PLANTED_BUG(name) (::tidemark::planted_bugs.name)
#else
#define TM_PLANTED_BUG(name) false
#endif
