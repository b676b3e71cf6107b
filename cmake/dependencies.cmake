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
find_package(yaml-cpp REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(tomlplusplus REQUIRED IMPORTED_TARGET tomlplusplus)

add_library(candor_dependencies INTERFACE)
target_link_libraries(candor_dependencies INTERFACE
  Boost::headers OpenSSL::SSL OpenSSL::Crypto ZLIB::ZLIB PkgConfig::zstd
  PkgConfig::tomlplusplus simdjson::simdjson nlohmann_json::nlohmann_json CLI11::CLI11 fmt::fmt
  spdlog::spdlog yaml-cpp crypt Threads::Threads ${CMAKE_DL_LIBS})
