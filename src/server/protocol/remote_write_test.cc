#include "server/protocol/remote_write.h"

#include <gtest/gtest.h>

#include <bit>

#include "server/protocol/samples_fixture.h"
#include "wire/protobuf.h"
#include "wire/remote_write.h"
#include "wire/snappy.h"

namespace candor {
namespace {

std::string sample(double value, std::int64_t at) {
  std::string message;
  put_fixed64_field(message, 1, std::bit_cast<std::uint64_t>(value));
  put_varint_field(message, 2, static_cast<std::uint64_t>(at));
  return message;
}

std::string label(std::string_view name, std::string_view value) {
  std::string message;
  put_bytes_field(message, 1, name);
  put_bytes_field(message, 2, value);
  return message;
}

class RemoteWriting : public SamplesTest {
 protected:
  SamplesOrRefusal read(std::string body, std::vector<HttpHeader> headers = {}) {
    return read_at("/api/v1/write", remote_write_routes(), std::move(body), std::move(headers));
  }
  std::string version1(std::string_view name = "up") const {
    std::string series, message;
    put_bytes_field(series, 2, sample(1.5, now()));
    put_bytes_field(series, 1, label("job", "j"));
    put_bytes_field(series, 1, label("__name__", name));
    put_bytes_field(message, 1, series);
    return message;
  }
  const std::vector<HttpHeader> version2_ = {
      {"Content-Type", "application/x-protobuf; proto=io.prometheus.write.v2.Request"},
      {"Content-Encoding", "snappy"}};
};

TEST_F(RemoteWriting, Version1IsReadWithLabelsInAnyOrder) {
  const auto batch = taken(read(snappy_block(version1())));
  EXPECT_EQ(batch.product->name(), "acme");
  EXPECT_EQ(series_of(batch), "up {\"job\":\"j\"} 1.5\n");
}

TEST_F(RemoteWriting, ASeriesThatCameBeforeIsTheSameAgainWhereverItsLabelsStand) {
  std::string in_front, message;
  put_bytes_field(in_front, 1, label("__name__", "up"));
  put_bytes_field(in_front, 1, label("job", "j"));
  put_bytes_field(in_front, 2, sample(1.5, now()));
  put_bytes_field(message, 1, in_front);
  std::string between;
  put_bytes_field(between, 1, label("__name__", "up"));
  put_bytes_field(between, 2, sample(2.5, now()));
  put_bytes_field(between, 1, label("job", "k"));
  put_bytes_field(message, 1, between);
  const auto first = series_of(taken(read(snappy_block(message))));
  EXPECT_EQ(first, "up {\"job\":\"j\"} 1.5\nup {\"job\":\"k\"} 2.5\n");
  EXPECT_EQ(series_of(taken(read(snappy_block(message)))), first);
}

TEST_F(RemoteWriting, WhatIsWrittenHereIsReadAsItWas) {
  RemoteWriteMessage message;
  const WrittenSample half[] = {{now(), 0.5}}, two[] = {{now() - 1000, 3}, {now(), 4}};
  message.add("up", {{"number", "7"}, {"job", "j"}}, half);
  message.add("requests", {}, two);
  const auto batch = taken(read(message.block(), remote_write_headers()));
  EXPECT_EQ(series_of(batch),
            "up {\"job\":\"j\",\"number\":\"7\"} 0.5\nrequests {} 3\nrequests {} 4\n");
}

TEST_F(RemoteWriting, Version2IsReadWithItsSymbolsBehind) {
  std::string series, references, message;
  for (const char place : {1, 2, 3, 4}) references += place;
  put_bytes_field(series, 1, references);
  put_bytes_field(series, 2, sample(2.5, now()));
  put_varint_field(series, 6, 123);  // created_timestamp of drafts
  put_bytes_field(message, 5, series);
  for (const auto* symbol : {"", "__name__", "up", "job", "k"}) put_bytes_field(message, 4, symbol);
  EXPECT_EQ(series_of(taken(read(snappy_block(message), version2_))), "up {\"job\":\"k\"} 2.5\n");
}

TEST_F(RemoteWriting, NativeHistogramsAreRefusedAndTheRestIsTaken) {
  std::string series = version1(), histograms, message = version1();
  put_bytes_field(histograms, 4, "");
  put_bytes_field(message, 1, histograms);
  const auto batch = taken(read(snappy_block(message)));
  EXPECT_EQ(batch.admitted.accepted, 1u);
  EXPECT_EQ(batch.admitted.refused.at("native_histogram"), 1u);
}

TEST_F(RemoteWriting, OtherTypesAndEncodingsAreRefused) {
  const auto body = snappy_block(version1());
  EXPECT_EQ(refused(read(body, {{"Content-Type", "text/plain"}})), "415 unknown_type");
  EXPECT_EQ(refused(read(body, {{"Content-Type", "application/x-protobuf;proto=other"}})),
            "415 unknown_type");
  EXPECT_EQ(refused(read(body, {{"Content-Encoding", "zstd"}})), "415 unknown_encoding");
  EXPECT_EQ(refused(read("rubbish")), "400 bad_encoding");
}

TEST_F(RemoteWriting, DamagedMessagesAreRefused) {
  const auto message = version1();
  EXPECT_EQ(refused(read(snappy_block(message.substr(0, message.size() - 1)))), "400 bad_document");
  std::string series, request;
  put_bytes_field(series, 1, std::string("\x05\x06"));  // symbols that are not there
  put_bytes_field(request, 5, series);
  EXPECT_EQ(refused(read(snappy_block(request), version2_)), "400 bad_document");
}

}  // namespace
}  // namespace candor
