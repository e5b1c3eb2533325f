#pragma once
// Room for unescaped strings: addresses stay valid until clear(). Chunks are kept and filled again, so that a
// steady stream of batches allocates nothing. Threading: confined.
#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

namespace tidemark::schemas {

class Arena {
 public:
  struct Mark {
    std::size_t chunk = 0;
    std::size_t used = 0;
  };

  char* allocate(std::size_t size) {
    while (top_.chunk < chunks_.size() && chunks_[top_.chunk].size - top_.used < size)
      top_ = {top_.chunk + 1, 0};
    if (top_.chunk == chunks_.size()) {
      const std::size_t chunk_size = std::max(size, kChunkBytes);
      chunks_.push_back({std::make_unique<char[]>(chunk_size), chunk_size});
    }
    char* const at = chunks_[top_.chunk].bytes.get() + top_.used;
    top_.used += size;
    return at;
  }
  template <class T>
  std::span<T> make_array(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>, "nobody destroys what lives here");
    void* at = allocate(count * sizeof(T) + alignof(T) - 1);
    std::size_t room = count * sizeof(T) + alignof(T) - 1;
    T* const first = static_cast<T*>(std::align(alignof(T), count * sizeof(T), at, room));
    std::uninitialized_value_construct_n(first, count);
    return {first, count};
  }
  Mark mark() const { return top_; }
  void release(Mark mark) { top_ = mark; }  // what was allocated since the mark dies
  void clear() {
    top_ = {};
    if (chunks_.size() > kChunksKept) chunks_.resize(kChunksKept);
  }

 private:
  static constexpr std::size_t kChunkBytes = 64 * 1024;
  static constexpr std::size_t kChunksKept = 16;
  struct Chunk {
    std::unique_ptr<char[]> bytes;
    std::size_t size = 0;
  };
  std::vector<Chunk> chunks_;
  Mark top_;
};

}  // namespace tidemark::schemas
