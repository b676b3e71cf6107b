// What stands for a file: its hashes, and nothing of what is in it.
#include <sys/stat.h>

#include <cerrno>

#include "candor/candor.hpp"
#include "fixture.h"
#include "library/limits.h"

namespace candor::sdk {
namespace {

class DigestTest : public LibraryTest {
 protected:
  DigestTest() : file_((state_ / "acme.yml").string()) { write("canary: 1\n"); }
  void write(const std::string& text) { std::ofstream(file_) << text; }

  // What the first event has.
  std::map<std::string, std::string> recorded() const {
    const auto bytes = ring();
    const auto view = library::RingView::open(bytes);
    return values_of(*view, view->events(1).events.at(0).values);
  }

  const std::string file_;
};

TEST_F(DigestTest, EachClassHasItsHashOfTheFilesBytes) {
  in_process([&] {
    auto* const telemetry = start();
    const Event event(telemetry, candor_find_event(telemetry, "exported"));
    const FileDigest digest(telemetry, file_.c_str());
    EXPECT_EQ(digest.result(), CANDOR_OK);
    const auto of = [&](const char* field) {
      return HashedText(digest).as(event.field(field).number());
    };
    EXPECT_EQ(event.record(of("place"), of("argument"), of("project")), CANDOR_OK);
    EXPECT_EQ(event.record(of("note")), CANDOR_PARTLY) << "a field in clear";
    EXPECT_EQ(event.record(of("rows")), CANDOR_PARTLY);
  });
  // printf 'canary: 1\n' | md5sum, sha256sum, openssl dgst -mac hmac -macopt hexkey:55…
  EXPECT_EQ(recorded(),
            (std::map<std::string, std::string>{
                {"place", "0da0a56f31bca8756bd39cd70338fdf0"},
                {"argument", "50fcf26f0f49b494cf840050e4c22f4c5387dbc7db1bc64c6f2e724a12f1e9f5"},
                {"project", "8cf9af458baf31e1d24e46ffb7d2939c6b7704190d5f10eb3b6af556c34f2a66"}}));
  EXPECT_EQ(ring().find("canary"), std::string::npos);
}

TEST_F(DigestTest, WhatCannotBeReadHasNone) {
  in_process([&] {
    auto* const telemetry = start();
    const Event event(telemetry, candor_find_event(telemetry, "exported"));
    const auto expect_none = [&](const std::string& path) {
      const FileDigest digest(telemetry, path.c_str());
      EXPECT_EQ(digest.result(), CANDOR_UNREADABLE) << path;
      EXPECT_EQ(event.record(HashedText(digest).as(event.field("place").number())), CANDOR_OK);
    };
    errno = 7;
    expect_none(file_ + ".missing");
    EXPECT_EQ(errno, 7) << "the host's";
    expect_none(state_.string());
    write(std::string(library::kMaxDigestedFileBytes + 1, 'x'));
    expect_none(file_);
    const auto pipe = file_ + ".pipe";
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    expect_none(pipe);
    write(std::string(library::kMaxDigestedFileBytes, 'x'));
    EXPECT_EQ(FileDigest(telemetry, file_.c_str()).result(), CANDOR_OK);
  });
  EXPECT_TRUE(recorded().empty());
}

TEST_F(DigestTest, WhatIsOffOpensNoFile) {
  set_flags(0);
  in_process([&] {
    candor_file_digest digest;
    EXPECT_EQ(candor_digest_file(start(), "/dev/full", &digest), CANDOR_OFF);
    EXPECT_EQ(candor_digest_file(nullptr, file_.c_str(), &digest), CANDOR_OFF);
    EXPECT_EQ(digest.known, 0u);
    EXPECT_EQ(candor_digest_file(start(), nullptr, &digest), CANDOR_MISUSED);
    EXPECT_EQ(candor_digest_file(start(), file_.c_str(), nullptr), CANDOR_MISUSED);
  });
}

TEST_F(DigestTest, WithoutAKeyThereIsNoneOfClassKeyed) {
  std::filesystem::remove(state_ / "key");
  in_process([&] {
    auto* const telemetry = start();
    const Event event(telemetry, candor_find_event(telemetry, "exported"));
    const FileDigest digest(telemetry, file_.c_str());
    EXPECT_EQ(event.record(HashedText(digest).as(event.field("project").number())), CANDOR_PARTLY);
  });
  EXPECT_TRUE(recorded().empty());
}

}  // namespace
}  // namespace candor::sdk
