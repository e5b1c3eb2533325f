// The published sample events, line by line through the whole engine on the simulated log: each line's
// verdict, code, later moves, kind and totals are those that the line names.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "connectors/dead_letter/encoder.h"
#include "runtime/sim/clients.h"
#include "runtime/sim/storage.h"
#include "runtime/sim/world.h"
#include "runtime/state/packed_changelog.h"
#include "runtime/stream_thread.h"
#include "schemas/customer_profile/codec.h"
#include "schemas/usage_delta/codec.h"
#include "tests/sim/parts.h"
#include "tidemark/partitioner.h"

namespace tidemark::sim_test {
namespace {

using Json = nlohmann::ordered_json;
using runtime::Topology;
using runtime::sim::CommittedRecord;
using std::chrono::milliseconds;

// The lines whose fields and meters are built; the others are about groups, voids, anchors and further
// meters.
const std::set<int> kLines{2, 3, 4, 5, 6, 18, 19, 20, 21, 22, 23, 24, 26, 27, 28};

std::filesystem::path examples() {
  const char* shared = std::getenv("TIDEMARK_SHARED");
  const std::filesystem::path root = shared != nullptr ? shared : TIDEMARK_SOURCE_DIR "/../shared";
  return root / "examples";
}

Topology load() {
  auto loaded = runtime::load_topology(TIDEMARK_SAMPLES_TOPOLOGY, catalog());
  TM_ASSERT(loaded.has_value());
  for (const Finding& finding : loaded->findings) ADD_FAILURE() << to_string(finding);
  return std::move(loaded->topology);
}

struct Place {
  std::int32_t partition = 0;
  Offset offset;
};

// One process, without faults, that owns all partitions.
class Engine {
 public:
  Engine()
      : world_(1),
        topology_(load()),
        disk_(world_),
        process_("a", world_.faults),
        storage_(world_, disk_, process_),
        blueprint_(runtime::make_blueprint(topology_, catalog(), storage_, metrics_, world_.clock,
                                           [] { return std::make_unique<connectors::HeaderEncoder>(); })) {
    for (const auto& topic : topology_.topics) world_.cluster.create_topic(topic.name, topology_.partitions);
    for (const auto& store : topology_.sub_topologies.front().stores) {
      world_.cluster.create_topic(topology_.changelog_topic(store.name), topology_.partitions);
    }
    world_.cluster.create_topic(topology_.epochs_topic("metering"), topology_.partitions);
    clients_ = std::make_unique<runtime::sim::SimClients>(
        world_, process_,
        runtime::sim::ClientSettings{.group = topology_.application, .topics = blueprint_.topics.names});
    thread_ = std::make_unique<runtime::StreamThread>(
        blueprint_, *clients_,
        runtime::ThreadSettings{.name = "samples-0",
                                .commit_interval = topology_.engine.commit_interval,
                                .transaction_timeout = topology_.engine.transaction_timeout,
                                .log = {}});
  }

  Place append(std::string_view topic, std::string_view customer, std::string key, std::string value,
               ArrivalTime arrival) {
    const PartitionId home = home_partition(customer, topology_.partitions);
    return {home.value(),
            world_.cluster.append(topic, home.value(), std::move(key), std::move(value), arrival)};
  }

  // Until everything is read, told and committed.
  void come_to_rest() {
    int rest = 0;
    for (int i = 0; i < 20'000 && rest < 60; ++i) {
      world_.clock.advance(milliseconds(5));
      const Status stepped = thread_->step();
      ASSERT_TRUE(stepped) << stepped.error().code << ": " << stepped.error().message;
      const auto tasks = thread_->status().tasks;
      bool at_end = tasks.size() == static_cast<std::size_t>(topology_.partitions);
      for (const auto& task : tasks) at_end = at_end && task.at_end;
      rest = at_end ? rest + 1 : 0;
    }
    ASSERT_EQ(rest, 60) << "did not come to rest";
  }

  // Everything that was said of a record, in order.
  std::vector<runtime::IdEntry> said_of(Place place) const {
    std::vector<runtime::IdEntry> said;
    std::vector<runtime::IdEntry> entries;
    for (const CommittedRecord& committed : records("sim-event_ids-changelog", place.partition)) {
      EXPECT_TRUE(runtime::unpack(committed.record.value.value_or(""), entries));
      for (const auto& entry : entries) {
        if (entry.kind != runtime::IdEntry::Kind::forgotten && entry.offset == place.offset)
          said.push_back(entry);
      }
    }
    return said;
  }

  std::optional<runtime::sim::SimRecord> dead_letter_of(Place place) const {
    for (const CommittedRecord& committed : records("usage.dlq", place.partition)) {
      if (header(committed.record, "__connect.errors.offset") == std::to_string(place.offset.value()))
        return committed.record;
    }
    return std::nullopt;
  }
  static std::string header(const runtime::sim::SimRecord& record, std::string_view wanted) {
    for (const auto& [name, value] : record.headers) {
      if (name == wanted) return value;
    }
    return {};
  }

  std::vector<schemas::DecodedDelta> deltas() const {
    std::vector<schemas::DecodedDelta> all;
    for (std::int32_t partition = 0; partition < topology_.partitions; ++partition) {
      for (const CommittedRecord& committed : records("usage.deltas", partition)) {
        auto delta = schemas::decode_usage_delta(committed.record.value.value_or(""));
        EXPECT_TRUE(delta);
        if (delta) all.push_back(*std::move(delta));
      }
    }
    return all;
  }

  // The last total of a key, as text; empty when there is none.
  std::string total(const std::string& tenant, const std::string& customer, const std::string& meter,
                    EventTime start, EventTime end) const {
    std::string last;
    for (const CommittedRecord& committed :
         records("usage.totals", home_partition(customer, topology_.partitions).value())) {
      const auto decoded = schemas::decode_usage_total(committed.record.value.value_or(""));
      EXPECT_TRUE(decoded);
      if (decoded && decoded->tenant_id == tenant && decoded->customer_id == customer &&
          decoded->meter == meter && decoded->period_start == start && decoded->period_end == end) {
        last = to_string(decoded->total);
      }
    }
    return last;
  }

 private:
  std::vector<CommittedRecord> records(std::string_view topic, std::int32_t partition) const {
    return world_.cluster.committed_records(topic, partition);
  }

  runtime::sim::World world_;
  const Topology topology_;
  runtime::sim::SimDisk disk_;
  runtime::sim::Process process_;
  runtime::sim::SimStorageFactory storage_;
  NoMetrics metrics_;
  const runtime::Blueprint blueprint_;
  std::unique_ptr<runtime::sim::SimClients> clients_;
  std::unique_ptr<runtime::StreamThread> thread_;
};

ArrivalTime arrival_of(const Json& line) {
  const auto time = parse_rfc3339(line.at("arrival").get<std::string>());
  TM_ASSERT(time.has_value());
  return std::chrono::floor<milliseconds>(*time);
}

std::vector<Json> read_lines(const std::filesystem::path& path) {
  std::vector<Json> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) lines.push_back(Json::parse(line));
  }
  return lines;
}

void append_profile(Engine& engine, const Json& profile, ArrivalTime arrival) {
  const auto tenant = profile.at("tenant_id").get<std::string>();
  const auto customer = profile.at("customer_id").get<std::string>();
  engine.append("usage.customers", customer, schemas::encode_customer_key(tenant, customer), profile.dump(),
                arrival);
}

Place append_line(Engine& engine, const Json& line) {
  if (line.contains("raw")) {
    const auto key = line.at("key").get<std::string>();
    return engine.append("usage.events", key, key, line.at("raw").get<std::string>(), arrival_of(line));
  }
  const auto customer = line.at("record").at("customer_id").get<std::string>();
  return engine.append("usage.events", customer, customer, line.at("record").dump(), arrival_of(line));
}

void expect_verdict(const Engine& engine, const Json& line, Place place) {
  const auto said = engine.said_of(place);
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(processors::name_of(static_cast<processors::Verdict>(said.front().verdict)),
            line.at("verdict").get<std::string>());
  const auto letter = engine.dead_letter_of(place);
  ASSERT_EQ(letter.has_value(), line.contains("code"));
  if (!letter) return;
  EXPECT_EQ(schemas::name_of(static_cast<schemas::ErrorCode>(said.front().code)),
            line.at("code").get<std::string>());
  EXPECT_EQ(Engine::header(*letter, "td-error-code"), line.at("code").get<std::string>());
  EXPECT_EQ(letter->value,
            line.contains("raw") ? line.at("raw").get<std::string>() : line.at("record").dump());
}

void expect_totals(const Engine& engine, const Json& line) {
  for (const Json& total : line.value("totals", Json::array())) {
    const Json record = line.value("record", Json::object());
    const auto from = [&](const char* in_total, const char* in_record) {
      return total.contains(in_total) ? total.at(in_total).get<std::string>()
                                      : record.at(in_record).get<std::string>();
    };
    const auto start = parse_rfc3339(total.at("period").at(0).get<std::string>());
    const auto end = parse_rfc3339(total.at("period").at(1).get<std::string>());
    ASSERT_TRUE(start && end);
    EXPECT_EQ(engine.total(from("tenant", "tenant_id"), from("customer", "customer_id"),
                           total.at("meter").get<std::string>(), *start, *end),
              total.at("total").get<std::string>());
  }
}

// Deltas that came with the line: one of the kind it names for what was counted, none otherwise.
void expect_deltas(const std::vector<schemas::DecodedDelta>& fresh, const Json& line, bool counts) {
  ASSERT_EQ(fresh.size(), counts ? 1u : 0u);
  if (!counts) return;
  const auto kind = line.value("kind", "usage") == "correction" ? schemas::DeltaKind::correction
                                                                : schemas::DeltaKind::usage;
  EXPECT_EQ(fresh.front().kind, kind);
  EXPECT_EQ(to_string(fresh.front().delta), "1");
}

std::vector<schemas::DecodedDelta> beyond(const std::vector<schemas::DecodedDelta>& all,
                                          const std::set<std::string>& known) {
  std::vector<schemas::DecodedDelta> fresh;
  for (const auto& delta : all) {
    if (!known.contains(delta.delta_id)) fresh.push_back(delta);
  }
  return fresh;
}

TEST(SamplesTest, EveryLineIsJudgedAsItSays) {
  const auto folder = examples();
  if (!std::filesystem::exists(folder / "samples.jsonl")) {
    std::printf("NOT RUN: %s is not there\n", (folder / "samples.jsonl").c_str());
    return;
  }
  Engine engine;
  for (const Json& profile : read_lines(folder / "customers.jsonl")) {
    if (!profile.at("versions").at(0).contains("anchor"))
      append_profile(engine, profile, runtime::sim::SimClock::kStart);
  }
  engine.come_to_rest();
  std::set<std::string> known;
  std::map<int, Place> places;
  int judged = 0;
  for (const Json& line : read_lines(folder / "samples.jsonl")) {
    const int number = line.at("n").get<int>();
    if (!kLines.contains(number)) continue;
    SCOPED_TRACE("line " + std::to_string(number) + ": " + line.value("note", ""));
    const bool is_profile = line.value("topic", "") == "usage.customers";
    if (is_profile) {
      append_profile(engine, line.at("record"), arrival_of(line));
    } else {
      places[number] = append_line(engine, line);
    }
    engine.come_to_rest();
    if (HasFatalFailure()) return;
    if (!is_profile) expect_verdict(engine, line, places[number]);
    const auto fresh = beyond(engine.deltas(), known);
    expect_deltas(fresh, line, is_profile || line.at("verdict") == "counted");
    for (const auto& delta : fresh) known.insert(delta.delta_id);
    expect_totals(engine, line);
    ++judged;
  }
  EXPECT_EQ(judged, static_cast<int>(kLines.size()));

  const auto moved = engine.said_of(places.at(23));  // parked, then counted when line 24 came
  ASSERT_GE(moved.size(), 2u);
  EXPECT_EQ(moved.front().verdict, static_cast<std::uint8_t>(processors::Verdict::parked));
  EXPECT_EQ(moved.back().verdict, static_cast<std::uint8_t>(processors::Verdict::counted));
  EXPECT_TRUE(moved.back().moved);
}

}  // namespace
}  // namespace tidemark::sim_test
