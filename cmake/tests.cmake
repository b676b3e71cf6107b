# What ctest runs. Labels: lint, unit, golden, web, engine, e2e, fuzz (replay of the corpora), fault.

# Unit tests: one binary, run in shards so that both cores are used.
if(CANDOR_UNIT)
  add_executable(candor_unit ${unit_sources})
else()
  add_executable(candor_unit EXCLUDE_FROM_ALL ${unit_sources})
endif()
file(CONFIGURE OUTPUT ${generated_dir}/unit/build_version.cc CONTENT [[
#include "base/build_version.h"

namespace candor {

std::string_view build_package() { return "@candor_version@"; }
std::string_view build_git() { return "unittest"; }
std::string_view build_branch() { return "unittest"; }

}  // namespace candor
]] @ONLY)
target_sources(candor_unit PRIVATE ${generated_dir}/unit/build_version.cc)
target_link_libraries(candor_unit PRIVATE candor_core GTest::gmock_main)
target_compile_definitions(candor_unit PRIVATE CANDOR_TEST_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
if(CANDOR_UNIT)
  set(shards 4)
  math(EXPR last "${shards} - 1")
  foreach(shard RANGE ${last})
    add_test(NAME unit_${shard} COMMAND candor_unit --gtest_brief=1)
    set_tests_properties(unit_${shard} PROPERTIES LABELS unit TIMEOUT 300
      ENVIRONMENT "GTEST_TOTAL_SHARDS=${shards};GTEST_SHARD_INDEX=${shard}")
  endforeach()
endif()

# Fuzz targets: with libFuzzer in the fuzz build; elsewhere a small main replays the corpus.
file(GLOB fuzz_sources CONFIGURE_DEPENDS tests/fuzz/*_fuzz.cc)
foreach(source IN LISTS fuzz_sources)
  get_filename_component(target ${source} NAME_WE)
  string(REGEX REPLACE "_fuzz$" "" corpus ${target})
  if(CANDOR_FUZZ)
    add_executable(${target} ${source})
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
  elseif(CANDOR_UNIT)
    add_executable(${target} ${source} tests/fuzz/replay_main.cc)
    add_test(NAME ${target} COMMAND ${target} ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${corpus})
    set_tests_properties(${target} PROPERTIES LABELS fuzz TIMEOUT 120)
  else()
    continue()
  endif()
  target_sources(${target} PRIVATE ${generated_dir}/unit/build_version.cc)
  target_link_libraries(${target} PRIVATE candor_core)
endforeach()
if(CANDOR_UNIT OR CANDOR_FUZZ)
  return()
endif()

# Lints: each file in tests/lint/ without a suffix is a program that exits 0 when all is well.
file(GLOB lints CONFIGURE_DEPENDS tests/lint/*)
foreach(lint IN LISTS lints)
  get_filename_component(name ${lint} NAME)
  if(NOT name MATCHES "\\.")
    add_test(NAME lint_${name} COMMAND ${lint} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(lint_${name} PROPERTIES LABELS lint TIMEOUT 120)
  endif()
endforeach()

# Tests of the engine's process: they start the program, so they are not sanitized.
file(GLOB engine_tests CONFIGURE_DEPENDS tests/engine/*_test.cc tests/fault/*_test.cc)
add_executable(candor_engine_test EXCLUDE_FROM_ALL ${engine_tests})
target_include_directories(candor_engine_test PRIVATE tests/engine)
target_link_libraries(candor_engine_test PRIVATE candor_core candor_version GTest::gmock_main)
add_test(NAME engine COMMAND candor_engine_test --gtest_brief=1)
set_tests_properties(engine PROPERTIES LABELS engine TIMEOUT 300
  ENVIRONMENT "CANDOR_PROGRAM=$<TARGET_FILE:candor>")

# Random states of the agent: a few for every commit, ten thousand for `make test-all`. Each makes
# files and syncs them, so they are made in memory where that is possible.
file(GLOB states_tests CONFIGURE_DEPENDS tests/states/*_test.cc)
add_executable(candor_states_test EXCLUDE_FROM_ALL ${states_tests})
target_link_libraries(candor_states_test PRIVATE candor_core candor_version GTest::gmock_main)
set(states_folder /tmp)
if(IS_DIRECTORY /dev/shm)
  set(states_folder /dev/shm)
endif()
add_test(NAME states COMMAND candor_states_test --gtest_brief=1)
set_tests_properties(states PROPERTIES LABELS e2e TIMEOUT 120
  ENVIRONMENT "CANDOR_STATES=200;TMPDIR=${states_folder}")
add_test(NAME states_many COMMAND candor_states_test --gtest_brief=1)
set_tests_properties(states_many PROPERTIES LABELS fault TIMEOUT 1800
  ENVIRONMENT "CANDOR_STATES=10000;TMPDIR=${states_folder}")

# Tests of the program as a whole, run by Node's own test runner. They find the program in $CANDOR.
function(add_node_tests label folder seconds)
  file(GLOB scripts CONFIGURE_DEPENDS ${folder}/*.test.mjs)
  foreach(script IN LISTS scripts)
    get_filename_component(name ${script} NAME_WE)
    add_test(NAME ${label}_${name} COMMAND ${CANDOR_NODE} --test --test-reporter=spec ${script}
      WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(${label}_${name} PROPERTIES LABELS ${label} TIMEOUT ${seconds}
      RUN_SERIAL ON ENVIRONMENT "CANDOR=$<TARGET_FILE:candor>")
  endforeach()
endfunction()
add_node_tests(golden tests/golden 120)
add_node_tests(e2e tests/e2e 300)
# Faults in number; a few of each for every commit.
add_node_tests(fault tests/fault 5400)
foreach(fault clock engine failing_calls idle_connections kill ledger resend terminate)
  add_test(NAME few_${fault} COMMAND ${CANDOR_NODE} --test --test-reporter=spec
    ${CMAKE_SOURCE_DIR}/tests/fault/${fault}.test.mjs WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(few_${fault} PROPERTIES LABELS e2e TIMEOUT 600 RUN_SERIAL ON
    ENVIRONMENT "CANDOR=$<TARGET_FILE:candor>;FAULT_ROUNDS=50;FAULT_STEP=20")
endforeach()
# They wait for the store's old files to go, a minute each time: beside each other.
set_tests_properties(e2e_crashes e2e_damaged_store e2e_forget e2e_forget_events e2e_forget_restart
  e2e_forget_programs e2e_forget_shared e2e_lookup PROPERTIES RUN_SERIAL OFF TIMEOUT 600)
# Clients of other systems send a hundred events for every commit, ten thousand for `make test-all`.
foreach(client metrics outages plausible program_kills relay remote_write segment snowplow)
  add_test(NAME many_${client} COMMAND ${CANDOR_NODE} --test --test-reporter=spec
    ${CMAKE_SOURCE_DIR}/tests/e2e/${client}.test.mjs WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(many_${client} PROPERTIES LABELS fault TIMEOUT 1800 RUN_SERIAL ON
    ENVIRONMENT "CANDOR=$<TARGET_FILE:candor>;CANDOR_EVENTS=10000")
endforeach()
if(EXISTS ${CMAKE_SOURCE_DIR}/tests/golden/run)
  add_test(NAME golden COMMAND tests/golden/run $<TARGET_FILE:candor>
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(golden PROPERTIES LABELS golden TIMEOUT 120)
endif()
file(GLOB web_tests CONFIGURE_DEPENDS web/test/*.test.ts)
if(web_tests)
  add_test(NAME web COMMAND ${CANDOR_NODE} --test --test-reporter=dot ${web_tests}
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  add_test(NAME web_types COMMAND ${CANDOR_NODE} node_modules/typescript/bin/tsc --noEmit -p web
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(web web_types PROPERTIES LABELS web TIMEOUT 120)
endif()
