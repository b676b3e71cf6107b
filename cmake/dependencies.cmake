# Everything here is a Debian 12 package; tools/install-deps names them.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(simdjson REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
# Of candor-symbols alone.
pkg_check_modules(libdw REQUIRED IMPORTED_TARGET libdw)
pkg_check_modules(libelf REQUIRED IMPORTED_TARGET libelf)
find_package(Snappy REQUIRED)
# Its headers, for one source: the library is loaded when Sonar reads a page.
find_package(LibXml2 REQUIRED)
set_source_files_properties(src/sonar/html_forms.cc PROPERTIES
  INCLUDE_DIRECTORIES "${LIBXML2_INCLUDE_DIRS}")
# What is linked from an archive or compiled from headers is in the agent's memory only as far as
# the agent calls it; a shared library of which we call little is not. Not for zlib, zstd, snappy
# and OpenSSL, which read what strangers send: a security update of Debian's reaches them at once.
find_path(TOMLPLUSPLUS_INCLUDE_DIR toml++/toml.h REQUIRED)
find_library(YAML_CPP_ARCHIVE libyaml-cpp.a REQUIRED)
mark_as_advanced(TOMLPLUSPLUS_INCLUDE_DIR YAML_CPP_ARCHIVE)

add_library(candor_dependencies INTERFACE)
target_link_libraries(candor_dependencies INTERFACE
  Boost::headers OpenSSL::SSL OpenSSL::Crypto ZLIB::ZLIB PkgConfig::zstd Snappy::snappy
  simdjson::simdjson nlohmann_json::nlohmann_json CLI11::CLI11 fmt::fmt
  spdlog::spdlog_header_only ${YAML_CPP_ARCHIVE} crypt Threads::Threads ${CMAKE_DL_LIBS})
