#pragma once
// How a period reads in the message of a test that failed.
#include <ostream>

#include "billing/period.h"

namespace tidemark::billing {

inline void PrintTo(const Period& period, std::ostream* out) {
  *out << "[" << format_rfc3339(period.start) << ", " << format_rfc3339(period.end) << ")";
}

}  // namespace tidemark::billing
