// expect: usage_imports
#include "acme.hpp"

void wrong(const acme::Telemetry& telemetry) { telemetry.usage_imports.add(); }
