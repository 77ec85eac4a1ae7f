#include "sim/app/commands.h"

#include <array>

namespace tessera::app {

std::span<const Command> commands() {
  static constexpr std::array table{
      Command{"validate", "check configuration files, no simulation", validate_command},
      Command{"params", "every parameter: unit, default, range, what it stands for", params_command},
      Command{"array", "the PE array alone: cycles of a GEMM or convolution", array_command},
      Command{"dram", "an access pattern or a request file on DRAM alone", dram_command},
  };
  return table;
}

}  // namespace tessera::app
