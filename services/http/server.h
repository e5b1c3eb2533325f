#pragma once
// A small HTTP/1.1 server for the admin endpoints: one background thread, everything bounded.
// Every request is checked by check_request_head() before it is parsed; what is refused is answered and the
// connection closed.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "tidemark/result.h"

namespace tidemark::services {

struct HttpRequest {
  std::string_view path;   // "/readyz"
  std::string_view query;  // "verbose", as sent, without the '?'
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

// Called on the server's thread, one at a time; must not block. What it throws becomes a 500.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;
using HttpRoutes = std::map<std::string, HttpHandler, std::less<>>;  // GET and HEAD, exact path

struct HttpLimits {
  std::size_t connection_count_max = 64;  // one more is answered 503 and closed
  std::size_t header_bytes_max = 8 * 1024;
  std::size_t body_bytes_max = 64 * 1024;              // bodies are read and dropped
  std::chrono::milliseconds request_deadline{10'000};  // from a request's first byte to its last
  std::chrono::milliseconds write_deadline{10'000};
  std::chrono::milliseconds idle_deadline{60'000};  // between requests
  std::chrono::milliseconds stop_deadline{2'000};   // for responses under way at stop()
};

// Threading: [any thread]. The destructor stops it.
class HttpServer {
 public:
  // `listen` is "127.0.0.1:9464" or "[::1]:0"; port 0 picks a free one.
  // Errors: fatal "listen_invalid", "listen_failed".
  static Result<std::unique_ptr<HttpServer>> start(std::string_view listen, HttpRoutes routes,
                                                   HttpLimits limits = {});
  ~HttpServer();

  std::uint16_t port() const;
  std::string address() const;  // "127.0.0.1:43121"

  // Closes the listener and idle connections, finishes responses under way, joins the thread. Idempotent.
  void stop();

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// True when `query` has the parameter `name`, with or without a value ("verbose", "a=1&verbose=1").
bool has_query_parameter(std::string_view query, std::string_view name);

}  // namespace tidemark::services
