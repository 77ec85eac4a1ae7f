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

# Policies in Python: headers of pybind11 and a libpython to embed. An interpreter is not asked for: what is first in
# the PATH may be another.
set(TESSERA_PYTHON AUTO CACHE STRING "Policies in Python: AUTO (where pybind11 and Python's headers are), ON or OFF")
set_property(CACHE TESSERA_PYTHON PROPERTY STRINGS AUTO ON OFF)
set(TESSERA_PYTHON_FOUND FALSE)
if(TESSERA_PYTHON)
  set(required)
  if(NOT TESSERA_PYTHON STREQUAL AUTO)
    set(required REQUIRED)
  endif()
  set(PYBIND11_NOPYTHON ON)
  find_package(Python3 3.9 ${required} COMPONENTS Development.Embed)
  find_package(pybind11 2.10 CONFIG ${required})
  if(Python3_FOUND AND pybind11_FOUND)
    set(TESSERA_PYTHON_FOUND TRUE)
  endif()
endif()
if(NOT TESSERA_PYTHON_FOUND)
  message(STATUS "Policies in Python are not built: they need pybind11-dev and python3-dev")
endif()

if(TESSERA_TESTS)
  find_package(GTest REQUIRED)
  find_package(benchmark REQUIRED)
endif()

# Debian's libsystemc is built as C++17 and checks the standard by a symbol name: every target that sees SystemC
# must claim the same one, or it does not link. libsystemc.so also defines main: see tests/main.cpp.
add_library(tessera_systemc INTERFACE)
target_link_libraries(tessera_systemc INTERFACE PkgConfig::SYSTEMC)
target_compile_definitions(tessera_systemc INTERFACE SC_CPLUSPLUS=201703L SC_INCLUDE_DYNAMIC_PROCESSES)
