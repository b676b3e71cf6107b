// The question of a first run. The decision is the candor program's: nothing is written here.
#include "candor/ask.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "library/limits.h"
#include "programs.h"
#include "telemetry.h"

namespace candor::sdk {
namespace {

constexpr const char* kConsent = "/consent.json";
constexpr int kAskedAgain = 3;  // for an answer that is neither

bool is_there(const std::string& file) {
  struct stat found {};
  return stat(file.c_str(), &found) == 0;
}

// Nobody has decided; a folder that may not be looked into is somebody else's decision.
bool is_undecided(const std::string& state) {
  if (state.empty()) return false;
  struct stat found {};
  return stat((state + kConsent).c_str(), &found) != 0 && errno == ENOENT;
}

// Somebody who may answer: a program in the background that reads is stopped.
bool somebody_sits_there() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (isatty(fd) == 0) return false;
  }
  return tcgetpgrp(STDIN_FILENO) == getpgrp();
}

void say(std::string_view text) {
  while (!text.empty()) {
    const auto written = write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

// A line without its end, byte by byte: what is behind it is the host's. False at the end of the
// input.
bool read_line(std::string& line) {
  line.clear();
  for (char c = 0; c != '\n';) {
    const auto count = read(STDIN_FILENO, &c, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    if (c != '\n' && c != '\r' && c != ' ' && line.size() < library::kMaxAnswerBytes)
      line += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  }
  return true;
}

bool answers_yes(const candor_question& question) {
  say("\n" + std::string(question.title) + " would like to share with its makers:\n\n  " +
      question.shared +
      "\n\nSee exactly what: candor preview. Change your mind at any time: candor on, candor off.\n"
      "Do you want to share this? Type yes or no (no): ");
  std::string line;
  for (int asked = 0; read_line(line); ++asked) {
    if (line == "y" || line == "yes") return true;
    if (line.empty() || line == "n" || line == "no" || asked == kAskedAgain) return false;
    say("Type yes or no (no): ");
  }
  say("\n");
  return false;
}

// Whether it ended well, as run_program() has it.
bool run_candor(const candor_question& question, std::initializer_list<const char*> command,
                Shows shows) {
  std::vector<char*> words = {
      const_cast<char*>(question.program != nullptr ? question.program : "candor")};
  for (auto* one = question.arguments; one != nullptr && *one != nullptr; ++one)
    words.push_back(const_cast<char*>(*one));
  for (const auto* word : command) words.push_back(const_cast<char*>(word));
  words.push_back(nullptr);
  return run_program(words, shows);
}

bool run_on(const candor_question& question, const char* how, Shows shows) {
  return question.licence == nullptr
             ? run_candor(question, {how, "on"}, shows)
             : run_candor(question, {how, "on", "--license", question.licence}, shows);
}

candor_answer ask(const candor_question& question) {
  const auto state = state_folder(question.folder);
  if (getauxval(AT_SECURE) != 0 || is_decided_by_environment() || is_automation_by_environment() ||
      !somebody_sits_there() || !is_undecided(state))
    return CANDOR_NOT_ASKED;
  if (question.consent == CANDOR_OPT_OUT) {
    // Whatever looks at the agent gives the notice; this says what it is about, too.
    const bool ran = run_candor(question, {"channel", "ls"}, Shows::kAll);
    return is_there(state + kConsent) ? CANDOR_NOTICED : ran ? CANDOR_NOT_ASKED : CANDOR_CANNOT_ASK;
  }
  // Nobody is asked for what a policy, a wrong configuration or a missing program makes no use of.
  if (!run_on(question, "--dry-run", Shows::kNothing)) return CANDOR_CANNOT_ASK;
  const bool yes = answers_yes(question);
  const bool ran = yes ? run_on(question, "--no-input", Shows::kAll)
                       : run_candor(question, {"off"}, Shows::kAll);
  if (!ran || !is_there(state + kConsent)) return CANDOR_CANNOT_ASK;
  return yes ? CANDOR_SAID_YES : CANDOR_SAID_NO;
}

}  // namespace
}  // namespace candor::sdk

candor_answer candor_ask(const candor_question* question) {
  if (question == nullptr || question->size < sizeof(candor_question) ||
      question->title == nullptr || question->shared == nullptr)
    return CANDOR_CANNOT_ASK;
  const int before = errno;
  auto answer = CANDOR_CANNOT_ASK;
  try {
    answer = candor::sdk::ask(*question);
  } catch (const std::exception&) {  // no memory
  }
  errno = before;
  return answer;
}
