// expect: ProjectImported
#include "acme.hpp"

void wrong(const acme::Telemetry& telemetry) { telemetry.record(acme::ProjectImported{}); }
