#pragma once
// Result<T> is a value or an Error; expected failures are returned, never thrown across a module.
// The member names are those of std::expected, which g++ 12 lacks in C++20 mode.
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "tidemark/assert.h"

namespace tidemark {

// What the caller has to do about a failure. One branch each in runtime/stream_thread.cc.
enum class Disposition : std::uint8_t {
  dead_letter,  // this record can never succeed: keep it in the dead-letter topic, go on
  retry,        // transient: the same call again after back-off
  abort_txn,    // abort the transaction, then restore from the last committed offsets
  fatal,        // would recur: stop with the code; an operator or another instance takes over
};

struct Error {
  Disposition disposition = Disposition::fatal;
  std::string code;     // stable snake_case, listed in docs/errors.md: "unknown_customer"
  std::string message;  // for a human: which value, which limit, what to do next
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT
  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  T& value() & {
    TM_ASSERT(has_value());
    return std::get<0>(state_);
  }
  const T& value() const& {
    TM_ASSERT(has_value());
    return std::get<0>(state_);
  }
  T&& value() && {
    TM_ASSERT(has_value());
    return std::get<0>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const Error& error() const {
    TM_ASSERT(!has_value());
    return std::get<1>(state_);
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)), ok_(false) {}  // NOLINT
  bool has_value() const { return ok_; }
  explicit operator bool() const { return ok_; }
  const Error& error() const {
    TM_ASSERT(!ok_);
    return error_;
  }

 private:
  Error error_;
  bool ok_ = true;
};

using Status = Result<void>;

}  // namespace tidemark

// Returns the error of `expression` (a Result or Status) from the enclosing function, if it has one.
#define TM_TRY(expression)                           \
  do {                                               \
    if (auto tm_status = (expression); !tm_status) { \
      return tm_status.error();                      \
    }                                                \
  } while (false)
