#pragma once
// dedup: finds repeats by identity, and is the place where the verdict of every record is written down.
// A repeat inside a batch is caught before the store is asked: the batch is handed on in runs that hold no
// identity twice, so that what the first copy became is known before the second is judged.
#include <unordered_map>
#include <vector>

#include "processors/judged_event.h"
#include "tidemark/processor.h"

namespace tidemark::processors {

struct DedupConfig {
  std::chrono::milliseconds parked_span =
      std::chrono::hours(35 * 24);  // a parked id is forgotten with its event
};

class Dedup final : public Processor {
 public:
  explicit Dedup(DedupConfig config) : config_(config) {}
  Status open(Context& context) override;
  Status process(Batch batch, Context& context) override;

 private:
  static constexpr std::uint32_t kNoSlot = UINT32_MAX;  // of a record that was judged before its id was read
  struct Slot {                                         // one per identity of the batch
    std::optional<RememberedId> remembered;
    bool in_run = false;
  };
  void assign_slots(std::span<const JudgedEvent> events);
  bool is_live(const RememberedId& id, ArrivalTime stream_time) const;
  void judge(JudgedEvent& event, Slot& slot) const;
  void write_down(const JudgedEvent& event, Slot* slot);
  void count(const JudgedEvent& event, Context& context);
  Status hand_on(std::span<JudgedEvent> run, std::span<const std::uint32_t> slots, Context& context);

  const DedupConfig config_;
  IdStore* ids_ = nullptr;
  std::optional<std::chrono::milliseconds> horizon_;
  std::vector<Slot> slots_;
  std::vector<Hash128> slot_ids_;
  std::vector<std::optional<RememberedId>> found_;
  std::vector<std::uint32_t> slot_of_;                    // by position in the batch
  std::vector<std::uint32_t> table_;                      // open addressing: identity -> slot + 1
  std::vector<std::vector<CounterId>> verdict_counters_;  // by source, by verdict
  std::unordered_map<std::uint16_t, CounterId> code_counters_;
};

ProcessorDescriptor dedup_descriptor();

}  // namespace tidemark::processors
