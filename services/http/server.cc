#include "services/http/server.h"

#include <csignal>
#include <exception>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include "services/http/request_head.h"

namespace tidemark::services {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kChunkExtensionBytesMax = 256;
constexpr std::size_t kLingerBytesMax = 64 * 1024;
constexpr std::chrono::milliseconds kLingerDeadline{500};
constexpr std::chrono::milliseconds kAcceptBackOff{100};

struct Session {
  explicit Session(tcp::socket socket) : stream(std::move(socket)) {}
  beast::tcp_stream stream;
  beast::flat_buffer buffer;  // what was received and not yet parsed
  bool responding = false;
};

// The next request of a connection, or why there is none.
struct ReadOutcome {
  bool closed = true;                  // nothing to answer: the peer left, or a deadline passed
  std::optional<HeadRefusal> refusal;  // answer it and close
  std::string method;
  std::string target;
  bool keep_alive = false;
};

ReadOutcome refused(int status, std::string reason) {
  ReadOutcome outcome;
  outcome.closed = false;
  outcome.refusal = HeadRefusal{status, std::move(reason)};
  return outcome;
}

std::string_view view_of(const beast::flat_buffer& buffer) {
  return {static_cast<const char*>(buffer.data().data()), buffer.size()};
}

// A line feed of its own can never become part of a head that is accepted: no need to wait for the rest.
bool has_bare_line_feed(std::string_view text) {
  for (auto at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    if (at == 0 || text[at - 1] != '\r') return true;
  }
  return false;
}

std::optional<std::pair<std::string, std::uint16_t>> split_listen(std::string_view listen) {
  const auto colon = listen.rfind(':');
  if (colon == std::string_view::npos || colon + 1 == listen.size() || listen.size() - colon > 6)
    return std::nullopt;
  std::uint32_t port = 0;
  for (const char c : listen.substr(colon + 1)) {
    if (c < '0' || c > '9') return std::nullopt;
    port = port * 10 + static_cast<std::uint32_t>(c - '0');
  }
  if (port > 65'535) return std::nullopt;
  std::string_view host = listen.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return std::pair{std::string(host == "localhost" ? "127.0.0.1" : host), static_cast<std::uint16_t>(port)};
}

}  // namespace

struct HttpServer::Impl {
  Impl(HttpRoutes routes_in, HttpLimits limits_in) : routes(std::move(routes_in)), limits(limits_in) {}

  Status open(std::string_view listen);
  asio::awaitable<void> accept_loop();
  asio::awaitable<void> serve(std::shared_ptr<Session> session);
  asio::awaitable<ReadOutcome> read_request(Session& session);
  asio::awaitable<std::optional<ReadOutcome>> read_head(Session& session, std::size_t& head_bytes);
  asio::awaitable<bool> respond(Session& session, const HttpResponse& response, bool head_only,
                                bool keep_alive);
  asio::awaitable<void> linger(Session& session);
  HttpResponse handle(const ReadOutcome& request) const;
  void begin_stop();

  const HttpRoutes routes;
  const HttpLimits limits;
  asio::io_context io{1};
  tcp::acceptor acceptor{io};
  asio::steady_timer stop_timer{io};
  std::set<std::shared_ptr<Session>> sessions;  // server thread only
  bool stopping = false;                        // server thread only
  tcp::endpoint endpoint;
  std::thread thread;
};

Status HttpServer::Impl::open(std::string_view listen) {
  const auto parts = split_listen(listen);
  error_code ec;
  const auto address = parts ? asio::ip::make_address(parts->first, ec) : asio::ip::address{};
  if (!parts || ec) {
    return Error{Disposition::fatal, "listen_invalid",
                 "'" + std::string(listen) + "' is not ADDRESS:PORT, such as 127.0.0.1:9464"};
  }
  const tcp::endpoint wanted(address, parts->second);
  acceptor.open(wanted.protocol(), ec);
  if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec) acceptor.bind(wanted, ec);
  if (!ec) acceptor.listen(asio::socket_base::max_listen_connections, ec);
  if (!ec) endpoint = acceptor.local_endpoint(ec);
  if (ec) {
    return Error{Disposition::fatal, "listen_failed",
                 "cannot listen on " + std::string(listen) + ": " + ec.message()};
  }
  return {};
}

asio::awaitable<void> HttpServer::Impl::accept_loop() {
  for (;;) {
    error_code ec;
    tcp::socket socket = co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, ec));
    if (stopping) co_return;
    if (ec) {  // out of file descriptors, most likely: connections that end free some
      asio::steady_timer back_off(io, kAcceptBackOff);
      co_await back_off.async_wait(asio::redirect_error(asio::use_awaitable, ec));
      if (stopping) co_return;
      continue;
    }
    if (sessions.size() >= limits.connection_count_max) {
      constexpr std::string_view kBusy =
          "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
      socket.non_blocking(true, ec);
      socket.write_some(asio::buffer(kBusy), ec);
      continue;  // the socket closes
    }
    auto session = std::make_shared<Session>(std::move(socket));
    sessions.insert(session);
    asio::co_spawn(io, serve(session), [this, session](const std::exception_ptr&) {
      sessions.erase(session);
      if (stopping && sessions.empty()) stop_timer.cancel();
    });
  }
}

// Reads up to the end of the head and checks it. nullopt: the head is good and `head_bytes` long.
asio::awaitable<std::optional<ReadOutcome>> HttpServer::Impl::read_head(Session& session,
                                                                        std::size_t& head_bytes) {
  session.stream.expires_after(session.buffer.size() == 0 ? limits.idle_deadline : limits.request_deadline);
  for (;;) {
    const auto received = view_of(session.buffer);
    const auto end = received.find("\r\n\r\n");
    if (end != std::string_view::npos && end + 4 <= limits.header_bytes_max) {
      head_bytes = end + 4;
      if (auto refusal = check_request_head(received.substr(0, head_bytes))) {
        co_return refused(refusal->status, refusal->reason);
      }
      co_return std::nullopt;
    }
    if (has_bare_line_feed(received)) co_return refused(400, "line does not end in CR LF");
    if (received.size() >= limits.header_bytes_max) co_return refused(431, "head is too large");
    const bool first_bytes = received.empty();
    error_code ec;
    auto space = session.buffer.prepare(limits.header_bytes_max - received.size());
    const std::size_t count =
        co_await session.stream.async_read_some(space, asio::redirect_error(asio::use_awaitable, ec));
    if (ec) co_return ReadOutcome{};
    session.buffer.commit(count);
    if (first_bytes) session.stream.expires_after(limits.request_deadline);
  }
}

asio::awaitable<ReadOutcome> HttpServer::Impl::read_request(Session& session) {
  std::size_t head_bytes = 0;
  if (auto outcome = co_await read_head(session, head_bytes)) co_return std::move(*outcome);

  http::request_parser<http::string_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(limits.header_bytes_max));
  parser.body_limit(limits.body_bytes_max);
  auto on_chunk = [](std::uint64_t, beast::string_view extensions, error_code& ec) {
    if (extensions.size() > kChunkExtensionBytesMax) ec = http::error::bad_chunk_extension;
  };
  parser.on_chunk_header(on_chunk);
  error_code ec;
  co_await http::async_read(session.stream, session.buffer, parser,
                            asio::redirect_error(asio::use_awaitable, ec));
  if (ec == http::error::body_limit) co_return refused(413, "body is too large");
  if (ec && ec.category() == make_error_code(http::error::bad_version).category() &&
      ec != http::error::partial_message && ec != http::error::end_of_stream) {
    co_return refused(400, ec.message());
  }
  if (ec) co_return ReadOutcome{};
  ReadOutcome outcome;
  outcome.closed = false;
  outcome.method = std::string(parser.get().method_string());
  outcome.target = std::string(parser.get().target());
  outcome.keep_alive = parser.get().keep_alive();
  co_return outcome;
}

asio::awaitable<bool> HttpServer::Impl::respond(Session& session, const HttpResponse& response,
                                                bool head_only, bool keep_alive) {
  http::response<http::string_body> message;
  message.version(11);
  message.result(static_cast<unsigned>(response.status));
  message.set(http::field::content_type, response.content_type);
  message.set(http::field::cache_control, "no-store");
  message.set("X-Content-Type-Options", "nosniff");
  if (response.status == 405) message.set(http::field::allow, "GET, HEAD");
  message.content_length(response.body.size());
  message.keep_alive(keep_alive);
  if (!head_only) message.body() = response.body;
  http::response_serializer<http::string_body> serializer(message);
  session.stream.expires_after(limits.write_deadline);
  session.responding = true;
  error_code ec;
  if (head_only) {
    co_await http::async_write_header(session.stream, serializer,
                                      asio::redirect_error(asio::use_awaitable, ec));
  } else {
    co_await http::async_write(session.stream, serializer, asio::redirect_error(asio::use_awaitable, ec));
  }
  session.responding = false;
  co_return !ec;
}

// Closing with unread bytes would reset the connection and could take the answer with it.
asio::awaitable<void> HttpServer::Impl::linger(Session& session) {
  error_code ec;
  session.stream.socket().shutdown(tcp::socket::shutdown_send, ec);
  session.stream.expires_after(kLingerDeadline);
  session.buffer.clear();
  for (std::size_t dropped = 0; !ec && !stopping && dropped < kLingerBytesMax;) {
    auto space = session.buffer.prepare(4096);
    dropped += co_await session.stream.async_read_some(space, asio::redirect_error(asio::use_awaitable, ec));
  }
}

HttpResponse HttpServer::Impl::handle(const ReadOutcome& request) const {
  const std::string_view target = request.target;
  const auto mark = target.find('?');
  const auto path = target.substr(0, mark);
  const auto query = mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
  const auto route = routes.find(path);
  if (route == routes.end()) return {.status = 404, .body = "not found\n"};
  if (request.method != "GET" && request.method != "HEAD")
    return {.status = 405, .body = "only GET and HEAD\n"};
  try {
    return route->second(HttpRequest{path, query});
  } catch (const std::exception& failure) {  // the wall: a handler's failure stays its own
    return {.status = 500, .body = std::string("internal error: ") + failure.what() + "\n"};
  }
}

asio::awaitable<void> HttpServer::Impl::serve(std::shared_ptr<Session> session) {
  for (;;) {
    const ReadOutcome request = co_await read_request(*session);
    if (request.closed) co_return;
    if (request.refusal) {
      const HttpResponse refusal{.status = request.refusal->status, .body = request.refusal->reason + "\n"};
      if (co_await respond(*session, refusal, false, false)) co_await linger(*session);
      co_return;
    }
    const HttpResponse response = handle(request);
    const bool keep_alive = request.keep_alive && !stopping;
    if (!co_await respond(*session, response, request.method == "HEAD", keep_alive)) co_return;
    if (!keep_alive || stopping) {
      co_await linger(*session);
      co_return;
    }
  }
}

void HttpServer::Impl::begin_stop() {
  if (stopping) return;
  stopping = true;
  error_code ec;
  acceptor.close(ec);
  for (const auto& session : sessions) {
    if (!session->responding) session->stream.close();
  }
  if (sessions.empty()) return;
  stop_timer.expires_after(limits.stop_deadline);
  stop_timer.async_wait([this](const error_code& cancelled) {
    if (!cancelled) io.stop();
  });
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() {
  stop();
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(std::string_view listen, HttpRoutes routes,
                                                      HttpLimits limits) {
  auto impl = std::make_unique<Impl>(std::move(routes), limits);
  TM_TRY(impl->open(listen));
  asio::co_spawn(impl->io, impl->accept_loop(), asio::detached);
  // Signals belong to the main thread: this one is born with all of them blocked.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  impl->thread = std::thread([&io = impl->io] { io.run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

std::uint16_t HttpServer::port() const {
  return impl_->endpoint.port();
}

std::string HttpServer::address() const {
  const auto address = impl_->endpoint.address();
  const std::string host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
  return host + ":" + std::to_string(port());
}

void HttpServer::stop() {
  if (!impl_->thread.joinable()) return;
  asio::post(impl_->io, [this] { impl_->begin_stop(); });
  impl_->thread.join();
  impl_->sessions.clear();
}

bool has_query_parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto parameter = query.substr(0, end);
    if (parameter.substr(0, parameter.find('=')) == name) return true;
    query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
  }
  return false;
}

}  // namespace tidemark::services
