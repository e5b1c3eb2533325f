#pragma once
// The values that the windows of unique meters have seen, exactly: rows of the store `windows`,
//   'u' hash of the window's key, hash of the value -> ""
// How many they are is the window's total. Threading: confined.
#include <string_view>

#include "tidemark/state_store.h"

namespace tidemark::processors {

class DistinctValues {
 public:
  explicit DistinctValues(KeyedStore& store) : store_(store) {}
  Result<bool> contains(std::string_view window_key, const Hash128& value);
  void add(std::string_view window_key, const Hash128& value);
  // At most `count_max` of those of a window; how many they were.
  Result<std::size_t> erase_of(std::string_view window_key, std::size_t count_max);

 private:
  KeyedStore& store_;
};

}  // namespace tidemark::processors
