# `cmake --install`: the program, its contracts, the engine library, the systemd units, manual pages
# and shell completion.
install(TARGETS candor RUNTIME DESTINATION bin)
install(TARGETS candor-smart candor-symbols RUNTIME DESTINATION libexec/candor)
install(DIRECTORY contracts/ DESTINATION share/candor/contracts FILES_MATCHING PATTERN "*.toml")
install(PROGRAMS node_modules/@chdb/lib-linux-${candor_npm_arch}-gnu/libchdb.so
  DESTINATION lib/candor)

# The prefix is known only now, and the units name the program by its full path.
install(CODE "set(units_from \"${CMAKE_SOURCE_DIR}/packaging/systemd\")")
install(CODE [[
set(units_to "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/lib/systemd/system")
foreach(unit candor.service candor-server.service candor-smart.socket candor-smart@.service)
  message(STATUS "Installing: ${units_to}/${unit}")
  configure_file("${units_from}/${unit}.in" "${units_to}/${unit}" @ONLY)
endforeach()
]])
install(FILES packaging/systemd/candor.service.d/config.conf
  packaging/systemd/candor.service.d/smart.conf
  DESTINATION lib/systemd/system/candor.service.d)
install(FILES packaging/sysusers/candor.conf DESTINATION lib/sysusers.d)

# Manual pages and completion are what the program says of itself.
install(CODE "set(program \"$<TARGET_FILE:candor>\")\nset(share \"${CMAKE_INSTALL_DATAROOTDIR}\")")
install(CODE [[
set(under "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/${share}")
message(STATUS "Installing: ${under}/man")
foreach(section 1 5)
  file(MAKE_DIRECTORY "${under}/man/man${section}")
endforeach()
set(made "${under}/man/made")
execute_process(COMMAND ${program} docs man --folder ${made} --quiet COMMAND_ERROR_IS_FATAL ANY)
file(GLOB pages RELATIVE ${made} ${made}/*)
foreach(page IN LISTS pages)
  string(REGEX REPLACE ".*\\." "" section ${page})
  file(RENAME ${made}/${page} "${under}/man/man${section}/${page}")
endforeach()
file(REMOVE_RECURSE ${made})
foreach(script bash:bash-completion/completions/candor zsh:zsh/site-functions/_candor
    fish:fish/vendor_completions.d/candor.fish)
  string(REGEX REPLACE ":.*" "" shell ${script})
  string(REGEX REPLACE ".*:" "" place ${script})
  message(STATUS "Installing: ${under}/${place}")
  get_filename_component(folder "${under}/${place}" DIRECTORY)
  file(MAKE_DIRECTORY ${folder})
  execute_process(COMMAND ${program} completion ${shell} OUTPUT_FILE "${under}/${place}"
    COMMAND_ERROR_IS_FATAL ANY)
endforeach()
]])
