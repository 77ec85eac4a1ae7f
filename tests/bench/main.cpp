// The one main of every benchmark program (see tests/main.cpp for why it is an object file).
#include <benchmark/benchmark.h>

extern "C" int sc_main(int, char**) { return 1; }

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  return benchmark::RunSpecifiedBenchmarks() == 0;
}
