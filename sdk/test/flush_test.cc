#include "candor/flush.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "fixture.h"

namespace candor::sdk {
namespace {

class Flush : public LibraryTest {
 protected:
  // A program that says what it was called with.
  Flush() {
    std::ofstream(program_) << "#!/bin/sh\necho \"$@\" > " << said_ << "\n";
    std::filesystem::permissions(program_, std::filesystem::perms::owner_all);
    EXPECT_EQ(mkfifo(said_.c_str(), 0600), 0);
  }
  // Waits until it does.
  std::string said() const {
    std::string line;
    std::ifstream pipe(said_);
    std::getline(pipe, line);
    return line;
  }
  candor_result flush(const char* program) const {
    const candor_flush_options options{sizeof options, program, nullptr};
    return candor_flush(start(), &options);
  }

  const std::string program_ = (state_ / "program").string();
  const std::string said_ = (state_ / "said").string();
};

TEST_F(Flush, TheProgramSendsWhatWasRecorded) {
  in_process([&] {
    EXPECT_EQ(flush(program_.c_str()), CANDOR_OK);
    EXPECT_EQ(said(), "send --programs");
    const char* const arguments[] = {"--config", "a b.toml", nullptr};
    const candor_flush_options options{sizeof options, program_.c_str(), arguments};
    EXPECT_EQ(candor_flush(start(), &options), CANDOR_OK);
    EXPECT_EQ(said(), "--config a b.toml send --programs");
  });
}

TEST_F(Flush, TheHostHasNoChildLeft) {
  in_process([&] {
    EXPECT_EQ(flush(program_.c_str()), CANDOR_OK);
    EXPECT_EQ(waitpid(-1, nullptr, 0), -1);
    EXPECT_EQ(errno, ECHILD);
    said();
  });
}

TEST_F(Flush, TheProgramHasNothingThatTheHostHasOpen) {
  std::ofstream(program_) << "#!/bin/sh\n[ -e /proc/self/fd/42 ] && echo open > " << said_
                          << " || echo closed > " << said_ << "\n";
  in_process([&] {
    ASSERT_EQ(dup2(STDERR_FILENO, 42), 42);
    EXPECT_EQ(flush(program_.c_str()), CANDOR_OK);
    EXPECT_EQ(said(), "closed");
  });
}

TEST_F(Flush, WhereAnAgentRunsNothingIsStarted) {
  in_process([&] {
    const int lock = open((state_ / "agent.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    ASSERT_EQ(flock(lock, LOCK_EX), 0);
    EXPECT_EQ(flush("/nonexistent/candor"), CANDOR_OFF);
    close(lock);
    EXPECT_EQ(flush(program_.c_str()), CANDOR_OK) << "the one that was is gone";
    said();
  });
}

TEST_F(Flush, OffStartsNothing) {
  set_flags(0);
  in_process([&] { EXPECT_EQ(flush("/nonexistent/candor"), CANDOR_OFF); });
  in_process([] { EXPECT_EQ(candor_flush(nullptr, nullptr), CANDOR_OFF); });
}

TEST_F(Flush, AProgramThatIsMissingIsSaid) {
  in_process([&] {
    errno = 7;
    EXPECT_EQ(flush("/nonexistent/candor"), CANDOR_DROPPED);
    EXPECT_EQ(errno, 7);
    const candor_flush_options small{1, nullptr, nullptr};
    EXPECT_EQ(candor_flush(start(), &small), CANDOR_MISUSED);
  });
}

}  // namespace
}  // namespace candor::sdk
