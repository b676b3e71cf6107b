// expect: Command
#include "acme.hpp"

void wrong(const acme::Telemetry& telemetry) { telemetry.record(acme::Command{}); }
