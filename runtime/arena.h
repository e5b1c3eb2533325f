#pragma once
// Keeps copies of bytes at fixed addresses until clear(). Confined to one thread.
#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace tidemark::runtime {

class Arena {
 public:
  std::string_view keep(std::string_view text) {
    // A null view stays null and an empty one does not become it: Kafka tells a missing key from an empty
    // one.
    if (text.empty()) return text.data() == nullptr ? std::string_view() : std::string_view("", 0);
    if (chunks_.empty() || used_ + text.size() > chunks_.back().size) {
      const std::size_t size = std::max(kChunkBytes, text.size());
      chunks_.push_back({std::make_unique_for_overwrite<char[]>(size), size});
      used_ = 0;
    }
    char* target = chunks_.back().data.get() + used_;
    std::memcpy(target, text.data(), text.size());
    used_ += text.size();
    bytes_ += text.size();
    return {target, text.size()};
  }
  std::size_t bytes() const { return bytes_; }
  void clear() {
    if (chunks_.size() > 1) chunks_.resize(1);
    used_ = 0;
    bytes_ = 0;
  }

 private:
  static constexpr std::size_t kChunkBytes = std::size_t{1} << 18;
  struct Chunk {
    std::unique_ptr<char[]> data;
    std::size_t size = 0;
  };
  std::vector<Chunk> chunks_;
  std::size_t used_ = 0;  // of the last chunk
  std::size_t bytes_ = 0;
};

}  // namespace tidemark::runtime
