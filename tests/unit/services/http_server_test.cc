#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

#include "services/http/server.h"
#include "tests/unit/services/raw_client.h"

namespace tidemark::services {
namespace {

using namespace std::chrono_literals;
using test::body_of;
using test::get;
using test::RawClient;
using test::status_of;
using ::testing::HasSubstr;

HttpRoutes echo_routes() {
  HttpRoutes routes;
  routes["/echo"] = [](const HttpRequest& request) -> HttpResponse {
    return {.body = std::string(request.path) + "|" + std::string(request.query)};
  };
  routes["/throws"] = [](const HttpRequest&) -> HttpResponse { throw std::runtime_error("on purpose"); };
  return routes;
}

std::unique_ptr<HttpServer> start(HttpLimits limits = {}) {
  auto server = HttpServer::start("127.0.0.1:0", echo_routes(), limits);
  EXPECT_TRUE(server) << (server ? "" : server.error().message);
  return std::move(server).value();
}

std::string ask(const HttpServer& server, const std::string& bytes) {
  RawClient client(server.port());
  client.send(bytes);
  return client.read_to_end();
}

TEST(HttpServerTest, AFreePortIsReported) {
  const auto server = start();
  EXPECT_NE(server->port(), 0);
  EXPECT_EQ(server->address(), "127.0.0.1:" + std::to_string(server->port()));
}

TEST(HttpServerTest, GetReachesItsHandlerWithPathAndQuery) {
  const auto server = start();
  const std::string response = ask(*server, get("/echo?verbose&x=1"));
  EXPECT_EQ(status_of(response), 200);
  EXPECT_EQ(body_of(response), "/echo|verbose&x=1");
  EXPECT_THAT(response, HasSubstr("Content-Type: text/plain; charset=utf-8\r\n"));
}

TEST(HttpServerTest, HeadHasLengthAndNoBody) {
  const auto server = start();
  const std::string response = ask(*server, "HEAD /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(response, HasSubstr("Content-Length: 6\r\n"));
  EXPECT_EQ(body_of(response), "");
}

TEST(HttpServerTest, AConnectionServesSeveralRequestsInOrder) {
  const auto server = start();
  const RawClient client(server->port());
  client.send(get("/echo?1", "") + get("/echo?2", "") + get("/echo?3"));
  const std::string all = client.read_to_end();
  EXPECT_LT(all.find("/echo|1"), all.find("/echo|2"));
  EXPECT_LT(all.find("/echo|2"), all.find("/echo|3"));
}

TEST(HttpServerTest, ABodyIsReadAndDroppedBeforeTheNextRequest) {
  const auto server = start();
  const RawClient client(server->port());
  client.send("GET /echo?1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nGET /" + get("/echo?2"));
  const std::string all = client.read_to_end();
  EXPECT_THAT(all, HasSubstr("/echo|1"));
  EXPECT_THAT(all, HasSubstr("/echo|2"));
}

struct AbuseCase {
  const char* name;
  std::string bytes;
  int status;
};
void PrintTo(const AbuseCase& abuse, std::ostream* out) {
  *out << abuse.name;
}

std::string post(const std::string& headers, const std::string& body) {
  return "POST /echo HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n" + body;
}

// Each is answered once, with this status, and the connection is closed: what follows is never read as a
// request.
class HttpAbuseTest : public ::testing::TestWithParam<AbuseCase> {};
TEST_P(HttpAbuseTest, IsAnsweredOnceAndClosed) {
  const auto server = start();
  const std::string response = ask(*server, GetParam().bytes + get("/echo?smuggled"));
  EXPECT_EQ(status_of(response), GetParam().status) << response;
  EXPECT_EQ(response.find("smuggled"), std::string::npos) << response;
  EXPECT_EQ(status_of(ask(*server, get("/echo"))), 200) << "the server goes on";
}

INSTANTIATE_TEST_SUITE_P(
    Http, HttpAbuseTest,
    ::testing::Values(
        AbuseCase{"not_http", "\x16\x03\x01\x02\x01\x01\xfc\r\n\r\n", 400},
        AbuseCase{"bare_line_feeds", "GET /echo HTTP/1.1\nHost: a\n\n", 400},
        AbuseCase{"no_host", "GET /echo HTTP/1.1\r\n\r\n", 400},
        AbuseCase{"two_hosts", "GET /echo HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        AbuseCase{"length_and_chunked",
                  post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        AbuseCase{"equal_lengths", post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"), 400},
        AbuseCase{"length_list", post("Content-Length: 3, 3\r\n", "abc"), 400},
        AbuseCase{"signed_length", post("Content-Length: +3\r\n", "abc"), 400},
        AbuseCase{"unknown_coding", post("Content-Length: 3\r\nTransfer-Encoding: xchunked\r\n", "abc"), 501},
        AbuseCase{"chunked_then_identity", post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"),
                  501},
        AbuseCase{"chunked_on_1_0",
                  "POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        AbuseCase{"folded_header", post("X: 1\r\n 2\r\n", ""), 400},
        AbuseCase{"space_before_colon", post("Content-Length : 3\r\n", "abc"), 400},
        AbuseCase{"chunk_size_overflow",
                  post("Transfer-Encoding: chunked\r\n", "ffffffffffffffffff\r\nabc\r\n"), 400},
        AbuseCase{"chunk_size_not_a_number", post("Transfer-Encoding: chunked\r\n", "zz\r\nabc\r\n"), 400},
        AbuseCase{
            "long_chunk_extension",
            post("Transfer-Encoding: chunked\r\n", "3;x=" + std::string(300, 'a') + "\r\nabc\r\n0\r\n\r\n"),
            400},
        AbuseCase{"head_too_large",
                  "GET /echo HTTP/1.1\r\nHost: a\r\nX: " + std::string(9'000, 'a') + "\r\n\r\n", 431},
        AbuseCase{"head_without_end", "GET /echo HTTP/1.1\r\nHost: a\r\nX: " + std::string(20'000, 'a'), 431},
        AbuseCase{"body_too_large", post("Content-Length: 70000\r\n", ""), 413},
        AbuseCase{
            "chunked_body_too_large",
            post("Transfer-Encoding: chunked\r\n", "11170\r\n" + std::string(70'000, 'a') + "\r\n0\r\n\r\n"),
            413},
        AbuseCase{"long_target", "GET /" + std::string(3'000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
        AbuseCase{"http_2_preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400}),
    [](const auto& test) { return std::string(test.param.name); });

struct StatusCase {
  const char* name;
  std::string bytes;
  int status;
};
void PrintTo(const StatusCase& one, std::ostream* out) {
  *out << one.name;
}
class HttpStatusTest : public ::testing::TestWithParam<StatusCase> {};
TEST_P(HttpStatusTest, Status) {
  const auto server = start();
  EXPECT_EQ(status_of(ask(*server, GetParam().bytes)), GetParam().status);
}
INSTANTIATE_TEST_SUITE_P(Http, HttpStatusTest,
                         ::testing::Values(StatusCase{"unknown_path", get("/nothing"), 404},
                                           StatusCase{"path_is_exact", get("/echo/"), 404},
                                           StatusCase{"post", post("Connection: close\r\n", ""), 405},
                                           StatusCase{"handler_throws", get("/throws"), 500},
                                           StatusCase{"http_1_0", "GET /echo HTTP/1.0\r\nHost: a\r\n\r\n",
                                                      200}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(HttpServerTest, ASlowHeadEndsAtTheDeadlineHoweverOftenAByteComes) {
  const auto server = start({.request_deadline = 50ms});
  const RawClient client(server->port());
  client.send("GET /echo HTTP/1.1\r\nHost");
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(HttpServerTest, AnIdleConnectionIsClosed) {
  const auto server = start({.idle_deadline = 50ms});
  const RawClient client(server->port());
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(HttpServerTest, ConnectionsBeyondTheLimitAreTurnedAwayAndAreServedWhenOneEnds) {
  const auto server = start({.connection_count_max = 1});
  auto holder = std::make_unique<RawClient>(server->port());
  holder->send(get("/echo", ""));
  holder->read_until("/echo|");
  EXPECT_EQ(status_of(RawClient(server->port()).read_to_end()), 503);
  holder.reset();
  int status = 503;
  while (status != 200) {  // the server learns of the end on its own thread
    const RawClient next(server->port());
    next.send(get("/echo"));
    const std::string response = next.read_to_end();
    if (!response.empty()) status = status_of(response);
    ASSERT_TRUE(status == 503 || status == 200);
    std::this_thread::yield();
  }
}

TEST(HttpServerTest, StopClosesIdleConnectionsAndThePort) {
  const auto server = start();
  const RawClient idle(server->port());
  idle.send(get("/echo", ""));
  idle.read_until("/echo|");
  server->stop();
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_FALSE(RawClient(server->port()).connected());
  server->stop();
}

TEST(HttpServerTest, StopLetsAResponseUnderWayFinish) {
  HttpRoutes routes;
  const std::string large(8'000'000, 'x');
  routes["/large"] = [&large](const HttpRequest&) -> HttpResponse { return {.body = large}; };
  const auto started = HttpServer::start("127.0.0.1:0", routes, {.stop_deadline = 20'000ms});
  ASSERT_TRUE(started);
  HttpServer& server = **started;
  const RawClient client(server.port());
  client.send(get("/large", ""));
  const std::string head = client.read_until("\r\n\r\n");  // the rest does not fit into the socket's buffers
  std::thread stopper([&server] { server.stop(); });
  const std::string rest = client.read_to_end();
  stopper.join();
  EXPECT_EQ(body_of(head).size() + rest.size(), large.size());
}

struct ListenCase {
  const char* name;
  const char* listen;
  const char* code;  // "" = good
};
void PrintTo(const ListenCase& one, std::ostream* out) {
  *out << one.name;
}
class HttpListenTest : public ::testing::TestWithParam<ListenCase> {};
TEST_P(HttpListenTest, Code) {
  const auto server = HttpServer::start(GetParam().listen, {});
  EXPECT_EQ(server ? "" : server.error().code, GetParam().code);
}
INSTANTIATE_TEST_SUITE_P(Http, HttpListenTest,
                         ::testing::Values(ListenCase{"loopback", "127.0.0.1:0", ""},
                                           ListenCase{"localhost", "localhost:0", ""},
                                           ListenCase{"no_port", "127.0.0.1", "listen_invalid"},
                                           ListenCase{"empty_port", "127.0.0.1:", "listen_invalid"},
                                           ListenCase{"port_65536", "127.0.0.1:65536", "listen_invalid"},
                                           ListenCase{"port_with_letters", "127.0.0.1:80a", "listen_invalid"},
                                           ListenCase{"host_name", "example.invalid:80", "listen_invalid"},
                                           ListenCase{"empty", "", "listen_invalid"},
                                           ListenCase{"not_our_address", "192.0.2.1:0", "listen_failed"}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(HttpServerTest, APortInUseIsAnError) {
  const auto first = start();
  const auto second = HttpServer::start(first->address(), {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, "listen_failed");
  EXPECT_THAT(second.error().message, HasSubstr(first->address()));
}

TEST(HasQueryParameterTest, FindsWholeNamesOnly) {
  EXPECT_TRUE(has_query_parameter("verbose", "verbose"));
  EXPECT_TRUE(has_query_parameter("a=1&verbose=1", "verbose"));
  EXPECT_FALSE(has_query_parameter("verbosely", "verbose"));
  EXPECT_FALSE(has_query_parameter("a=verbose", "verbose"));
  EXPECT_FALSE(has_query_parameter("", "verbose"));
}

}  // namespace
}  // namespace tidemark::services
