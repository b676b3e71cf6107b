# Sources made by the build: version, SQL files, rules and mails, pages.
set(generated_dir ${CMAKE_BINARY_DIR}/generated)
file(MAKE_DIRECTORY ${generated_dir})
set(generated_sources "")

# The version is its own little library, linked by the program only: a commit compiles one file and
# links one binary. The unit tests get fixed values.
add_custom_target(build_version
  COMMAND ${CMAKE_COMMAND} -DOUT=${generated_dir}/build_version.cc -DSOURCE=${CMAKE_SOURCE_DIR}
    -P ${CMAKE_SOURCE_DIR}/cmake/build_version.cmake
  BYPRODUCTS ${generated_dir}/build_version.cc
  COMMENT "Reading the version" VERBATIM)
add_library(candor_version STATIC ${generated_dir}/build_version.cc)
target_include_directories(candor_version PRIVATE src)
target_link_libraries(candor_version PRIVATE candor_flags)
add_dependencies(candor_version build_version)

# embed(NAME HEADER TYPE FUNCTION FILES…): the files as an array of the program, see embed_files.cmake.
function(embed name header type function)
  add_custom_command(OUTPUT ${generated_dir}/${name}.cc
    COMMAND ${CMAKE_COMMAND} -DOUT=${generated_dir}/${name}.cc "-DFILES=${ARGN}" -DHEADER=${header}
      -DTYPE=${type} -DFUNCTION=${function} -P ${CMAKE_SOURCE_DIR}/cmake/embed_files.cmake
    DEPENDS ${ARGN} cmake/embed_files.cmake
    COMMENT "Embedding ${name}" VERBATIM)
  set(generated_sources ${generated_sources} ${generated_dir}/${name}.cc PARENT_SCOPE)
endfunction()

file(GLOB sql_files CONFIGURE_DEPENDS src/server/load/sql/*.sql)
embed(sql_files server/load/sql.h SqlFile sql_files ${sql_files})
file(GLOB rule_files CONFIGURE_DEPENDS src/server/ops/rules/*.yml)
embed(rule_pack server/ops/pack.h PackFile rule_pack ${rule_files})
file(GLOB template_files CONFIGURE_DEPENDS src/server/ops/templates/*.tmpl)
embed(mail_templates server/ops/pack.h PackFile mail_templates ${template_files})

# Node is pinned by package-lock.json; Debian's own only bootstraps npm.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  set(candor_npm_arch arm64)
else()
  set(candor_npm_arch x64)
endif()
set(CANDOR_NODE ${CMAKE_SOURCE_DIR}/node_modules/node-linux-${candor_npm_arch}/bin/node)

if(CANDOR_WEB AND EXISTS ${CMAKE_SOURCE_DIR}/web/embed.mjs)
  file(GLOB_RECURSE web_files CONFIGURE_DEPENDS web/*)
  list(FILTER web_files EXCLUDE REGEX "/web/(dist|node_modules)/")
  list(FILTER web_files EXCLUDE REGEX "\\.test\\.")
  set(web_dist ${CMAKE_BINARY_DIR}/web-dist)
  add_custom_command(OUTPUT ${generated_dir}/web_assets.cc
    COMMAND ${CANDOR_NODE} ${CMAKE_SOURCE_DIR}/node_modules/vite/bin/vite.js build
      ${CMAKE_SOURCE_DIR}/web --outDir ${web_dist} --emptyOutDir --logLevel warn
    COMMAND ${CANDOR_NODE} ${CMAKE_SOURCE_DIR}/web/embed.mjs ${web_dist}
      ${generated_dir}/web_assets.cc
    DEPENDS ${web_files} package-lock.json
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
    COMMENT "Building the pages" VERBATIM)
  list(APPEND generated_sources ${generated_dir}/web_assets.cc)
endif()
