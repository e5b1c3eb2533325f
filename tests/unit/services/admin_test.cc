#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/admin/endpoints.h"
#include "tests/unit/services/raw_client.h"

namespace tidemark::services {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class FakeEngine final : public EngineStatus {
 public:
  std::vector<ThreadStatus> threads() const override { return threads_; }
  std::vector<ThreadStatus> threads_;
};

TaskStatus task(std::int32_t partition, std::string state) {
  return {.sub_topology = "metering", .partition = partition, .state = std::move(state), .epoch = 7};
}

class AdminTest : public ::testing::Test {
 protected:
  HttpResponse ask(std::string_view path, std::string_view query = "") {
    return admin_routes(engine_, metrics_, {.stuck_after = 1'000ms}).find(path)->second({path, query});
  }
  FakeEngine engine_;
  Metrics metrics_;
};

TEST_F(AdminTest, LiveExactlyAsLongAsEveryLoopMoves) {
  engine_.threads_ = {{.name = "stream-0", .alive_ms_ago = 1'000}, {.name = "stream-1", .alive_ms_ago = 3}};
  EXPECT_EQ(ask("/livez").status, 200);
  engine_.threads_[0].alive_ms_ago = 1'001;
  const auto response = ask("/livez");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.body, "thread stream-0 is stuck: its loop last came round 1001 ms ago\n");
}

struct ReadyCase {
  const char* name;
  std::vector<ThreadStatus> threads;
  int status;
  const char* body;
};
void PrintTo(const ReadyCase& one, std::ostream* out) {
  *out << one.name;
}
class ReadyTest : public AdminTest, public ::testing::WithParamInterface<ReadyCase> {};
TEST_P(ReadyTest, Status) {
  engine_.threads_ = GetParam().threads;
  EXPECT_EQ(ask("/readyz").status, GetParam().status);
  EXPECT_EQ(ask("/readyz").body, GetParam().body);
  EXPECT_EQ(ask("/readyz", "verbose").status, GetParam().status);
}
INSTANTIATE_TEST_SUITE_P(
    Admin, ReadyTest,
    ::testing::Values(ReadyCase{"not_started", {}, 503, "no thread has started\n"},
                      ReadyCase{
                          "running", {{.name = "stream-0", .tasks = {task(0, "running")}}}, 200, "ready\n"},
                      ReadyCase{"more_threads_than_partitions", {{.name = "stream-0"}}, 200, "ready\n"},
                      ReadyCase{"restoring",
                                {{.name = "stream-0", .tasks = {task(0, "running"), task(3, "restoring")}}},
                                503,
                                "task metering_3 is restoring\n"},
                      ReadyCase{"rebalancing",
                                {{.name = "stream-1", .rebalancing = true}},
                                503,
                                "thread stream-1 is rebalancing\n"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(AdminTest, VerboseTellsPartitionStateLagEpochAndWatermark) {
  TaskStatus running = task(3, "running");
  running.lag_records = 12;
  running.watermark = parse_rfc3339("2026-11-10T09:00:00Z");
  engine_.threads_ = {{.name = "stream-0", .alive_ms_ago = 4, .tasks = {running, task(4, "restoring")}}};
  const auto response = ask("/readyz", "verbose");
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(response.body, R"({
  "ready": false,
  "waiting_for": [
    "task metering_4 is restoring"
  ],
  "threads": [
    {
      "name": "stream-0",
      "alive_ms_ago": 4,
      "rebalancing": false,
      "tasks": [
        {
          "sub_topology": "metering",
          "partition": 3,
          "state": "running",
          "epoch": 7,
          "lag_records": 12,
          "watermark": "2026-11-10T09:00:00Z"
        },
        {
          "sub_topology": "metering",
          "partition": 4,
          "state": "restoring",
          "epoch": 7,
          "lag_records": null,
          "watermark": null
        }
      ]
    }
  ]
}
)");
}

TEST_F(AdminTest, MetricsAreServedOverHttp) {
  metrics_.counter("tidemark_a_total", "A.", {}).add(3);
  const auto server = HttpServer::start("127.0.0.1:0", admin_routes(engine_, metrics_));
  ASSERT_TRUE(server);
  const test::RawClient client((*server)->port());
  client.send(test::get("/metrics"));
  const std::string response = client.read_to_end();
  EXPECT_THAT(response, HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  EXPECT_THAT(response, HasSubstr("\r\n\r\n# HELP tidemark_a_total A.\n"));
  EXPECT_THAT(response, HasSubstr("tidemark_a_total 3\n"));
}

}  // namespace
}  // namespace tidemark::services
