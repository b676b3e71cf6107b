// expect: lost
#include "acme.hpp"

void wrong(const acme::Telemetry& telemetry) {
  auto run = telemetry.start(acme::Command{});
  run.complete(candor::Outcome::lost);
}
