// expect: a text that a user entered does not go into a field of class clear
#include "acme.hpp"

void wrong(const acme::Telemetry& telemetry) {
  telemetry.record(acme::ProjectExported{.properties_template = candor::user_text("mine")});
}
