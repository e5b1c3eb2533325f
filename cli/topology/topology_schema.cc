#include "cli/topology/topology_schema.h"

#include <set>

#include "cli/topology/processor_keys.h"
#include "cli/topology/schema_parts.h"
#include "tidemark/time.h"

namespace tidemark::cli {
namespace {

using namespace schema;
using Names = std::vector<std::string>;

constexpr std::string_view kTopicName = "^[A-Za-z0-9._-]{1,249}$";
constexpr std::string_view kMeterPath = "^(value$|properties[.\\[])";
constexpr std::string_view kPropertyPath = "^properties[.\\[]";

Json topic_schema() {
  return object(
      "A topic of Kafka",
      {{"name", text("Its name at the broker", kTopicName)},
       {"cleanup", choice("compact for tables and totals; delete for streams, deltas and dead letters",
                          {"delete", "compact"}, "delete")},
       {"retention", duration_or("forever", "How long records stay; not with compact", "100d")},
       {"timestamps", choice("Whose clock stamps records; create is for topics that others write",
                             {"log_append", "create"}, "log_append")},
       {"partitions", integer("The common number, repeated", 1, 1024)},
       {"replication", integer("The common number, repeated", 1, 100)},
       {"config", scalars("Further settings of the broker")}});
}

Json topics_schema() {
  Json json = named("Topics under the names that the rest of the file uses", topic_schema());
  json["properties"] = {
      {"partitions", integer("Of every topic; pinned in the state, never changed later", 1, 1024)},
      {"replication", integer("Of every topic", 1, 100, 1)}};
  return json;
}

Json engine_schema() {
  const runtime::EngineSettings defaults;
  return object(
      "How the process runs",
      {{"threads", integer("Stream threads", 1, 64, defaults.threads)},
       {"memory", size("Of the process: queues, rows and ids in memory, caches", "1GiB")},
       {"state_dir", text("Folder of the local state; one running process per folder")},
       {"free_disk_min",
        size("Work waits while less is free under the state_dir (5 % of the disk, 256MiB to 2GiB)", "")},
       {"verify_state", duration("How often the files of the state are compared with their checksums",
                                 format_duration(defaults.verify_state))},
       {"commit_interval", duration("How long an epoch gathers; at most a quarter of transaction_timeout",
                                    format_duration(defaults.commit_interval))},
       {"session_timeout",
        duration("After it a silent member loses its partitions", format_duration(defaults.session_timeout))},
       {"transaction_timeout", duration("After it the broker aborts what a dead owner left open",
                                        format_duration(defaults.transaction_timeout))},
       {"admin", text("host:port of health, metrics and status over HTTP; port 0: any free", ":[0-9]{1,5}$")},
       {"kafka", scalars("Settings of librdkafka, passed through")}});
}

Json source_schema() {
  return object(
      "A topic that is read",
      {{"topic", text("Name of the topic in this file", kPlainName)},
       {"role", choice("A table is read to its end before streams start", {"stream", "table"}, "stream")},
       {"codec", text("What its records are: usage_event, customer_profile, command", kPlainName)}});
}

Json store_schema() {
  return object("State, kept in a changelog topic",
                {{"kind", choice("Rows by key, or ids that expire", {"keyed", "generations"}, "keyed")},
                 {"changelog", choice("keyed: compact, generations: packed", {"compact", "packed"})},
                 {"horizon", duration_or("forever", "generations: how long an id is known", "36d")},
                 {"purge_margin", duration("keyed: how long beyond its need a row is kept")},
                 {"purge", choice("keyed: outranks purge_margin", {"never"})}});
}

Json key_schema(std::string_view type, std::string_view name) {
  const ProcessorKey* key = find_processor_key(type, name);
  if (key == nullptr) return Json::object();
  switch (key->kind) {
    case KeyKind::duration:
      return duration(key->meaning, key->fallback);
    case KeyKind::boolean:
      return boolean(key->meaning, key->fallback == "true");
    case KeyKind::duration_or_off:
      return duration_or("off", key->meaning, key->fallback);
  }
  return Json::object();
}

// All keys that any type has, so that an editor offers them, and what remains once the type is known.
Json processor_schema(const runtime::ProcessorCatalog& catalog) {
  Names types;
  for (const auto& descriptor : catalog) types.push_back(descriptor.type);
  Json properties = {{"type", choice("What it does", types)},
                     {"from", names("Sources and processors whose records it takes")},
                     {"tables", names("Sources of role table whose records it also takes")},
                     {"stores", names("Stores that it reads and writes")}};
  const Json common = properties;
  Json by_type = Json::array();
  for (const auto& descriptor : catalog) {
    Json keys = Json::array();
    for (const auto& [name, unused] : common.items()) keys.push_back(name);
    for (const std::string& name : descriptor.config_keys) {
      properties[name] = key_schema(descriptor.type, name);
      keys.push_back(name);
    }
    by_type.push_back(
        {{"if", {{"properties", {{"type", {{"const", descriptor.type}}}}}, {"required", {"type"}}}},
         {"then", {{"propertyNames", {{"enum", keys}}}}}});
  }
  Json json = object("A processor; its further keys go by its type", properties);
  json["allOf"] = by_type;
  return json;
}

Json sub_topologies_schema(const runtime::ProcessorCatalog& catalog) {
  const Json sink =
      object("A topic that is written", {{"topic", text("Name of the topic in this file", kPlainName)},
                                         {"from", names("Processors that write to it")}});
  return named("The graph of processors; its name is part of topic names",
               object("Sources, stores, processors and sinks",
                      {{"sources", named("Topics that are read", source_schema())},
                       {"stores", named("State", store_schema())},
                       {"processors", named("What is done", processor_schema(catalog))},
                       {"sinks", named("Topics that are written", sink)},
                       {"dead_letters", text("The topic of records that cannot be processed", kPlainName)}}));
}

// What a version of a meter may change.
Json counting_properties() {
  const Json condition = {{"type", Json::array({"string", "number", "boolean"})}};
  return {
      {"event_types",
       {{"description", "The types of events that feed it; \"*\": all"},
        {"anyOf", Json::array({{{"const", "*"}}, list("", {{"type", "string"}, {"minLength", 1}})})}}},
      {"aggregation", choice("What becomes of the values", {"sum", "count", "max", "min", "last", "unique"})},
      {"value", text("What is counted: the event's value, or a property of it", kMeterPath)},
      {"where",
       described("Properties that an event must have, each with one value or one of several",
                 {{"type", Json::array({"object", "null"})},
                  {"propertyNames", {{"pattern", kPropertyPath}}},
                  {"additionalProperties", {{"anyOf", Json::array({condition, list("", condition)})}}}})},
      {"group_by", list("Properties that each get totals of their own per value",
                        {{"type", "string"}, {"pattern", kPropertyPath}})},
      {"scale", integer("Decimals that a value may have", 0, 12, 12)},
      {"late", choice("What the sink does with usage after the period's close",
                      {"carry_forward", "post_to_period", "hold"}, "carry_forward")},
      {"distinct_max", integer("unique: how many different values a period may have", 1, INT64_MAX)}};
}

Json meters_schema() {
  Json version = counting_properties();
  version["effective_from"] = time("The version in effect at a period's start rules the period");
  Json version_schema = object("What the meter is from a date on", version);
  version_schema["required"] = {"effective_from"};
  Json properties = {{"name", text("Its name in totals and deltas", kPlainName)}};
  properties.update(counting_properties());
  properties["carry_over"] =
      boolean("A period opens with the closing value of the one before, as gauges do", false);
  properties["versions"] =
      list("Changes of the meter by date, each over what stands beside them", version_schema);
  Json meter = object("What is counted", properties);
  meter["type"] = "object";
  meter["required"] = {"name", "event_types", "aggregation"};
  return list("What is counted, from which events", meter);
}

Json customer_schema() {
  const Json interval =
      object("How long a period is", {{"unit", choice("", {"hour", "day", "week", "month", "year"}, "month")},
                                      {"n", integer("So many of them", 1, INT32_MAX, 1)}});
  Json json = object("A profile, or in short the members of its one version beside its customer_id",
                     {{"tenant_id", text("")},
                      {"customer_id", text("")},
                      {"versions", list("", {{"type", "object"}})},
                      {"effective_from", time("")},
                      {"time_zone", text("Name in the time-zone database of IANA")},
                      {"interval", interval},
                      {"anchor", text("A time at which a period begins")},
                      {"mode", choice("", {"live", "test", "internal", "do_not_bill"}, "test")},
                      {"stripe_customer_id", text("")}});
  json["required"] = {"customer_id"};
  return json;
}

Json figure_properties() {
  return {{"meter", text("")},
          {"tenant_id", text("")},
          {"customer_id", text("")},
          {"group", described("Names and values", {{"type", "object"}})},
          {"period", described("Start and end", {{"type", "array"}, {"minItems", 2}, {"maxItems", 2}})},
          {"total", {{"type", Json::array({"string", "number"})}}},
          {"event_count", {{"type", "integer"}}},
          {"meter_version", {{"type", "integer"}}}};
}

Json expectation_schema() {
  Json total = figure_properties();
  total["final"] = {{"type", "boolean"}};
  Json delta = figure_properties();
  for (const char* name : {"delta", "previous_total"})
    delta[name] = {{"type", Json::array({"string", "number"})}};
  delta["kind"] = choice("", {"usage", "correction"});
  delta["seq"] = {{"type", "integer"}};
  Json total_schema = object("", total);
  total_schema["required"] = {"meter", "total"};
  Json delta_schema = object("", delta);
  delta_schema["required"] = {"meter", "delta"};
  Json letter = object("", {{"event_id", {{"type", Json::array({"string", "number"})}}},
                            {"event", integer("The event's place in the test", 1, INT32_MAX)},
                            {"code", text("As in docs/errors.md")}});
  letter["required"] = {"code"};
  Json notice = object("", {{"event", integer("The event's place in the test", 1, INT32_MAX)},
                            {"code", text("As in docs/errors.md")}});
  notice["required"] = {"code"};
  return object("What has to come of it",
                {{"totals", list("All totals; left out: not looked at", total_schema)},
                 {"deltas", list("All deltas; left out: not looked at", delta_schema)},
                 {"dead_letters", list("All dead letters; left out: there may be none", letter)},
                 {"notices", list("All that `run` would log as notices; left out: not looked at", notice)}});
}

Json tests_schema() {
  Json test = object(
      "",
      {{"name", text("What the test shows")},
       {"customers", list("Left out: every customer that an event names, in UTC months", customer_schema())},
       {"events", list("In the order of arrival: an event, or a line as `events verify` reads it",
                       {{"type", Json::array({"object", "string"})}})},
       {"clock", time("The watermark is brought there at the end")},
       {"expect", expectation_schema()}});
  test["required"] = {"name", "expect"};
  return list("Run by `topology lint`", test);
}

// What must be there where no other file has it.
Json complete_file() {
  const auto entries = [](Names required) -> Json {
    return {{"additionalProperties", {{"required", std::move(required)}}}};
  };
  const Json sub_topology = {{"required", {"sources", "processors", "dead_letters"}},
                             {"properties",
                              {{"sources", entries({"topic"})},
                               {"processors", entries({"type", "from"})},
                               {"sinks", entries({"topic", "from"})}}}};
  Json topics = entries({"name"});
  topics["properties"] = {{"partitions", {{"type", "integer"}}}, {"replication", Json::object()}};
  topics["required"] = {"partitions"};
  return {{"required", {"application", "topics", "sub_topologies"}},
          {"properties",
           {{"topics", topics},
            {"sub_topologies", {{"minProperties", 1}, {"additionalProperties", sub_topology}}}}}};
}

}  // namespace

nlohmann::ordered_json topology_schema(const runtime::ProcessorCatalog& catalog) {
  Json json = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
               {"title", "topology.yaml of Tidemark"}};
  json.update(object(
      "What runs, on which topics, and what is counted",
      {{"version", integer("Of this format", 1, 1, 1)},
       {"extends", text("The file to merge over: maps merge, lists and values replace, null removes")},
       {"application",
        text("Prefix of consumer group, transactional ids and changelog topics", "^[A-Za-z0-9._-]{1,100}$")},
       {"default_tenant", text("Tenant of events that name none")},
       {"topics", topics_schema()},
       {"engine", engine_schema()},
       {"sub_topologies", sub_topologies_schema(catalog)},
       {"meters", meters_schema()},
       {"connectors", described("Not built yet", {{"type", Json::array({"object", "null"})}})},
       {"tests", tests_schema()}}));
  json["type"] = "object";
  json["if"] = {{"required", {"extends"}}};
  json["else"] = complete_file();
  return json;
}

}  // namespace tidemark::cli
