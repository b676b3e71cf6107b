// Text is no report.
// expect: put
#include "agent/outbox/outbox.h"

auto smuggle(const candor::Outbox& outbox) {
  return outbox.put(std::string("{}"), candor::Instant{});
}
