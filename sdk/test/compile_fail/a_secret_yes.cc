// expect: what is secret has no way in
#include "acme.hpp"

void wrong(const acme::Telemetry& telemetry) {
  telemetry.record(acme::ProjectExported{.again = candor::secret(true)});
}
