// expect: a text that a user entered does not go into a field of class clear
#include "acme.hpp"

void wrong(const acme::Telemetry& telemetry) {
  const auto run = telemetry.start(acme::Command{.name = candor::user_text("mine")});
}
