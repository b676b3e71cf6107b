// expect: add
#include "acme.hpp"

void wrong(const acme::Telemetry& telemetry) { telemetry.usage_exports.add("one"); }
