# Compiler flags for our own code, carried by the target candor_flags.
add_library(candor_flags INTERFACE)
target_compile_options(candor_flags INTERFACE
  -Wall -Wextra -Wpedantic -Werror -fstack-protector-strong
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # Checks the annotations of base/mutex.h.
  target_compile_options(candor_flags INTERFACE -Wthread-safety)
endif()

# Crash records name each module by its build-id.
target_link_options(candor_flags INTERFACE -Wl,--build-id=sha1)

if(CANDOR_SANITIZE)
  target_compile_options(candor_flags INTERFACE
    -fsanitize=${CANDOR_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(candor_flags INTERFACE -fsanitize=${CANDOR_SANITIZE})
else()
  # What is never called is not in the program, and so not in the agent's memory either.
  target_compile_options(candor_flags INTERFACE -ffunction-sections -fdata-sections)
  target_link_options(candor_flags INTERFACE -Wl,-z,relro,-z,now -Wl,--gc-sections)
endif()
if(CANDOR_FUZZ)
  target_compile_options(candor_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

find_program(CANDOR_LLD NAMES ld.lld)
mark_as_advanced(CANDOR_LLD)
if(CANDOR_LLD)
  # What runs once at the start, and what hardly ever runs, stand together: a page that is read brings
  # its neighbours into memory, which should not be those.
  target_link_options(candor_flags INTERFACE -fuse-ld=lld -Wl,-z,keep-text-section-prefix)
endif()

find_program(CANDOR_CCACHE NAMES ccache)
mark_as_advanced(CANDOR_CCACHE)
if(CANDOR_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # A second clone in another folder finds what the first one compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CANDOR_CCACHE})
endif()
