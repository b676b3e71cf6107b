// Arbitrary bytes as a ring or a switch: nothing crashes, and what is believed of a ring is
// declared in it.
#include <cstdint>
#include <string_view>
#include <vector>

#include "agent/programs/recorded.h"
#include "agent/programs/totals.h"
#include "library/ring_view.h"
#include "library/switch_file.h"
#include "require.h"

namespace {

using namespace candor;
using namespace candor::library;

void look_at(const RingView& view, const std::vector<RingValue>& values, std::uint32_t of) {
  for (const auto& value : values) {
    const auto* declared = view.declarations().find(value.field);
    require(declared != nullptr && declared->event == of);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace candor::library;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto found = read_switch(bytes)) read_declarations(found->text);
  const auto view = RingView::open(bytes);
  if (!view) return 0;
  for (const auto& one : view->counts())
    candor::require(view->declarations().find(one.declaration)->slot != 0);
  for (const auto& run : view->runs()) look_at(*view, run.values, run.declaration);
  for (std::uint32_t block = 0; block < view->blocks(); ++block) {
    for (const auto& event : view->events(block).events)
      look_at(*view, event.values, event.declaration);
  }
  view->dropped();
  // What becomes of it in the agent.
  read_recorded(*view, ProgramState::kRuns);
  read_recorded(*view, ProgramState::kEnded);
  CountedTotals totals;
  add(totals, *view);
  totals_in(to_json(totals));
  return 0;
}
