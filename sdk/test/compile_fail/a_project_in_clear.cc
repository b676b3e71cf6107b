// expect: a text that a user entered does not go into a field of class clear
#include <candor/context.hpp>

#include "acme.hpp"

void wrong(const acme::Telemetry& telemetry, const candor::Context& context) {
  telemetry.record(acme::ProjectExported{.properties_template = context.project()});
}
