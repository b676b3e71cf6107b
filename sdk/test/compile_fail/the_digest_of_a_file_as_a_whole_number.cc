// expect: this field takes a whole number
#include "acme.hpp"

void wrong(const acme::Telemetry& telemetry, const candor::FileDigest& file) {
  telemetry.record(acme::ProjectExported{.rows = file});
}
