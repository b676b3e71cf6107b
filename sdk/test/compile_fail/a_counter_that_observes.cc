// expect: observe
#include "acme.hpp"

void wrong(const acme::Telemetry& telemetry) { telemetry.usage_exports.observe(0.5); }
