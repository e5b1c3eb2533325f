#include <gtest/gtest.h>

#include "services/http/request_head.h"

namespace tidemark::services {
namespace {

struct HeadCase {
  const char* name;
  std::string head;
  int status;  // 0: accepted
};
void PrintTo(const HeadCase& head, std::ostream* out) {
  *out << head.name;
}

std::string get(const std::string& headers) {
  return "GET / HTTP/1.1\r\n" + headers + "\r\n";
}
std::string with_host(const std::string& headers) {
  return get("Host: a\r\n" + headers);
}
std::string headers(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += "X-" + std::to_string(i) + ": 1\r\n";
  return out;
}

class RequestHeadTest : public ::testing::TestWithParam<HeadCase> {};
TEST_P(RequestHeadTest, Status) {
  const auto refusal = check_request_head(GetParam().head);
  EXPECT_EQ(refusal ? refusal->status : 0, GetParam().status) << (refusal ? refusal->reason : "accepted");
}

INSTANTIATE_TEST_SUITE_P(
    Http, RequestHeadTest,
    ::testing::Values(
        HeadCase{"plain", with_host(""), 0}, HeadCase{"http_1_0", "GET / HTTP/1.0\r\nHost: a\r\n\r\n", 0},
        HeadCase{"query", "GET /readyz?verbose=1&x=%20 HTTP/1.1\r\nHost: a\r\n\r\n", 0},
        HeadCase{"header_names_in_any_case", get("hOST: a\r\n"), 0},
        HeadCase{"utf8_in_a_value", with_host("X-Name: \xc3\xbc\r\n"), 0},
        HeadCase{"chunked", with_host("Transfer-Encoding: chunked\r\n"), 0},
        HeadCase{"chunked_in_any_case", with_host("transfer-encoding:  Chunked \r\n"), 0},
        HeadCase{"length", with_host("Content-Length: 5\r\n"), 0},
        HeadCase{"headers_64", with_host(headers(63)), 0},
        HeadCase{"headers_65", with_host(headers(64)), 431},
        HeadCase{"headers_900", with_host(headers(900)), 431},
        // who is asked
        HeadCase{"no_host", get(""), 400}, HeadCase{"two_hosts", with_host("Host: a\r\n"), 400},
        HeadCase{"empty_host", get("Host: \r\n"), 400},
        // where the body ends
        HeadCase{"two_equal_lengths", with_host("Content-Length: 5\r\nContent-Length: 5\r\n"), 400},
        HeadCase{"two_lengths_in_one", with_host("Content-Length: 5, 5\r\n"), 400},
        HeadCase{"signed_length", with_host("Content-Length: +5\r\n"), 400},
        HeadCase{"negative_length", with_host("Content-Length: -1\r\n"), 400},
        HeadCase{"hexadecimal_length", with_host("Content-Length: 0x5\r\n"), 400},
        HeadCase{"empty_length", with_host("Content-Length:\r\n"), 400},
        HeadCase{"length_past_64_bits", with_host("Content-Length: 18446744073709551621\r\n"), 400},
        HeadCase{"length_and_chunked", with_host("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
        HeadCase{"chunked_and_length", with_host("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400},
        HeadCase{"chunked_twice", with_host("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
                 400},
        HeadCase{"xchunked", with_host("Transfer-Encoding: xchunked\r\n"), 501},
        HeadCase{"chunked_identity", with_host("Transfer-Encoding: chunked, identity\r\n"), 501},
        HeadCase{"gzip_chunked", with_host("Transfer-Encoding: gzip, chunked\r\n"), 501},
        HeadCase{"empty_coding", with_host("Transfer-Encoding:\r\n"), 501},
        HeadCase{"chunked_on_http_1_0", "GET / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
                 400},
        HeadCase{"expect", with_host("Expect: 100-continue\r\n"), 417},
        // lines
        HeadCase{"folded_line", with_host("X: 1\r\n 2\r\n"), 400},
        HeadCase{"folded_length", with_host("Content-Length:\r\n 5\r\n"), 400},
        HeadCase{"space_before_colon", with_host("Content-Length : 5\r\n"), 400},
        HeadCase{"space_before_name", get(" Host: a\r\n"), 400},
        HeadCase{"no_colon", with_host("nonsense\r\n"), 400},
        HeadCase{"empty_name", with_host(": 1\r\n"), 400},
        HeadCase{"nul_in_name", with_host(std::string("X\0Y: 1\r\n", 8)), 400},
        HeadCase{"nul_in_value", with_host(std::string("X: 1\0\r\n", 7)), 400},
        HeadCase{"delete_in_value", with_host("X: \x7f\r\n"), 400},
        HeadCase{"bare_cr_in_value", with_host("X: 1\rY: 2\r\n"), 400},
        HeadCase{"bare_lf", "GET / HTTP/1.1\nHost: a\n\n", 400},
        HeadCase{"bare_lf_in_headers", "GET / HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n", 400},
        HeadCase{"bytes_behind", with_host("") + "GET", 400},
        HeadCase{"no_end", "GET / HTTP/1.1\r\nHost: a\r\n", 400}, HeadCase{"nothing", "", 400},
        HeadCase{"empty_first_line", "\r\n" + with_host(""), 400},
        // request line
        HeadCase{"no_version", "GET /\r\nHost: a\r\n\r\n", 400},
        HeadCase{"http_2", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
        HeadCase{"lower_case_version", "GET / http/1.1\r\nHost: a\r\n\r\n", 505},
        HeadCase{"two_spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        HeadCase{"tab", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        HeadCase{"space_in_target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        HeadCase{"absolute_target", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        HeadCase{"fragment", "GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        HeadCase{"raw_utf8_target", "GET /\xc3\xbc HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        HeadCase{"method_not_a_token", "G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        HeadCase{"target_2048", "GET /" + std::string(2047, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 0},
        HeadCase{"target_2049", "GET /" + std::string(2048, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace tidemark::services
