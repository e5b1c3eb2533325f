// What an id costs: find + remember + pack + apply, over random new ids with some repeats, spills included.
// Usage: ids_bench [ids] [batch] [repeats in percent] [hot ids] [state dir]
#include <sys/resource.h>
#include <time.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "runtime/state/id_state_store.h"
#include "runtime/store/rocksdb_storage.h"

namespace {

using namespace tidemark;
using namespace tidemark::runtime;

std::int64_t now_ns(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

struct Phase {
  const char* name;
  std::int64_t cpu_ns = 0;
  std::int64_t wall_ns = 0;
};

template <class F>
void timed(Phase& phase, F&& work) {
  const std::int64_t cpu = now_ns(CLOCK_THREAD_CPUTIME_ID);
  const std::int64_t wall = now_ns(CLOCK_MONOTONIC);
  work();
  phase.wall_ns += now_ns(CLOCK_MONOTONIC) - wall;
  phase.cpu_ns += now_ns(CLOCK_THREAD_CPUTIME_ID) - cpu;
}

template <class R>
void require(const R& result) {
  if (result) return;
  std::fprintf(stderr, "%s: %s\n", result.error().code.c_str(), result.error().message.c_str());
  std::exit(1);
}

std::size_t argument(int argc, char** argv, int index, std::size_t fallback) {
  return argc > index ? std::strtoull(argv[index], nullptr, 10) : fallback;
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t ids_total = argument(argc, argv, 1, 5'000'000);
  const std::size_t batch = argument(argc, argv, 2, 2'000);
  const std::size_t repeat_percent = argument(argc, argv, 3, 10);
  const std::size_t hot_ids = argument(argc, argv, 4, 100'000);
  const std::string dir =
      argc > 5 ? argv[5] : (std::filesystem::temp_directory_path() / "tidemark-ids-bench").string();
  std::filesystem::remove_all(dir);

  const auto factory = make_rocksdb_storage_factory(dir, {.block_cache_bytes = std::size_t{256} << 20});
  auto storage = factory->open("bench_0", "ids");
  require(storage);
  auto opened = IdStateStore::open(std::move(*storage),
                                   {.horizon = std::chrono::hours(24 * 36), .hot_ids_max = hot_ids});
  require(opened);
  IdStateStore& store = **opened;

  std::mt19937_64 random(1);
  std::vector<Hash128> seen;
  seen.reserve(ids_total);
  std::vector<Hash128> ids(batch);
  std::vector<std::optional<RememberedId>> found(batch);
  Phase find{"find"}, find_late{"find, last tenth"}, remember{"remember"}, pack{"pack"},
      apply{"apply with spills"};
  std::size_t repeats = 0, packed_bytes = 0, late = 0, total = 0;
  ArrivalTime clock{std::chrono::milliseconds(1'790'000'000'000)};
  const std::int64_t process_start = now_ns(CLOCK_PROCESS_CPUTIME_ID);
  const std::int64_t thread_start = now_ns(CLOCK_THREAD_CPUTIME_ID);
  for (EpochNumber epoch(1); total < ids_total; epoch = epoch.next()) {
    clock += std::chrono::milliseconds(2);
    for (Hash128& id : ids) {
      const bool repeat = !seen.empty() && random() % 100 < repeat_percent;
      id = repeat ? seen[random() % seen.size()] : Hash128{random(), random()};
      if (!repeat) seen.push_back(id);
    }
    const bool is_late = total * 10 >= ids_total * 9;
    timed(is_late ? find_late : find, [&] { require(store.find(ids, clock, found)); });
    if (is_late) late += batch;
    timed(remember, [&] {
      for (std::size_t i = 0; i < batch; ++i) {
        const Offset offset(static_cast<std::int64_t>(total + i));
        if (found[i]) {
          store.note({SourceIndex(0), offset}, 2, 0, false);
          ++repeats;
        } else {
          store.remember(ids[i],
                         {.fingerprint = ids[i].low,
                          .offset = offset,
                          .inserted_at = clock,
                          .source = SourceIndex(0),
                          .verdict = 1},
                         Remembering::first);
        }
      }
    });
    timed(pack, [&] {
      for (const std::string& record : store.pack(epoch)) packed_bytes += record.size();
    });
    StorePosition position;
    position.epoch = epoch;
    position.stream_time = clock;
    timed(apply, [&] { require(store.apply(position)); });
    total += batch;
  }
  const std::int64_t thread_ns = now_ns(CLOCK_THREAD_CPUTIME_ID) - thread_start;
  const std::int64_t background_ns = now_ns(CLOCK_PROCESS_CPUTIME_ID) - process_start - thread_ns;
  std::printf(
      "%zu ids, %zu repeats, batches of %zu, spills of %zu; %llu bytes on disk, %zu packed bytes per id\n",
      total, repeats, batch, hot_ids, static_cast<unsigned long long>(store.bytes_on_disk()),
      packed_bytes / total);
  const auto print = [](const Phase& phase, std::size_t count) {
    const auto divisor = static_cast<std::int64_t>(count);
    std::printf("%-20s %6lld ns cpu, %6lld ns wall per id\n", phase.name,
                static_cast<long long>(phase.cpu_ns / divisor),
                static_cast<long long>(phase.wall_ns / divisor));
  };
  print(find, total - late);
  print(find_late, late);
  for (const Phase* phase : {&remember, &pack, &apply}) print(*phase, total);
  std::printf("%-20s %6lld ns cpu per id\n", "background threads",
              static_cast<long long>(background_ns / static_cast<std::int64_t>(total)));
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("%ld KiB resident at most, %ld blocks read from disk\n", usage.ru_maxrss, usage.ru_inblock);
  std::filesystem::remove_all(dir);
}
