#pragma once
// Strict checks of a request's head, on its raw bytes and before any parser sees it. Boost.Beast 1.81
// accepts folded lines, equal repeated lengths, a second Host and transfer codings that it does not know,
// and so can disagree with a proxy about where a request ends. Pure.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tidemark::services {

struct HeadRefusal {
  int status = 400;    // 400, 414, 417, 431, 501 or 505
  std::string reason;  // for the client: which rule was broken
};

inline constexpr std::size_t kHeaderCountMax = 64;
inline constexpr std::size_t kTargetBytesMax = 2048;

// `head` is everything from the request line up to and with the empty line. nullopt: well formed.
std::optional<HeadRefusal> check_request_head(std::string_view head);

}  // namespace tidemark::services
