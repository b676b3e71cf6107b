# cmake -DOUT=FILE.cc -DSOURCE=DIR -P build_version.cmake
# Writes FILE.cc, which defines what src/base/build_version.h declares; leaves the file alone when
# nothing changed, so that nothing is compiled or linked again.
file(STRINGS "${SOURCE}/VERSION" package LIMIT_COUNT 1)
set(commit unknown)
set(branch unknown)
if(EXISTS "${SOURCE}/.git")
  execute_process(COMMAND git -C "${SOURCE}" rev-parse --short=12 HEAD
    OUTPUT_VARIABLE answer OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(NOT failed)
    set(commit "${answer}")
  endif()
  execute_process(COMMAND git -C "${SOURCE}" symbolic-ref --quiet --short HEAD
    OUTPUT_VARIABLE answer OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(NOT failed)
    set(branch "${answer}")
  endif()
endif()
file(CONFIGURE OUTPUT "${OUT}" CONTENT [[
#include "base/build_version.h"

namespace candor {

std::string_view build_package() { return "@package@"; }
std::string_view build_git() { return "@commit@"; }
std::string_view build_branch() { return "@branch@"; }

}  // namespace candor
]] @ONLY)
