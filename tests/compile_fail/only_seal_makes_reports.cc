// A report cannot be made of anybody's bytes.
// expect: private
#include "agent/seal/seal.h"

candor::SealedReport forge() { return candor::SealedReport("id", "{}", "hash"); }
