# find_package(Tidemark CONFIG REQUIRED): Tidemark::contracts, Tidemark::runtime, Tidemark::test_driver.
# librdkafka, RocksDB, xxHash and prometheus-cpp-core are linked by their names (-lrdkafka, ...).
include(CMakeFindDependencyMacro)
find_dependency(Threads)
find_dependency(simdjson)
find_dependency(spdlog)
find_dependency(yaml-cpp)
include(${CMAKE_CURRENT_LIST_DIR}/TidemarkTargets.cmake)
