#include "wire/http_request_reader.h"

#include <gtest/gtest.h>

#include "wire/limits.h"

namespace candor {
namespace {

using Step = HttpRequestReader::Step;

// Feeds `bytes` in pieces of that size, as a session does; the last step that was reached, and
// what is left.
struct Fed {
  Step step = Step::kNeedsMore;
  std::string rest;
};

Fed feed(HttpRequestReader& reader, std::string_view bytes, std::size_t piece,
         std::uint64_t body_limit = kDefaultBodyLimit) {
  reader.begin();
  Fed fed;
  while (!bytes.empty() && fed.step == Step::kNeedsMore) {
    fed.rest.append(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    std::string_view left = fed.rest;
    fed.step = reader.put(left);
    if (fed.step == Step::kHeader) fed.step = reader.set_body_limit(body_limit);
    if (fed.step == Step::kNeedsMore && !left.empty()) fed.step = reader.put(left);
    fed.rest = std::string(left);
  }
  fed.rest.append(bytes);
  return fed;
}

constexpr std::string_view kPost =
    "POST /a%20b?c=%20 HTTP/1.1\r\nHost: x\r\nX-Empty:\r\nContent-Length: 5\r\n\r\nhello";
constexpr std::string_view kChunked =
    "PUT /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: "
    "t\r\n\r\n";

TEST(HttpRequestReader, ARequestIsTheSameHoweverItIsCut) {
  HttpRequestReader reader;
  for (std::size_t piece = 1; piece <= kPost.size(); ++piece) {
    const auto fed = feed(reader, kPost, piece);
    ASSERT_EQ(fed.step, Step::kDone) << piece;
    const auto& request = reader.request();
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.path, "/a b");
    EXPECT_EQ(request.query, "c=%20");
    EXPECT_EQ(request.body, "hello");
    ASSERT_EQ(request.headers.size(), 3u);
    EXPECT_EQ(request.header("host"), "x");
    EXPECT_TRUE(reader.keep_alive());
  }
}

TEST(HttpRequestReader, ChunksAreJoinedAndATrailerIsNoHeader) {
  HttpRequestReader reader;
  for (std::size_t piece = 1; piece <= kChunked.size(); ++piece) {
    ASSERT_EQ(feed(reader, kChunked, piece).step, Step::kDone) << piece;
    EXPECT_EQ(reader.request().body, "abcde");
    EXPECT_EQ(reader.request().headers.size(), 1u);
  }
}

TEST(HttpRequestReader, NothingOfOneRequestIsSeenInTheNext) {
  HttpRequestReader reader;
  ASSERT_EQ(feed(reader, kPost, 1000).step, Step::kDone);
  const auto fed = feed(reader, "GET / HTTP/1.0\r\n\r\nGET /next", 1000);
  ASSERT_EQ(fed.step, Step::kDone);
  EXPECT_EQ(fed.rest, "GET /next");
  EXPECT_EQ(reader.request().path, "/");
  EXPECT_EQ(reader.request().query, "");
  EXPECT_EQ(reader.request().body, "");
  EXPECT_TRUE(reader.request().headers.empty());
  EXPECT_FALSE(reader.keep_alive());
  EXPECT_TRUE(reader.is_version_10());
}

TEST(HttpRequestReader, ABodyIsHeldToItsLimit) {
  HttpRequestReader reader;
  for (const auto bytes : {kPost, kChunked}) {
    EXPECT_EQ(feed(reader, bytes, 1000, 5).step, Step::kDone);
    EXPECT_EQ(feed(reader, bytes, 1000, 4).step, Step::kRefused);
    EXPECT_EQ(reader.refusal().status, 413);
    EXPECT_EQ(feed(reader, bytes, 1, 4).step, Step::kRefused);
    EXPECT_EQ(reader.refusal().status, 413);
  }
}

TEST(HttpRequestReader, AHeaderIsHeldToItsLimitInManySmallFieldsToo) {
  HttpRequestReader reader;
  std::string many = "GET / HTTP/1.1\r\n";
  while (many.size() < 2 * kMaxHeaderBytes) many += "X-Field: " + std::string(90, 'x') + "\r\n";
  const std::string one = "GET / HTTP/1.1\r\nX: " + std::string(2 * kMaxHeaderBytes, 'x');
  const std::string target = "GET /" + std::string(2 * kMaxHeaderBytes, 'x');
  for (const auto& bytes : {many, one, target}) {
    for (const std::size_t piece : {std::size_t{100}, std::size_t{1} << 20}) {
      EXPECT_EQ(feed(reader, bytes, piece).step, Step::kRefused);
      EXPECT_EQ(reader.refusal().status, 431);
    }
  }
}

TEST(HttpRequestReader, TheLineBeforeAChunkHasALimit) {
  HttpRequestReader reader;
  const auto bytes = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;" +
                     std::string(2 * kMaxHeaderBytes, 'x');
  EXPECT_EQ(feed(reader, bytes, 100).step, Step::kRefused);
  EXPECT_EQ(reader.refusal().status, 400);
}

TEST(HttpRequestReader, WhatIsNoRequestIsRefused) {
  HttpRequestReader reader;
  for (const auto* bytes : {"hello\r\n\r\n", "GET * HTTP/1.1\r\n\r\n", "GET / HTTP/2.0\r\n\r\n",
                            "GET /%00 HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
                            "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
                            "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: "
                            "chunked\r\n\r\n",
                            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    EXPECT_EQ(feed(reader, bytes, 1000).step, Step::kRefused) << bytes;
    EXPECT_EQ(reader.refusal().status, 400) << bytes;
  }
}

TEST(HttpRequestReader, AClientThatWaitsForLeaveToGoOnIsNoticed) {
  HttpRequestReader reader;
  reader.begin();
  std::string_view bytes = "POST / HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n";
  ASSERT_EQ(reader.put(bytes), Step::kHeader);
  EXPECT_TRUE(reader.expects_continue());
  EXPECT_EQ(reader.set_body_limit(1), Step::kNeedsMore);
}

}  // namespace
}  // namespace candor
