#include <algorithm>
#include <utility>

#include "runtime/sim/clients.h"

namespace tidemark::runtime::sim {

SimConsumer::SimConsumer(World& world, Process& process, const TopicNames& topics, std::string group,
                         std::string instance_id)
    : world_(world), process_(process), topics_(topics), group_(std::move(group)), fetcher_(world) {
  membership_.instance_id = std::move(instance_id);
}

Status SimConsumer::subscribe(std::span<const TopicId> topics) {
  TM_TRY(process_.alive());
  std::vector<SubscribedTopic> wanted;
  for (const TopicId topic : topics) {
    const auto found = topics_.find(topic);
    if (!found)
      return Error{Disposition::fatal, "unknown_topic", "no topic " + std::to_string(topic.value())};
    wanted.push_back({*found, world_.cluster.partition_count(*found)});
  }
  std::sort(wanted.begin(), wanted.end());
  subscribed_ = std::move(wanted);
  world_.cluster.tick();  // an instance whose session is over is new to the group
  join();
  return {};
}

Result<PollEvents> SimConsumer::poll(RecordBatch& batch, std::size_t count_max,
                                     std::chrono::milliseconds timeout) {
  batch.clear();
  TM_TRY(process_.enter("P0.poll"));
  if (subscribed_.empty() || closed_)
    return Error{Disposition::fatal, "bad_call", "poll() without subscribe()"};
  world_.cluster.tick();
  PollEvents events;
  TM_TRY(check_standing(events));
  if (!events.revoked) events = take_group_events();
  const bool has_news = events.revoked || events.assigned;
  const bool may_read = !has_news && owed_ == Answer::none;
  const bool has_read = may_read && fetcher_.fetch(static_cast<SimBatch&>(batch), count_max, events);
  events.log_ends = answer_log_ends();
  if (!has_news && !has_read) world_.clock.sleep(timeout);
  process_.at("P0.poll.after");
  return events;
}

Status SimConsumer::assign(std::span<const StartingOffset> partitions) {
  TM_TRY(process_.alive());
  if (dead_) return *dead_;
  std::vector<std::pair<StartingOffset, PartitionRef>> resolved;
  for (const StartingOffset& start : partitions) {
    const auto ref = topics_.resolve(start.partition);
    if (!ref) return ref.error();
    if (std::find(assigned_.begin(), assigned_.end(), *ref) == assigned_.end()) {
      return Error{Disposition::fatal, "bad_call", "assign() of a partition that the group did not give"};
    }
    resolved.emplace_back(start, *ref);
  }
  if (owed_ == Answer::assign) owed_ = Answer::none;
  fetcher_.assign(resolved);
  return {};
}

Status SimConsumer::acknowledge_revoke() {
  TM_TRY(process_.alive());
  if (dead_) return *dead_;
  if (owed_ != Answer::acknowledge) return Error{Disposition::fatal, "bad_call", "nothing was revoked"};
  world_.cluster.tick();
  owed_ = Answer::none;
  assigned_.clear();
  if (std::exchange(rejoins_, false)) {
    join();
  } else {
    world_.cluster.group(group_).acknowledge_revoke(membership_, world_.clock.monotonic());
  }
  return {};
}

Status SimConsumer::ask_log_ends(std::span<const TopicPartition> partitions) {
  TM_TRY(process_.alive());
  if (asked_log_ends_) return Error{Disposition::fatal, "bad_call", "a question about ends is still open"};
  for (const TopicPartition& partition : partitions) {
    if (const auto ref = topics_.resolve(partition); !ref) return ref.error();
  }
  asked_log_ends_.emplace(partitions.begin(), partitions.end());
  asked_then_ = log_ends(partitions);
  return {};
}

std::vector<LogEnd> SimConsumer::log_ends(std::span<const TopicPartition> partitions) const {
  std::vector<LogEnd> ends;
  for (const TopicPartition& partition : partitions)
    ends.push_back({partition, world_.cluster.log(*topics_.resolve(partition)).high_watermark()});
  return ends;
}

// As of the question or of any time since; some polls later; now and then a leader does not answer.
std::optional<std::vector<LogEnd>> SimConsumer::answer_log_ends() {
  if (!asked_log_ends_ || world_.random.chance(1, 2)) return std::nullopt;
  const auto asked = *std::exchange(asked_log_ends_, std::nullopt);
  std::vector<LogEnd> ends = world_.random.chance(1, 2) ? std::exchange(asked_then_, {}) : log_ends(asked);
  if (process_.fails("log_ends.lost")) ends.resize(world_.random.uniform(ends.size()));
  return ends;
}

Result<std::vector<CommittedOffset>> SimConsumer::committed(std::span<const TopicPartition> partitions,
                                                            bool stable, std::chrono::milliseconds timeout) {
  TM_TRY(process_.enter("committed"));
  if (dead_) return *dead_;
  world_.cluster.tick();
  for (const TopicPartition& partition : partitions) {
    if (const auto ref = topics_.resolve(partition); !ref) return ref.error();
  }
  if (stable && any_pending(partitions)) {
    world_.clock.sleep(timeout);
    world_.cluster.tick();
    if (any_pending(partitions)) {
      return Error{Disposition::retry, "unstable_offset", "an open transaction holds newer offsets"};
    }
  }
  const auto& offsets = world_.cluster.group(group_).offsets;
  std::vector<CommittedOffset> result;
  for (const TopicPartition& partition : partitions) {
    const PartitionRef ref = *topics_.resolve(partition);
    CommittedOffset& committed = result.emplace_back();
    if (const auto found = offsets.find(ref); found != offsets.end()) {
      committed.next_offset = found->second.next_offset;
      committed.metadata = found->second.metadata;
    }
  }
  return result;
}

Status SimConsumer::close() {
  fetcher_.clear();
  closed_ = true;
  return {};
}

void SimConsumer::join() {
  Group& group = world_.cluster.group(group_);
  membership_.member = group.join(membership_.instance_id, subscribed_, world_.clock.monotonic());
  membership_.generation = 0;
  world_.trace.note("join", membership_.instance_id, {membership_.member});
}

// An expired member learns it at its next poll: mostly by "fenced", where the plan says so by `lost`.
Status SimConsumer::check_standing(PollEvents& events) {
  if (dead_) return *dead_;
  if (rejoins_) return {};
  switch (world_.cluster.group(group_).standing(membership_)) {
    case Standing::in:
      return {};
    case Standing::taken_over:
      return fenced("its instance id was taken over");
    case Standing::expelled:
      break;
  }
  if (!process_.fails("group.expired_lost", SiteKind::rare)) return fenced("its session expired");
  fetcher_.clear();
  owed_ = Answer::acknowledge;
  rejoins_ = true;
  events.revoked = true;
  events.lost = true;
  return {};
}

PollEvents SimConsumer::take_group_events() {
  PollEvents events;
  if (rejoins_) return events;
  Group& group = world_.cluster.group(group_);
  GroupEvents news = group.poll(membership_, world_.clock.monotonic());
  if (news.revoked) {
    world_.trace.note("revoked", membership_.instance_id, {membership_.generation});
    fetcher_.clear();
    owed_ = Answer::acknowledge;
    events.revoked = true;
  }
  if (news.assigned) {
    fetcher_.clear();
    owed_ = Answer::assign;
    membership_.generation = group.generation();
    assigned_ = std::move(*news.assigned);
    world_.trace.note("assigned", membership_.instance_id,
                      {membership_.generation, static_cast<std::int64_t>(assigned_.size())});
    auto& assigned = events.assigned.emplace();
    for (const PartitionRef& ref : assigned_) assigned.push_back(topics_.name(ref));
  }
  return events;
}

bool SimConsumer::any_pending(std::span<const TopicPartition> partitions) const {
  return std::any_of(partitions.begin(), partitions.end(), [this](const TopicPartition& partition) {
    const auto ref = topics_.resolve(partition);
    return ref && world_.cluster.offset_is_pending(group_, *ref);
  });
}

Error SimConsumer::fenced(const std::string& why) {
  fetcher_.clear();
  dead_ = Error{Disposition::fatal, "fenced", "member " + membership_.instance_id + ": " + why};
  return *dead_;
}

}  // namespace tidemark::runtime::sim
