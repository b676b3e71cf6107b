// expect: xml
#include "acme.hpp"

void wrong(const acme::Telemetry& telemetry) {
  telemetry.record(acme::ProjectExported{.format = acme::ProjectExported::Format::xml});
}
