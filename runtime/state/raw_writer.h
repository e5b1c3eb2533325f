#pragma once
// The encoding of ByteWriter into memory that is known to be large enough: ids are written once per event,
// where the growth of a string would cost more than the bytes.
#include <cstdint>
#include <cstring>

namespace tidemark::runtime {

class RawWriter {
 public:
  explicit RawWriter(char* out) : out_(out) {}
  void byte(unsigned value) { *out_++ = static_cast<char>(value); }
  void fixed64(std::uint64_t value) {
    value = __builtin_bswap64(value);
    std::memcpy(out_, &value, sizeof(value));
    out_ += sizeof(value);
  }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) byte(static_cast<unsigned>(value & 0x7f) | 0x80);
    byte(static_cast<unsigned>(value));
  }
  // One past the last byte written.
  char* end() const { return out_; }

 private:
  char* out_;
};

}  // namespace tidemark::runtime
