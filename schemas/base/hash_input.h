#pragma once
// Bytes on their way into a hash: appending is inline, and clear() keeps the room. Threading: confined.
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace tidemark::schemas {

class HashInput {
 public:
  void clear() { size_ = 0; }
  const char* data() const { return bytes_.data(); }
  std::size_t size() const { return size_; }
  std::string_view text() const { return {data(), size_}; }

  // Room for `more` bytes behind what is there; commit() takes what was written of it.
  char* reserve(std::size_t more) {
    ensure(more);
    return bytes_.data() + size_;
  }
  void commit(const char* end) { size_ = static_cast<std::size_t>(end - bytes_.data()); }

  void raw(std::string_view text) { commit(put_raw(reserve(text.size()), text)); }
  // Four bytes of length, then the text.
  void text(std::string_view text) { commit(put_text(reserve(sizeof(std::uint32_t) + text.size()), text)); }
  template <class Integer>
  void integer(Integer value) {  // little-endian
    char* const at = reserve(sizeof value);
    std::memcpy(at, &value, sizeof value);
    commit(at + sizeof value);
  }

  static char* put_raw(char* at, std::string_view text) {
    if (!text.empty()) std::memcpy(at, text.data(), text.size());  // an empty view may be null
    return at + text.size();
  }
  static char* put_text(char* at, std::string_view text) {
    const auto length = static_cast<std::uint32_t>(text.size());
    std::memcpy(at, &length, sizeof length);
    return put_raw(at + sizeof length, text);
  }

 private:
  void ensure(std::size_t more) {
    if (bytes_.size() - size_ < more) bytes_.resize(2 * (bytes_.size() + more));
  }
  std::vector<char> bytes_;
  std::size_t size_ = 0;
};

}  // namespace tidemark::schemas
