#pragma once
// Runs with a planted bug, and whether the checks find it.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>

#include "tidemark/assert.h"
#include "tidemark/planted_bugs.h"

namespace tidemark::sim_test {

// `holds`: whether nothing is wrong with the run of this seed. In a process of its own: a planted bug may
// also run into an assertion of the engine, which counts as caught.
inline bool is_caught(bool PlantedBugs::*bug, std::uint64_t seeds,
                      const std::function<bool(std::uint64_t)>& holds) {
  const pid_t child = fork();
  if (child == 0) {
    if (std::freopen("/dev/null", "w", stderr) == nullptr) _exit(2);
    planted_bugs.*bug = true;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      if (!holds(seed)) _exit(1);
    }
    _exit(0);
  }
  int status = 0;
  TM_ASSERT(waitpid(child, &status, 0) == child);
  return !WIFEXITED(status) || WEXITSTATUS(status) == 1;
}

inline std::uint64_t from_environment(const char* name, std::uint64_t fallback) {
  const char* value = std::getenv(name);
  return value == nullptr ? fallback : std::strtoull(value, nullptr, 10);
}

}  // namespace tidemark::sim_test
