// expect: what is secret has no way in
#include "acme.hpp"

void wrong(const acme::Telemetry& telemetry) {
  telemetry.record(acme::ProjectExported{.share = candor::secret(0.5)});
}
