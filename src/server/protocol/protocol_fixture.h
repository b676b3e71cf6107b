// What the protocols' tests share.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "base/files.h"
#include "contract/catalogue.h"
#include "server/protocol/submission.h"

namespace candor {

// Products "open" (native, ceph), "locked" (native; key "secret" is required) and "web" (segment).
class ProtocolTest : public testing::Test {
 protected:
  ProtocolTest() {
    std::vector<Catalogue::Entry> entries;
    entries.push_back({contract("open", R"(["native", "ceph"])"), {"open-key"}, false});
    entries.push_back({contract("locked", R"(["native"])"), {"secret"}, true});
    entries.push_back({contract("web", R"(["segment"])"), {}, false});
    auto opened = Catalogue::open(std::move(entries), archive_.path());
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    catalogue_ = *std::move(opened);
  }

  static ContractPtr contract(const std::string& product, const std::string& accepts) {
    auto parsed = parse_contract(
        "candor = 1\n[product]\nname = \"" + product +
            "\"\ncontact = \"c@example.com\"\naccepts = " + accepts +
            "\n[[channel]]\nname = \"basic\"\nabout = \"Basics.\"\nowner = \"o\"\nfields = [\n"
            "{ path = \"a\", type = \"integer\", about = \"A.\" },\n"
            "{ path = \"license\", type = \"string\", about = \"L.\" },\n"
            "{ path = \"devices.*.*.hours\", type = \"integer\", about = \"Hours.\" },\n]\n",
        product + ".toml");
    EXPECT_TRUE(parsed.ok()) << parsed.error().message;
    return std::make_shared<const Contract>(*std::move(parsed));
  }

  using Read = SubmissionOrRefusal (*)(const IncomingRequest&, const Catalogue&);

  SubmissionOrRefusal read_with(Read read, std::string body, std::vector<HttpHeader> headers = {},
                                std::string_view prefix = "", std::string query = "") {
    HttpRequest request;
    request.body = std::move(body);
    request.headers = std::move(headers);
    request.query = std::move(query);
    return read(IncomingRequest{request, prefix, received_}, catalogue_);
  }

  Instant received_ = *parse_rfc3339("2026-11-21T07:00:00Z");
  TemporaryFolder archive_;
  Catalogue catalogue_;
};

inline Submission taken(SubmissionOrRefusal read) {
  if (const auto* refusal = std::get_if<Refusal>(&read)) {
    ADD_FAILURE() << refusal->status << " " << refusal->reason << ": " << refusal->message;
    return {};
  }
  return std::get<Submission>(std::move(read));
}

// "400 bad_document"; "taken" when it was. Every refusal says something to people, too.
inline std::string refused(const SubmissionOrRefusal& read) {
  const auto* refusal = std::get_if<Refusal>(&read);
  if (refusal == nullptr) return "taken";
  EXPECT_TRUE(refusal->message.ends_with('.') && refusal->message.find(' ') != std::string::npos)
      << refusal->message;
  EXPECT_FALSE(refusal->protocol.empty()) << refusal->reason;
  return std::to_string(refusal->status) + " " + refusal->reason;
}

}  // namespace candor
