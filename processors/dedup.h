#pragma once
// dedup: finds repeats by identity and what a void names, and is the place where the verdict of every event
// is written down. A batch is handed on in runs in which no event depends on another one, so that what the
// first became is known before the second is judged: no identity twice, no void beside the event it names,
// and nothing behind an event that voids wait for, because it settles what became of them.
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
  static constexpr std::uint32_t kNoSlot = UINT32_MAX;
  struct Slot {  // one per identity of the batch, those that voids name included
    std::optional<RememberedId> remembered;
    bool in_run = false;
  };
  struct SlotsOf {                   // one event
    std::uint32_t own = kNoSlot;     // none: it was judged before its id was read
    std::uint32_t target = kNoSlot;  // none: not a void
  };
  void assign_slots(std::span<const JudgedEvent> events);
  Status find_slots(const Context& context);
  Status find_again(std::span<const Hash128> ids, const Context& context);
  std::size_t table_place(const Hash128& id) const;  // where it is, or may be put
  std::uint32_t slot_for(const Hash128& id);
  bool is_live(const RememberedId& id, ArrivalTime stream_time) const;
  bool depends_on_run(const SlotsOf& slots) const;
  void judge(JudgedEvent& event, const SlotsOf& slots);
  void find_target(JudgedEvent& event, const Slot& slot) const;
  void write_down(const JudgedEvent& event, const SlotsOf& slots);
  void count(const JudgedEvent& event, Context& context);
  Status hand_on(std::span<JudgedEvent> run, std::span<const SlotsOf> slots, Context& context);

  const DedupConfig config_;
  IdStore* ids_ = nullptr;
  std::optional<std::chrono::milliseconds> horizon_;
  std::vector<Slot> slots_;
  std::vector<Hash128> slot_ids_;
  std::vector<std::optional<RememberedId>> found_;
  std::vector<SlotsOf> slots_of_;                         // by position in the batch
  std::vector<std::uint32_t> table_;                      // open addressing: identity -> slot + 1
  std::vector<std::vector<CounterId>> verdict_counters_;  // by source, by verdict
  std::unordered_map<std::uint16_t, CounterId> code_counters_;
};

ProcessorDescriptor dedup_descriptor();

}  // namespace tidemark::processors
