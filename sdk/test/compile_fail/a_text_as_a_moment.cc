// expect: this field takes a moment
#include "acme.hpp"

void wrong(const acme::Telemetry& telemetry) {
  telemetry.record(acme::ProjectExported{.made = "2026-11-22"});
}
