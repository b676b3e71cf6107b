// expect: this field takes true or false
#include "acme.hpp"

void wrong(const acme::Telemetry& telemetry) {
  telemetry.record(acme::ProjectExported{.again = 1});
}
