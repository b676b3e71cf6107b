// Being forgotten: what an operator asks for, and what came of it. Agent::forget() does it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/seal/state_folder.h"
#include "base/clock.h"
#include "base/files.h"
#include "contract/deletion.h"

namespace candor {

struct ForgetRequest {
  bool only_here = false;  // without asking the collector
  Millis patience{};       // how long to wait for the collector to be done
  // Waits so long; false when the wait was broken off.
  std::function<bool(Millis)> wait = [](Millis) { return false; };
  std::function<void(std::string_view)> tell = [](std::string_view) {};  // what is going on
};

// A forgetting that was begun and has not come to its end; nothing when there is none.
struct BegunForgetting {
  std::optional<Instant> at;
};
std::optional<BegunForgetting> begun_forgetting(const StateFolder& state);
// What is said to whoever wants something else meanwhile.
inline constexpr std::string_view kFinishForgetting =
    "This installation is being forgotten. Finish that first: candor forget";

struct Forgotten {
  std::string installation;              // empty: there was no identity
  bool adopted = false;                  // the cluster's own module reports under it, too
  bool asked = false;                    // the collector; not when nothing was ever sent
  std::optional<Deletion> confirmation;  // nothing when it was not asked, or had nothing
  Path proof;                            // the file that keeps the confirmation
  std::vector<std::string> notes;        // for the operator; sentences
};

}  // namespace candor
