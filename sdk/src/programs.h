// Programs that a host's call of the library runs. Any thread.
#pragma once

#include <vector>

namespace candor::sdk {

// What is seen of it: nothing, or on standard error all that it says. Standard output is the
// host's.
enum class Shows { kNothing, kAll };

// Runs a program, which is looked for in the search path, with nothing of what the host has open,
// ignores or holds back, and waits for its end. `words` end with nullptr. Whether it ended well, as
// far as can be told: a host that ignores SIGCHLD, or waits for every child itself, has taken how
// it ended.
bool run_program(std::vector<char*>& words, Shows shows);

}  // namespace candor::sdk
