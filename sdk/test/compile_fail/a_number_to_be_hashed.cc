// expect: of which a hash is recorded
#include "acme.hpp"

void wrong(const acme::Telemetry& telemetry) {
  telemetry.record(acme::ProjectExported{.arguments = 5});
}
