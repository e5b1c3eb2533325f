// tidemark topics apply|describe
#include <algorithm>

#include "cli/kafka_access.h"
#include "cli/retry.h"
#include "cli/topic_settings.h"

namespace tidemark::cli {
namespace {

using runtime::KafkaAdmin;
using runtime::PlannedTopic;
using runtime::TopicChange;

std::string describe_plan(const PlannedTopic& topic) {
  std::string text =
      std::to_string(topic.partitions) + " partitions, replication " + std::to_string(topic.replication);
  for (const auto& [name, value] : topic.config) text += ", " + name + "=" + value;
  return text;
}

const PlannedTopic& planned(const std::vector<PlannedTopic>& plan, const std::string& name) {
  return *std::find_if(plan.begin(), plan.end(), [&](const auto& topic) { return topic.name == name; });
}

Table changes_table(const std::vector<PlannedTopic>& plan, const std::vector<TopicChange>& changes) {
  Table table({{"action"}, {"topic"}, {"setting"}, {"wanted"}, {"found"}});
  for (const auto& change : changes) {
    switch (change.kind) {
      case TopicChange::Kind::ok:
        table.add({std::string("ok"), change.topic, {}, {}, {}});
        break;
      case TopicChange::Kind::create:
        table.add({std::string("create"), change.topic, {}, describe_plan(planned(plan, change.topic)), {}});
        break;
      case TopicChange::Kind::differs:
      case TopicChange::Kind::partitions_differ:
        table.add({std::string("differs"), change.topic, change.setting, change.wanted, change.found});
        break;
    }
  }
  return table;
}

std::int64_t count(const std::vector<TopicChange>& changes, TopicChange::Kind kind) {
  return std::count_if(changes.begin(), changes.end(),
                       [kind](const auto& change) { return change.kind == kind; });
}

Status create(KafkaAdmin& admin, const std::vector<PlannedTopic>& plan,
              const std::vector<TopicChange>& changes) {
  std::vector<runtime::KafkaTopicSpec> specs;
  for (const auto& change : changes) {
    if (change.kind != TopicChange::Kind::create) continue;
    const PlannedTopic& topic = planned(plan, change.topic);
    specs.push_back({topic.name, topic.partitions, topic.replication, topic.config});
  }
  const auto results = admin.create_topics(specs, false);
  if (!results) return results.error();
  for (std::size_t i = 0; i < results->size(); ++i) {
    const Status& result = (*results)[i];
    if (result || result.error().code == "topic_exists") continue;
    Error error = result.error();
    error.message = specs[i].name + ": " + error.message;
    return error;
  }
  // A topic is made before its partitions have leaders: who comes next must not trip over that.
  for (const auto& spec : specs) {
    const auto offsets = while_busy([&]() -> Result<std::vector<runtime::PartitionOffsets>> {
      auto answer = admin.offsets(spec.name);
      if (!answer && answer.error().code == "unknown_topic")
        return Error{Disposition::retry, "kafka_busy", answer.error().message};
      return answer;
    });
    if (!offsets) return offsets.error();
  }
  return {};
}

Result<int> apply_to(const Globals& globals, KafkaAdmin& admin, const std::vector<PlannedTopic>& plan,
                     bool apply) {
  const auto found = found_topics(admin, plan);
  if (!found) return found.error();
  const auto changes = runtime::diff_topics(plan, *found);
  print(changes_table(plan, changes), globals.output);
  if (count(changes, TopicChange::Kind::partitions_differ) > 0) {
    return Error{
        Disposition::fatal, "refused",
        "a topic exists with another number of partitions: that number decides where each customer lives and "
        "cannot be changed. Set topics.partitions to the number found, or delete the topic if it holds "
        "nothing"};
  }
  const auto missing = count(changes, TopicChange::Kind::create);
  if (missing > 0 && !apply) {
    say(globals, "would create " + std::to_string(missing) + " topics; add --apply to do it");
  } else if (missing > 0) {
    TM_TRY(create(admin, plan, changes));
    say(globals, "created " + std::to_string(missing) + " topics");
  } else {
    say(globals, "no topic is missing");
  }
  const auto differing = count(changes, TopicChange::Kind::differs);
  if (differing == 0) return kOk;
  say(globals, std::to_string(differing) +
                   " settings differ from the topology; they are left as they are "
                   "(change them with kafka-configs, replication with kafka-reassign-partitions; "
                   "or change the topology)");
  return kFindings;
}

Result<int> apply_topics(const Globals& globals, bool apply) {
  const auto topology = load_valid_topology(globals);
  if (!topology) return topology.error();
  const auto admin = KafkaAdmin::create(client_settings(globals, *topology, {}));
  if (!admin) return explain(admin.error(), globals, *topology);
  const auto code = apply_to(globals, **admin, runtime::plan_topics(*topology), apply);
  if (!code) return explain(code.error(), globals, *topology);
  return code;
}

Status describe_into(Table& table, KafkaAdmin& admin, const std::string& topic, bool open_only) {
  const auto offsets = while_busy([&] { return admin.offsets(topic); });
  if (!offsets) return offsets.error();
  std::int64_t partition = 0;
  for (const auto& each : *offsets) {
    const bool open = each.last_stable < each.high_watermark;
    const std::int64_t number = partition++;
    if (open_only && !open) continue;
    table.add(
        {topic, number, each.log_start.value(), each.last_stable.value(), each.high_watermark.value(), open});
  }
  return {};
}

Error no_such_topic(const std::string& name, const std::vector<PlannedTopic>& plan) {
  std::vector<std::string> names;
  for (const auto& topic : plan) names.push_back(topic.name);
  const std::string nearest = nearest_name(name, names);
  return {Disposition::fatal, "usage",
          "--topic: there is no topic '" + name + "' in the topology" +
              (nearest.empty() ? "" : " (did you mean '" + nearest + "'?)")};
}

Result<int> describe_topics(const Globals& globals, const std::string& only, bool open_only) {
  const auto topology = load_valid_topology(globals);
  if (!topology) return topology.error();
  const auto plan = runtime::plan_topics(*topology);
  const bool known =
      std::any_of(plan.begin(), plan.end(), [&](const auto& each) { return each.name == only; });
  if (!only.empty() && !known) return no_such_topic(only, plan);
  const auto admin = KafkaAdmin::create(client_settings(globals, *topology, {}));
  if (!admin) return explain(admin.error(), globals, *topology);
  const auto topics = (*admin)->topics();
  if (!topics) return explain(topics.error(), globals, *topology);
  Table table({{"topic"},
               {"partition", true},
               {"log_start", true},
               {"last_stable", true},
               {"high_watermark", true},
               {"open_transaction"}});
  std::int64_t missing = 0;
  for (const auto& planned_topic : plan) {
    if (!only.empty() && planned_topic.name != only) continue;
    const bool exists = std::any_of(topics->begin(), topics->end(),
                                    [&](const auto& topic) { return topic.name == planned_topic.name; });
    missing += exists ? 0 : 1;
    if (!exists) continue;
    const Status described = describe_into(table, **admin, planned_topic.name, open_only);
    if (!described) return explain(described.error(), globals, *topology);
  }
  print(table, globals.output);
  if (missing > 0)
    say(globals, std::to_string(missing) + " topics do not exist yet: run `topics apply --apply`");
  return kOk;
}

}  // namespace

void add_topics_commands(Commands& commands) {
  const auto apply = std::make_shared<bool>(false);
  commands.push_back(
      {.path = "topics apply",
       .description = "Compare the topics with the topology and, with --apply, create those that are missing",
       .examples = {"tidemark topics apply", "tidemark topics apply --apply"},
       .parameters = {{"--apply", "Create them; without it only the plan is shown", apply.get()}},
       .run = [apply](const Globals& globals) { return apply_topics(globals, *apply); }});
  const auto only = std::make_shared<std::string>();
  const auto open_only = std::make_shared<bool>(false);
  commands.push_back(
      {.path = "topics describe",
       .description = "Offsets of every partition: log start, last stable, high watermark, and whether a "
                      "transaction is open",
       .examples = {"tidemark topics describe", "tidemark topics describe --topic usage.totals -o json",
                    "tidemark topics describe --open"},
       .parameters = {{"--topic", "Only this topic (name at the broker)", only.get()},
                      {"--open", "Only partitions with an open transaction", open_only.get()}},
       .run = [only, open_only](const Globals& globals) {
         return describe_topics(globals, *only, *open_only);
       }});
}

}  // namespace tidemark::cli
