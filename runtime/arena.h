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
    char* target = reserve(text.size());
    std::memcpy(target, text.data(), text.size());
    return {target, text.size()};
  }
  // Room for `size` bytes, not initialised.
  char* reserve(std::size_t size) {
    if (in_use_ == 0 || used_ + size > chunks_[in_use_ - 1].size) next_chunk(size);
    char* target = chunks_[in_use_ - 1].data.get() + used_;
    used_ += size;
    bytes_ += size;
    return target;
  }
  std::size_t bytes() const { return bytes_; }
  // All but one chunk goes back to the allocator, which keeps the pages: each task has a large epoch now and
  // then, and together they need far less than the largest of each.
  void clear() {
    if (chunks_.size() > 1) chunks_.resize(1);
    in_use_ = 0;
    used_ = 0;
    bytes_ = 0;
  }

 private:
  static constexpr std::size_t kChunkBytes = std::size_t{1} << 18;
  struct Chunk {
    std::unique_ptr<char[]> data;
    std::size_t size = 0;
  };
  void next_chunk(std::size_t size) {
    if (in_use_ == chunks_.size() || chunks_[in_use_].size < size) {
      const std::size_t chunk = std::max(kChunkBytes, size);
      chunks_.insert(chunks_.begin() + static_cast<std::ptrdiff_t>(in_use_),
                     {std::make_unique_for_overwrite<char[]>(chunk), chunk});
    }
    ++in_use_;
    used_ = 0;
  }

  std::vector<Chunk> chunks_;
  std::size_t in_use_ = 0;  // chunks
  std::size_t used_ = 0;    // bytes of the last of them
  std::size_t bytes_ = 0;
};

}  // namespace tidemark::runtime
