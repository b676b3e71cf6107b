// What people of the vendor alone may see, as documents: crashes, and single installations.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "contract/contract.h"
#include "server/crashes/crash_details.h"
#include "server/insight/questions.h"

namespace candor {

Json crashes_document(const Contract& contract, const DetailedCrashes& detailed,
                      Simulated simulated);
Json installations_document(const Contract& contract,
                            const std::vector<FoundInstallation>& installations);

}  // namespace candor
