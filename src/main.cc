#include <signal.h>

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "cli/command.h"

int main(int argc, char** argv) {
  // A reader that goes away is told by write, and is no reason to die.
  ::signal(SIGPIPE, SIG_IGN);
  candor::Output out(stdout, stderr);
  try {
    return candor::run_program({argv + 1, argv + argc}, candor::Environment::of_process(), out);
  } catch (const std::exception& bug) {
    out.fail(std::string("This is a bug in candor: ") + bug.what());
    return candor::kExitFailed;
  }
}
