# The functions by which every folder declares what it builds.
#
#   tessera_library(NAME SOURCES ... LINKS ... [PRIVATE_LINKS ...])   a static library; include paths start at the top
#   tessera_proto_library(NAME FILE)                                  what protoc makes of FILE, without warnings
#   tessera_test(NAME SOURCES ... LINKS ... [LABELS ...])             a GoogleTest program, its tests known to CTest;
#                                                                     target tests_LABEL builds all of a label
#   tessera_benchmark(NAME SOURCES ... LINKS ...)                     a Google Benchmark program, smoke-run by CTest

option(TESSERA_WERROR "Warnings are errors" OFF)
option(TESSERA_SANITIZE "Address and undefined-behaviour sanitizers" OFF)

set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(tessera_options INTERFACE)
target_compile_features(tessera_options INTERFACE cxx_std_20)
target_include_directories(tessera_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(tessera_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual $<$<BOOL:${TESSERA_WERROR}>:-Werror>)
# __int128 is what exact clock arithmetic needs; -Wpedantic only says that it is not ISO.
target_compile_options(tessera_options INTERFACE -Wno-pedantic)
if(TESSERA_SANITIZE)
  target_compile_options(tessera_options INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(tessera_options INTERFACE -fsanitize=address,undefined)
endif()
set(CMAKE_CXX_EXTENSIONS OFF)

function(tessera_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC tessera_options ${ARG_LINKS} PRIVATE ${ARG_PRIVATE_LINKS})
endfunction()

# A library of its own: generated code is compiled once, by its own rules.
function(tessera_proto_library name file)
  protobuf_generate_cpp(sources headers ${file})
  add_library(${name} STATIC ${sources} ${headers})
  target_compile_features(${name} PUBLIC cxx_std_20)
  target_include_directories(${name} SYSTEM PUBLIC ${CMAKE_CURRENT_BINARY_DIR} ${Protobuf_INCLUDE_DIRS})
  target_link_libraries(${name} PUBLIC protobuf::libprotobuf)
endfunction()

# What a test spends its time on is in the libraries: its own code is compiled for a short build.
set(tessera_test_optimisation $<$<CONFIG:Release>:-O1> $<$<BOOL:${TESSERA_SANITIZE}>:-O0>)

function(tessera_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_compile_options(${name} PRIVATE ${tessera_test_optimisation})
  target_link_libraries(${name} PRIVATE tessera_options ${ARG_LINKS} tessera_test_main GTest::gmock GTest::gtest)
  gtest_discover_tests(${name} PROPERTIES LABELS "${ARG_LABELS}" DISCOVERY_TIMEOUT 60)
  foreach(label ${ARG_LABELS})
    if(NOT TARGET tests_${label})
      add_custom_target(tests_${label})
    endif()
    add_dependencies(tests_${label} ${name})
  endforeach()
endfunction()

function(tessera_benchmark name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE tessera_options ${ARG_LINKS} tessera_bench_main benchmark::benchmark)
  add_test(NAME bench.${name} COMMAND ${name} --benchmark_min_time=0.001)
  set_tests_properties(bench.${name} PROPERTIES LABELS bench)
endfunction()
