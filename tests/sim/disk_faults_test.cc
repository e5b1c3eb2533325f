// Real databases that something happened to, at rest or under the running engine, on a simulated cluster. It
// heals, and the figures are those of a run without damage; or it stops with a code that names the cure, and
// after the cure the figures are the same.
#include <gtest/gtest.h>
#include <unistd.h>

#include "schemas/usage_total/codec.h"
#include "tests/sim/checks.h"
#include "tests/sim/disk_damage.h"
#include "tests/sim/one_machine.h"
#include "tests/sim/rocksdb_disk.h"

namespace tidemark::sim_test {
namespace {

namespace fs = std::filesystem;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr int kCustomers = 6;
constexpr int kEvents = 12;  // of a customer in a round

std::string last_total(const OneMachine& cluster, const std::string& customer) {
  std::string total;
  for (const auto& committed : cluster.world.cluster.committed_records(
           "usage.totals", home_partition(customer, topology().partitions).value())) {
    const auto decoded = schemas::decode_usage_total(committed.record.value.value_or(""));
    if (decoded && decoded->customer_id == customer) total = to_string(decoded->total);
  }
  return total;
}

class DiskFault : public ::testing::Test {
 protected:
  DiskFault() { fs::create_directories(base_); }
  ~DiskFault() override { fs::remove_all(base_); }

  // Usage of all customers under ids of this round; the same round again is a repeat.
  static void append_round(OneMachine& cluster, const std::string& round) {
    for (int customer = 0; customer < kCustomers; ++customer) {
      for (int i = 0; i < kEvents; ++i)
        cluster.append_usage("cus_" + std::to_string(customer), round + std::to_string(i));
    }
  }
  static void begin(OneMachine& cluster) {
    for (int customer = 0; customer < kCustomers; ++customer)
      cluster.append_profile("cus_" + std::to_string(customer));
    append_round(cluster, "a");
    cluster.machine.start();
    ASSERT_EQ(cluster.run_until_rest(), "");
    ASSERT_TRUE(cluster.machine.stop());
  }
  fs::path state() const { return base_ / "state" / "a"; }
  // begin(), a copy to `older`, and one more round.
  void begin_and_copy() {
    ASSERT_NO_FATAL_FAILURE(begin(cluster_));
    fs::copy(state(), base_ / "older", fs::copy_options::recursive);
    cluster_.machine.start();
    append_round(cluster_, "b");
    ASSERT_EQ(cluster_.run_until_rest(), "");
  }
  // The code that ended it, or "": all that was appended is counted, and is on the disk.
  std::string go_on() {
    if (!cluster_.machine.running()) cluster_.machine.start();
    append_round(cluster_, "a");  // repeats: the ids must be known
    append_round(cluster_, "b");
    append_round(cluster_, "c");
    if (const std::string code = cluster_.run_until_rest(); !code.empty()) return code;
    cluster_.world.clock.advance(minutes(3));  // what waits in memory is to be written
    append_round(cluster_, "d");
    return cluster_.run_until_rest();
  }
  // What must be true at the end: after go_on(), a restart and repeats of everything.
  void check_all() {
    const Status stopped = cluster_.machine.stop();
    ASSERT_TRUE(stopped) << stopped.error().message;
    cluster_.machine.start();
    for (const char* round : {"a", "b", "c", "d"}) append_round(cluster_, round);
    ASSERT_EQ(cluster_.run_until_rest(), "");
    ASSERT_TRUE(cluster_.machine.stop());
    for (int customer = 0; customer < kCustomers; ++customer)
      EXPECT_EQ(last_total(cluster_, "cus_" + std::to_string(customer)), std::to_string(4 * kEvents));
    Complaints complaints;
    check_chains(cluster_.world.cluster, complaints);
    check_state(cluster_.world.cluster, cluster_.machine, topology(), complaints);
    EXPECT_EQ(complaints, Complaints());
  }
  std::uint64_t set_aside() const {
    std::uint64_t count = 0;
    for (const char* store : {"event_ids", "parked", "windows"})
      count += cluster_.machine.metrics().value(
          "tidemark_stores_set_aside_total{store=" + std::string(store) + "}");
    return count;
  }

  // In memory where there is such a place: databases that are opened a hundred times sync a lot.
  const fs::path base_ = (fs::is_directory("/dev/shm") ? fs::path("/dev/shm") : fs::temp_directory_path()) /
                         ("tidemark-disk-" + std::to_string(::getpid()));
  OneMachine cluster_{1, std::chrono::seconds(10), (base_ / "state").string()};
};

class FileFaultTest : public DiskFault, public ::testing::WithParamInterface<FileFault> {};

TEST_P(FileFaultTest, AtRestLeavesTheTotals) {
  ASSERT_NO_FATAL_FAILURE(begin_and_copy());
  ASSERT_TRUE(cluster_.machine.stop());
  EXPECT_GT(damage_files(state(), base_ / "older", GetParam(), cluster_.world.random), 0);
  EXPECT_EQ(go_on(), "");
  check_all();
}

TEST_P(FileFaultTest, UnderTheRunningEngineLeavesTheTotals) {
  ASSERT_NO_FATAL_FAILURE(begin_and_copy());
  EXPECT_GT(damage_files(state(), base_ / "older", GetParam(), cluster_.world.random), 0);
  EXPECT_EQ(go_on(), "");
  check_all();
}

INSTANTIATE_TEST_SUITE_P(DiskFaults, FileFaultTest, ::testing::ValuesIn(all_file_faults()),
                         [](const auto& test) { return name_of(test.param); });

enum class SetAside : std::uint8_t { no, yes, perhaps };
struct FolderFault {
  const char* name;
  bool is_running;
  SetAside set_aside;  // what was there is not gone on with
  void (*apply)(const fs::path& state, const fs::path& older);
};

void remove_stores(const fs::path& state, const fs::path&) {
  for (const fs::path& folder : store_folders(state)) fs::remove_all(folder);
}
void empty_stores(const fs::path& state, const fs::path&) {
  for (const fs::path& folder : store_folders(state)) {
    for (const auto& entry : fs::directory_iterator(folder)) fs::remove_all(entry);
  }
}
void remove_everything(const fs::path& state, const fs::path&) {
  fs::remove_all(state);
}
void put_back_everything(const fs::path& state, const fs::path& older) {
  fs::remove_all(state);
  fs::copy(older, state, fs::copy_options::recursive);
}
// An owner of many tasks may be given a wrong backup: numbers of one partition fit the other.
void swap_tasks(const fs::path& state, const fs::path&) {
  fs::rename(state / "metering_0", state / "tmp");
  fs::rename(state / "metering_1", state / "metering_0");
  fs::rename(state / "tmp", state / "metering_1");
}
// Ids of today, figures of yesterday.
void put_back_windows(const fs::path& state, const fs::path& older) {
  for (const fs::path& folder : store_folders(state)) {
    if (folder.filename() != "windows") continue;
    fs::remove_all(folder);
    fs::copy(older / fs::relative(folder, state), folder, fs::copy_options::recursive);
  }
}

class FolderFaultTest : public DiskFault, public ::testing::WithParamInterface<FolderFault> {};

TEST_P(FolderFaultTest, LeavesTheTotals) {
  ASSERT_NO_FATAL_FAILURE(begin_and_copy());
  if (!GetParam().is_running) {
    ASSERT_TRUE(cluster_.machine.stop());
  }
  GetParam().apply(state(), base_ / "older");
  EXPECT_EQ(go_on(), "");
  if (GetParam().set_aside != SetAside::perhaps) {
    EXPECT_EQ(set_aside() > 0, GetParam().set_aside == SetAside::yes);
  }
  check_all();
}

INSTANTIATE_TEST_SUITE_P(
    DiskFaults, FolderFaultTest,
    ::testing::Values(FolderFault{"RemovedAtRest", false, SetAside::no, remove_everything},
                      FolderFault{"RemovedUnderTheRunningEngine", true, SetAside::yes, remove_everything},
                      FolderFault{"StoresRemovedUnderTheRunningEngine", true, SetAside::yes, remove_stores},
                      FolderFault{"EmptiedAtRest", false, SetAside::yes, empty_stores},
                      FolderFault{"EmptiedUnderTheRunningEngine", true, SetAside::yes, empty_stores},
                      FolderFault{"AnOldCopyPutBackAtRest", false, SetAside::no, put_back_everything},
                      FolderFault{"AnOldCopyPutBackUnderTheRunningEngine", true, SetAside::perhaps,
                                  put_back_everything},
                      FolderFault{"AnOldCopyOfOneStorePutBack", false, SetAside::no, put_back_windows},
                      FolderFault{"TasksSwapped", false, SetAside::yes, swap_tasks}),
    [](const auto& test) { return std::string(test.param.name); });

// The same topics, customers and numbers of events elsewhere: every offset fits, and every id is another.
TEST_F(DiskFault, StateOfAnotherClusterIsNotBelieved) {
  const fs::path elsewhere = base_ / "elsewhere";
  {
    OneMachine other(1, seconds(10), elsewhere.string(), "another");
    ASSERT_NO_FATAL_FAILURE(begin(other));
    other.machine.start();
    append_round(other, "x");
    ASSERT_EQ(other.run_until_rest(), "");
    ASSERT_TRUE(other.machine.stop());
  }
  ASSERT_NO_FATAL_FAILURE(begin_and_copy());
  ASSERT_TRUE(cluster_.machine.stop());
  put_back_everything(state(), elsewhere / "a");
  EXPECT_EQ(go_on(), "");
  EXPECT_GT(set_aside(), 0U);
  check_all();
}

// Another user's files, or a disk that turned read-only.
class Unprivileged {
 public:
  explicit Unprivileged(const fs::path& state) : state_(state), is_root_(::geteuid() == 0) {
    if (is_root_) {
      EXPECT_EQ(::seteuid(kNobody), 0);
    } else {
      set_permissions(fs::perms::owner_read | fs::perms::owner_exec);
    }
  }
  ~Unprivileged() {
    if (is_root_) {
      EXPECT_EQ(::seteuid(0), 0);
    } else {
      set_permissions(fs::perms::owner_all);
    }
  }
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;

 private:
  static constexpr uid_t kNobody = 65'534;
  void set_permissions(fs::perms permissions) const {
    for (const fs::path& folder : store_folders(state_)) fs::permissions(folder, permissions);
  }
  const fs::path state_;
  const bool is_root_;
};

TEST_F(DiskFault, FilesThatMayNotBeWrittenStopAtTheStart) {
  ASSERT_NO_FATAL_FAILURE(begin_and_copy());
  ASSERT_TRUE(cluster_.machine.stop());
  {
    const Unprivileged nobody(state());
    EXPECT_EQ(go_on(), "state_io");
    cluster_.machine.crash();
  }
  EXPECT_EQ(go_on(), "");
  EXPECT_EQ(set_aside(), 0U);
  check_all();
}

TEST_F(DiskFault, FilesThatMayNotBeWrittenAnyMoreStopTheEngine) {
  ASSERT_NO_FATAL_FAILURE(begin_and_copy());
  {
    const Unprivileged nobody(state());
    EXPECT_EQ(go_on(), "state_io");
    cluster_.machine.crash();
  }
  EXPECT_EQ(go_on(), "");
  check_all();
}

}  // namespace
}  // namespace tidemark::sim_test
