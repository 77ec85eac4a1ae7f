#include "sim/app/commands.h"

#include <array>

namespace tessera::app {

std::span<const Command> commands() {
  static constexpr std::array table{
      Command{"run", "simulate a network on a machine: a report, and files", run_command},
      Command{"compare", "the same tiles under several policies: what differs", compare_command},
      Command{"optimum", "the best schedule of a few tiles, and how far policies are from it", optimum_command},
      Command{"validate", "check files of every kind that goes into a run, no simulation", validate_command},
      Command{"params", "every parameter: unit, default, range, what it stands for", params_command},
      Command{"analyze", "where the time went, from a trace alone", analyze_command},
      Command{"explain", "why a tile ran there and then, or what all units did at a time", explain_command},
      Command{"check", "the invariants of a trace", check_command},
      Command{"convert", "a trace as another tool reads it", convert_command},
      Command{"model", "what was read from a network: operators, shapes, MACs, fusions", model_command},
      Command{"policy", "a policy in a shared library: its options; does it behave?", policy_command},
      Command{"export-program", "a run's tiles, blocks and edges as a tile program", export_program_command},
      Command{"dram", "an access pattern or a request file on DRAM alone", dram_command},
      Command{"array", "the PE array alone: cycles of a GEMM or convolution", array_command},
  };
  return table;
}

}  // namespace tessera::app
