#pragma once
// A TCP client that sends exactly the bytes it is told to.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace tidemark::services::test {

class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    const timeval patience{20, 0};  // so that a server that hangs fails the test
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~RawClient() { ::close(socket_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return connected_; }
  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  // Everything up to the end of the connection; "" when it is closed without a word, "timeout" when it stays
  // open.
  std::string read_to_end() const {
    std::string out;
    while (read_some(out) > 0) {
    }
    return timed_out_ ? "timeout" : out;
  }
  // Until `end` was seen, or the connection ends.
  std::string read_until(std::string_view end) const {
    std::string out;
    while (out.find(end) == std::string::npos && read_some(out) > 0) {
    }
    return out;
  }

 private:
  ssize_t read_some(std::string& out) const {
    std::array<char, 4096> chunk{};
    const auto count = ::recv(socket_, chunk.data(), chunk.size(), 0);
    if (count > 0) out.append(chunk.data(), static_cast<std::size_t>(count));
    timed_out_ = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    return count;
  }
  int socket_;
  bool connected_ = false;
  mutable bool timed_out_ = false;
};

inline std::string get(std::string_view target, std::string_view headers = "Connection: close\r\n") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(headers) + "\r\n";
}
inline int status_of(std::string_view response) {
  return response.size() < 12 ? 0 : std::stoi(std::string(response.substr(9, 3)));
}
inline std::string body_of(const std::string& response) {
  const auto end = response.find("\r\n\r\n");
  return end == std::string::npos ? "" : response.substr(end + 4);
}

}  // namespace tidemark::services::test
