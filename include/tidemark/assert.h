#pragma once
// TM_ASSERT guards our own invariants, never input. It stays on in release builds: under exactly-once
// a crash aborts the open transaction, so stopping is the safe answer to a broken invariant.
#include <cstdio>
#include <cstdlib>

namespace tidemark {

[[noreturn]] inline void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "tidemark: assertion failed: %s at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace tidemark

#define TM_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::tidemark::assertion_failed(#condition, __FILE__, __LINE__))
