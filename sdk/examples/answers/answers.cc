// answers: a small daemon with libcandor. It listens on a socket and gives each line back in
// capitals.
//
//   answers SOCKET [CONFIGURATION]   until SIGTERM
//
// What its operators agreed to share is declared in answers.toml; answers.hpp is made of it. All
// that telemetry needs here is marked with "telemetry:". Nothing of it waits, and whether an agent
// runs, or the vendor can be reached, makes no difference to an answer.
#include "answers.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <iostream>
#include <string>
#include <string_view>
#include <thread>

namespace {

constexpr const char* kVersion = "2.0.1";
constexpr int kThreads = 4;

class Daemon {
 public:
  explicit Daemon(const answers::Telemetry& telemetry) : telemetry_(telemetry) {}

  // Whether it could.
  bool listen_at(const char* path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (std::strlen(path) >= sizeof address.sun_path) return false;
    std::strcpy(address.sun_path, path);
    ::unlink(path);
    socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return socket_ >= 0 &&
           ::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
           ::listen(socket_, SOMAXCONN) == 0;
  }

  void serve() {
    for (;;) {
      const int client = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0 && errno == EINTR) continue;
      if (client < 0) return;
      if (busy_ == kThreads) {
        telemetry_.record(answers::ConnectionRefused{});  // telemetry: from any thread
        ::close(client);
        continue;
      }
      ++busy_;
      // Each thread counts in memory of its own; when it ends, the next one goes on there.
      std::thread([this, client] {
        converse(client);
        --busy_;
      }).detach();
    }
  }

  void stop() { ::shutdown(socket_, SHUT_RDWR); }

 private:
  void converse(int client) const {
    std::array<char, 4096> buffer{};
    std::string rest;
    for (;;) {
      const auto got = ::read(client, buffer.data(), buffer.size());
      if (got <= 0) break;
      rest.append(buffer.data(), static_cast<std::size_t>(got));
      for (auto end = rest.find('\n'); end != rest.npos; end = rest.find('\n')) {
        const auto began = std::chrono::steady_clock::now();
        if (!answer(client, rest.substr(0, end + 1))) return void(::close(client));
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
        rest.erase(0, end + 1);
        telemetry_.questions.add();                       // telemetry: a store into memory
        telemetry_.seconds_answer.observe(took.count());  // telemetry: three of them
      }
    }
    ::close(client);
  }

  static bool answer(int client, std::string line) {
    for (auto& c : line) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    for (std::string_view left = line; !left.empty();) {
      const auto wrote = ::send(client, left.data(), left.size(), MSG_NOSIGNAL);
      if (wrote < 0) return false;
      left.remove_prefix(static_cast<std::size_t>(wrote));
    }
    return true;
  }

  const answers::Telemetry& telemetry_;
  int socket_ = -1;
  std::atomic<int> busy_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::cerr << "usage: answers SOCKET [CONFIGURATION]\n";
    return 64;
  }
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);

  const answers::Telemetry telemetry;  // telemetry: off unless agreed to
  candor::Telemetry("answers").record_crashes("answers",
                                              kVersion);  // telemetry: and where it crashed
  Daemon daemon(telemetry);
  if (!daemon.listen_at(argv[1])) {
    std::cerr << "answers: cannot listen at " << argv[1] << ": " << std::strerror(errno) << '\n';
    return 1;
  }
  // telemetry: a digest tells that the configuration changed, and nothing of what is in it. Where
  // there is none, there is no value.
  const candor::FileDigest configuration(telemetry.get(), argc == 3 ? argv[2] : "");
  telemetry.record(
      answers::Started{.version = kVersion, .threads = kThreads, .configuration = configuration});
  std::cerr << "answers: listening at " << argv[1] << '\n';

  std::thread until_told([&] {
    int signal = 0;
    sigwait(&ends, &signal);
    daemon.stop();
  });
  daemon.serve();
  until_told.join();
  ::unlink(argv[1]);
}
