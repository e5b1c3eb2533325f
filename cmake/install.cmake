# `cmake --install`: what others build programs with (docs/processors.md). The contracts of include/tidemark are public, and
# three targets: Tidemark::contracts for processors, Tidemark::runtime for the program, Tidemark::test_driver for tests.
# The other libraries are exported because these are made of them; their headers are not installed.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(TIDEMARK_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/Tidemark)

function(tidemark_install)
  set_target_properties(tidemark_program PROPERTIES EXPORT_NAME runtime)
  set_target_properties(tidemark_testing PROPERTIES EXPORT_NAME test_driver)
  set_target_properties(tidemark_contracts PROPERTIES EXPORT_NAME contracts)
  install(TARGETS tidemark_contracts EXPORT Tidemark FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(TARGETS
      tidemark_connectors_dead_letter tidemark_program tidemark_runtime tidemark_runtime_driver tidemark_runtime_kafka
      tidemark_runtime_sim tidemark_runtime_state tidemark_runtime_store tidemark_runtime_topology tidemark_schemas tidemark_services_admin
      tidemark_services_http tidemark_services_metrics tidemark_testing
    EXPORT Tidemark ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT Tidemark NAMESPACE Tidemark:: FILE TidemarkTargets.cmake DESTINATION ${TIDEMARK_CMAKE_DIR})
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/TidemarkConfigVersion.cmake COMPATIBILITY ExactVersion)
  install(FILES ${PROJECT_SOURCE_DIR}/cmake/TidemarkConfig.cmake ${PROJECT_BINARY_DIR}/TidemarkConfigVersion.cmake
    DESTINATION ${TIDEMARK_CMAKE_DIR})
endfunction()
