#pragma once
// What the program says with its exit code. Printed by --help; scripts rely on it.
#include <string_view>

namespace tidemark::cli {

inline constexpr int kOk = 0;
inline constexpr int kInternal = 1;
inline constexpr int kUsage = 2;
inline constexpr int kFindings = 3;
inline constexpr int kRefused = 4;
inline constexpr int kStopped = 5;
inline constexpr int kUnreachable = 69;
inline constexpr int kAuth = 77;
inline constexpr int kBadConfig = 78;

inline constexpr std::string_view kExitCodeTable =
    "Exit codes:\n"
    "   0  ok\n"
    "   1  internal error\n"
    "   2  wrong usage\n"
    "   3  findings\n"
    "   4  refused\n"
    "   5  stopped, can be resumed\n"
    "  69  Kafka is unreachable\n"
    "  77  authentication failed\n"
    "  78  bad configuration or state\n";

// From the code of an Error.
int exit_code_of(std::string_view error_code);

}  // namespace tidemark::cli
