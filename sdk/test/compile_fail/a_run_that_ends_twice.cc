// expect: deleted
#include "acme.hpp"

void wrong(const acme::Telemetry& telemetry) {
  const auto run = telemetry.start(acme::Command{});
  const auto again = run;
}
