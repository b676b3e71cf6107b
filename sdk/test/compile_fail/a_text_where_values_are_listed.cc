// expect: one of the values that the contract lists
#include "acme.hpp"

void wrong(const acme::Telemetry& telemetry) {
  telemetry.record(acme::ProjectExported{.format = "csv"});
}
