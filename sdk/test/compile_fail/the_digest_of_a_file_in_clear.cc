// expect: the digest of a file goes into a field that is hashed or keyed
#include "acme.hpp"

void wrong(const acme::Telemetry& telemetry, const candor::FileDigest& file) {
  telemetry.record(acme::ProjectExported{.properties_template = file});
}
