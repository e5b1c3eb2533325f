#pragma once
// One type per kind of number, so that a swap does not compile.
#include <compare>
#include <cstdint>

namespace tidemark {

// A number with a name. REQUIRES: Tag is unique per alias. Trivially copyable, thread-compatible.
template <class Tag, class Rep>
class Named {
 public:
  constexpr Named() = default;
  constexpr explicit Named(Rep value) : value_(value) {}
  constexpr Rep value() const { return value_; }
  constexpr auto operator<=>(const Named&) const = default;
  constexpr Named next() const { return Named(static_cast<Rep>(value_ + 1)); }

 private:
  Rep value_{};
};

using Offset = Named<struct OffsetTag, std::int64_t>;  // of a record in its partition
using PartitionId = Named<struct PartitionTag, std::int32_t>;
using EpochNumber = Named<struct EpochTag, std::int64_t>;   // 0 = none yet; a task's first epoch is 1
using SinkIndex = Named<struct SinkTag, std::uint8_t>;      // position in a sub-topology's list of sinks
using SourceIndex = Named<struct SourceTag, std::uint8_t>;  // position in a sub-topology's list of sources

// Where a record stands, or an element of one that holds several.
struct RecordPlace {
  SourceIndex source;
  Offset offset;
  std::uint16_t element = 0;
  auto operator<=>(const RecordPlace&) const = default;
};

struct Hash128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  auto operator<=>(const Hash128&) const = default;
};

}  // namespace tidemark
