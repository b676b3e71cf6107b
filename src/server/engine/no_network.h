// The engine has no business on the network; the kernel is asked to see to it.
#pragma once

#include "base/result.h"

namespace candor {

// From now on this thread, and every thread and program it starts, can open sockets of the Unix
// family only; for others socket() says EACCES. Cannot be undone. kUnavailable where the kernel has
// no seccomp filters.
Status forbid_network();

}  // namespace candor
