// expect: this field takes a whole number
#include "acme.hpp"

void wrong(const acme::Telemetry& telemetry) {
  telemetry.record(acme::ProjectExported{.rows = 0.5});
}
