#include "sim/app/commands.h"

#include <array>

namespace tessera::app {

std::span<const Command> commands() {
  static constexpr std::array table{
      Command{"run", "simulate a network on a machine: a report, and files", run_command},
      Command{"compare", "the same tiles under several policies: what differs", compare_command},
      Command{"validate", "check files of every kind that goes into a run, no simulation", validate_command},
      Command{"params", "every parameter: unit, default, range, what it stands for", params_command},
      Command{"analyze", "where the time went, from a trace alone", analyze_command},
      Command{"check", "the invariants of a trace", check_command},
      Command{"convert", "a trace as another tool reads it", convert_command},
      Command{"model", "what was read from a network: operators, shapes, MACs, fusions", model_command},
      Command{"dram", "an access pattern or a request file on DRAM alone", dram_command},
      Command{"array", "the PE array alone: cycles of a GEMM or convolution", array_command},
  };
  return table;
}

}  // namespace tessera::app
