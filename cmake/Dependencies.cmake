# Everything that comes from the distribution, found here and nowhere else (scripts/setup lists the packages).
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(Protobuf REQUIRED)
find_package(CLI11 REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(SYSTEMC REQUIRED IMPORTED_TARGET systemc)
if(TESSERA_TESTS)
  find_package(GTest REQUIRED)
  find_package(benchmark REQUIRED)
endif()

# Debian's libsystemc is built as C++17 and checks the standard by a symbol name: every target that sees SystemC
# must claim the same one, or it does not link. libsystemc.so also defines main: see tests/main.cpp.
add_library(tessera_systemc INTERFACE)
target_link_libraries(tessera_systemc INTERFACE PkgConfig::SYSTEMC)
target_compile_definitions(tessera_systemc INTERFACE SC_CPLUSPLUS=201703L SC_INCLUDE_DYNAMIC_PROCESSES)
