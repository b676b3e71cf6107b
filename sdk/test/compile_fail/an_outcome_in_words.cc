// expect: complete
#include "acme.hpp"

void wrong(const acme::Telemetry& telemetry) {
  auto run = telemetry.start(acme::Command{});
  run.complete("failed");
}
