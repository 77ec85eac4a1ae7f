// A network on a machine of the project with a memory of one's own: example_tlm_memory RUN.yaml
#include <cstdio>

#include "examples/tlm_memory/fixed_latency_memory.h"
#include "sim/config/run_reader.h"
#include "sim/machine/custom_memory.h"
#include "sim/run/simulate.h"

extern "C" int sc_main(int, char**) { return 1; }  // libsystemc asks for it; main below is the program

int main(int argc, char** argv) {
  using namespace tessera;
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s RUN.yaml\n", argv[0]);
    return 2;
  }
  sim::RunArguments arguments;
  arguments.run_file = argv[1];
  const auto spec = sim::read_run(arguments);
  if (!spec) {
    std::fprintf(stderr, "%s\n", spec.problems().to_string().c_str());
    return 2;
  }
  const auto run = sim::prepare(*spec);
  if (!run) {
    std::fprintf(stderr, "%s\n", run.problems().to_string().c_str());
    return 2;
  }
  sim::SimulationOptions options;
  // 80 ns, 50 ps a byte = 20 GB/s.
  options.memory = sim::tlm_memory<FixedLatencyMemory>("memory", sc_core::sc_time(80, sc_core::SC_NS),
                                                       sc_core::sc_time(50, sc_core::SC_PS));
  const auto result = sim::simulate(*run, options);
  if (!result) {
    std::fprintf(stderr, "%s\n", result.problems().to_string().c_str());
    return 2;
  }
  if (!result->ok) {
    std::fprintf(stderr, "%s\n", result->failure.c_str());
    return 1;
  }
  const auto& s = result->summary;
  std::printf("%s on %s: %lld cycles, %lld bytes read and %lld written by the memory\n", s.network.c_str(),
              s.npu.c_str(), static_cast<long long>(s.makespan_cycles.count()),
              static_cast<long long>(s.dram.read_bytes), static_cast<long long>(s.dram.write_bytes));
  return 0;
}
