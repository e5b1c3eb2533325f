#pragma once
// The one source of chance of a simulation: xoshiro256** seeded through SplitMix64. Integers only.
// Threading: one thread, as everything in runtime/sim.
#include <array>
#include <bit>
#include <cstdint>

#include "tidemark/assert.h"

namespace tidemark::runtime::sim {

// numerator / denominator. {0, n}: never, and nothing is drawn.
struct Chance {
  std::uint32_t numerator = 0;
  std::uint32_t denominator = 1;
};

class Random {
 public:
  explicit Random(std::uint64_t seed) {
    for (auto& word : state_) word = split_mix(seed);
  }

  std::uint64_t next() {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  // One of [0, bound), each equally likely. REQUIRES: bound > 0.
  std::uint64_t uniform(std::uint64_t bound) {
    TM_ASSERT(bound > 0);
    const std::uint64_t skewed =
        (0 - bound) % bound;  // 2^64 mod bound: draws below it would favour small ones
    std::uint64_t drawn = next();
    while (drawn < skewed) drawn = next();
    return drawn % bound;
  }

  // One of [first, last]. REQUIRES: first <= last.
  std::uint64_t between(std::uint64_t first, std::uint64_t last) {
    TM_ASSERT(first <= last && last - first != UINT64_MAX);
    return first + uniform(last - first + 1);
  }

  bool chance(Chance chance) {
    TM_ASSERT(chance.denominator > 0);
    return chance.numerator != 0 && uniform(chance.denominator) < chance.numerator;
  }
  bool chance(std::uint32_t numerator, std::uint32_t denominator) { return chance({numerator, denominator}); }

 private:
  static std::uint64_t split_mix(std::uint64_t& state) {
    std::uint64_t mixed = state += 0x9e3779b97f4a7c15u;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return mixed ^ (mixed >> 31);
  }

  std::array<std::uint64_t, 4> state_{};
};

}  // namespace tidemark::runtime::sim
