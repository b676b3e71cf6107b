// expect: this field takes a text or the digest of a file, of which a hash is recorded
#include "acme.hpp"

void wrong(const acme::Telemetry& telemetry) {
  telemetry.record(acme::ProjectExported{.project = candor::ClearText("mine")});
}
