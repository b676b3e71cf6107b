# libcandor: what a product embeds (sdk/). Shared and static, with nothing in sight but the C interface.
pkg_check_modules(libmd REQUIRED IMPORTED_TARGET libmd)

file(GLOB sdk_sources CONFIGURE_DEPENDS sdk/src/*.cc src/library/*.cc)
file(GLOB sdk_library_tests CONFIGURE_DEPENDS src/library/*_test.cc)
list(REMOVE_ITEM sdk_sources ${sdk_library_tests})
# Of base what needs nothing but the C library.
list(APPEND sdk_sources src/base/crash_modules.cc src/base/crash_writer.cc)
add_library(candor_sdk_objects OBJECT ${sdk_sources})
target_include_directories(candor_sdk_objects
  PUBLIC sdk/include PRIVATE src sdk/src)
target_link_libraries(candor_sdk_objects PRIVATE candor_flags PkgConfig::libmd)
set_target_properties(candor_sdk_objects PROPERTIES
  CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)

# Tests of it start processes of their own, which start nothing else: a binary apart.
file(GLOB sdk_tests CONFIGURE_DEPENDS sdk/test/*_test.cc)
add_executable(candor_sdk_test EXCLUDE_FROM_ALL ${sdk_tests})
target_include_directories(candor_sdk_test PRIVATE src sdk/src sdk/test)
target_link_libraries(candor_sdk_test PRIVATE candor_flags candor_sdk_objects PkgConfig::libmd
  GTest::gtest_main)
target_link_options(candor_sdk_test PRIVATE -Wl,--wrap=posix_fallocate -Wl,--wrap=write)
if(CANDOR_UNIT)
  set_target_properties(candor_sdk_test PROPERTIES EXCLUDE_FROM_ALL OFF)
  add_test(NAME sdk COMMAND candor_sdk_test --gtest_brief=1)
  set_tests_properties(sdk PROPERTIES LABELS unit TIMEOUT 120)
endif()
if(CANDOR_UNIT OR CANDOR_FUZZ)
  return()
endif()

add_library(candor_sdk SHARED $<TARGET_OBJECTS:candor_sdk_objects>)
add_library(candor_sdk_static STATIC $<TARGET_OBJECTS:candor_sdk_objects>)
foreach(library candor_sdk candor_sdk_static)
  set_target_properties(${library} PROPERTIES OUTPUT_NAME candor)
  target_include_directories(${library} INTERFACE
    $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/sdk/include> $<INSTALL_INTERFACE:include>)
endforeach()
target_link_libraries(candor_sdk PRIVATE candor_flags PkgConfig::libmd)
target_link_libraries(candor_sdk_static PUBLIC md stdc++)
set_target_properties(candor_sdk PROPERTIES EXPORT_NAME candor
  VERSION ${PROJECT_VERSION} SOVERSION 0)
set_target_properties(candor_sdk_static PROPERTIES EXPORT_NAME candor-static)
# What it leaves at the end of threads and at forks outlives a dlclose(), also of a plugin that has it inside.
target_link_options(candor_sdk PRIVATE -Wl,-z,nodelete -Wl,--no-undefined
  -Wl,--version-script=${CMAKE_SOURCE_DIR}/sdk/candor.map)
set_target_properties(candor_sdk PROPERTIES LINK_DEPENDS ${CMAKE_SOURCE_DIR}/sdk/candor.map)
target_link_options(candor_sdk_static INTERFACE -Wl,-z,nodelete)

# The examples that tests run; their headers are generated (tests/golden/generated.test.mjs).
foreach(example pipes answers)
  add_executable(${example} sdk/examples/${example}/${example}.cc)
  target_link_libraries(${example} PRIVATE candor_flags candor_sdk_static Threads::Threads)
endforeach()

install(TARGETS candor_sdk candor_sdk_static EXPORT candor
  LIBRARY DESTINATION lib COMPONENT sdk ARCHIVE DESTINATION lib COMPONENT sdk)
install(DIRECTORY sdk/include/candor DESTINATION include COMPONENT sdk)
install(EXPORT candor NAMESPACE candor:: FILE candor-config.cmake DESTINATION lib/cmake/candor
  COMPONENT sdk)
include(CMakePackageConfigHelpers)
write_basic_package_version_file(${generated_dir}/sdk/candor-config-version.cmake
  COMPATIBILITY SameMajorVersion)
file(CONFIGURE OUTPUT ${generated_dir}/sdk/candor.pc CONTENT [[
prefix=${pcfiledir}/../..
includedir=${prefix}/include
libdir=${prefix}/lib

Name: candor
Description: What a product's users agreed to share, recorded from within the product
Version: @candor_version@
Cflags: -I${includedir}
Libs: -L${libdir} -lcandor
Libs.private: -lmd -lstdc++ -Wl,-z,nodelete
]] @ONLY)
install(FILES ${generated_dir}/sdk/candor-config-version.cmake DESTINATION lib/cmake/candor
  COMPONENT sdk)
install(FILES ${generated_dir}/sdk/candor.pc DESTINATION lib/pkgconfig COMPONENT sdk)

# libcandor beside prometheus-cpp and spdlog; `make bench` asks for it, and has their packages installed.
find_package(prometheus-cpp CONFIG QUIET)
if(prometheus-cpp_FOUND)
  add_executable(candor_library_bench EXCLUDE_FROM_ALL bench/library/main.cc
    bench/library/allocations.cc bench/library/measures.cc)
  target_link_libraries(candor_library_bench PRIVATE candor_sdk prometheus-cpp::core
    spdlog::spdlog nlohmann_json::nlohmann_json fmt::fmt Threads::Threads)
  add_executable(candor_library_resident EXCLUDE_FROM_ALL bench/library/resident.cc)
  target_include_directories(candor_library_resident PRIVATE sdk/include)
  target_link_libraries(candor_library_resident PRIVATE ${CMAKE_DL_LIBS})
  foreach(target candor_library_bench candor_library_resident)
    target_sources(${target} PRIVATE bench/library/folder.cc src/library/switch_file.cc)
    target_include_directories(${target} PRIVATE bench src)
    target_link_libraries(${target} PRIVATE candor_flags)
  endforeach()
endif()
