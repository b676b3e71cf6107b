// A device report cannot be made of anybody's bytes.
// expect: private
#include "agent/seal/sealed_document.h"

candor::SealedDeviceReport forge() { return candor::SealedDeviceReport("id", "{}", "hash"); }
