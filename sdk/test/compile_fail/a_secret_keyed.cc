// expect: what is secret has no way in
#include "acme.hpp"

void wrong(const acme::Telemetry& telemetry) {
  telemetry.record(acme::ProjectExported{.project = candor::secret("x")});
}
