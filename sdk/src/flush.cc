// Has the candor program send what was recorded: it alone knows what may leave, and how.
#include "flush.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "programs.h"

namespace candor::sdk {
namespace {

// It holds its lock as long as it runs.
bool agent_runs(const std::string& library_folder) {
  const int fd =
      open((library_folder + "/../agent.lock").c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return false;
  const bool is_held = flock(fd, LOCK_SH | LOCK_NB) != 0;
  // By word: a child that was forked meanwhile has the descriptor, too.
  if (!is_held) flock(fd, LOCK_UN);
  close(fd);
  return is_held;
}

// Through a shell that does not wait for it: nobody has to, and it outlives the host.
bool start_sending(const candor_flush_options& options) {
  constexpr const char* kInBackground = "command -v \"$1\" > /dev/null || exit; \"$@\" &";
  std::vector<const char*> words = {"/bin/sh", "-c", kInBackground, "sh",
                                    options.program != nullptr ? options.program : "candor"};
  for (auto* one = options.arguments; one != nullptr && *one != nullptr; ++one)
    words.push_back(*one);
  for (const auto* word : {"send", "--programs"}) words.push_back(word);
  std::vector<char*> given;
  for (const auto* word : words) given.push_back(const_cast<char*>(word));
  given.push_back(nullptr);
  return run_program(given, Shows::kNothing);
}

}  // namespace

candor_result flush(const Telemetry& product, const candor_flush_options& options) {
  if (!product.is_on() || getauxval(AT_SECURE) != 0 || agent_runs(product.folder()))
    return CANDOR_OFF;
  return start_sending(options) ? CANDOR_OK : CANDOR_DROPPED;
}

}  // namespace candor::sdk
