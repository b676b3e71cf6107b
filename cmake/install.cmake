# `cmake --install`: the program, its contracts, the engine library and the systemd units.
install(TARGETS candor RUNTIME DESTINATION bin)
install(TARGETS candor-smart RUNTIME DESTINATION libexec/candor)
install(DIRECTORY contracts/ DESTINATION share/candor/contracts FILES_MATCHING PATTERN "*.toml")
install(PROGRAMS node_modules/@chdb/lib-linux-${candor_npm_arch}-gnu/libchdb.so
  DESTINATION lib/candor)

# The prefix is known only now, and the units name the program by its full path.
install(CODE "set(units_from \"${CMAKE_SOURCE_DIR}/packaging/systemd\")")
install(CODE [[
set(units_to "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/lib/systemd/system")
foreach(unit candor-agent.service candor-server.service candor-smart.socket candor-smart@.service)
  message(STATUS "Installing: ${units_to}/${unit}")
  configure_file("${units_from}/${unit}.in" "${units_to}/${unit}" @ONLY)
endforeach()
]])
install(FILES packaging/systemd/candor-agent.service.d/smart.conf
  DESTINATION lib/systemd/system/candor-agent.service.d)
install(FILES packaging/sysusers/candor.conf DESTINATION lib/sysusers.d)
