// Judges the commands that a controller issued: does the log keep every rule of the standard?
//
// Written from the standard's definitions and apart from the model's table of rules: pairs of commands, the state of
// every bank, the command buses and the data buses. For tests and for `tessera dram --check`.
#pragma once

#include <string>
#include <vector>

#include "arch/dram/standard.h"

namespace tessera::arch {

struct Violation {
  std::size_t command = 0;  // position in the log
  std::string rule;         // "nRCD: read 13 cycles after activate of bank 3, needs 14"
};

// The log of one channel, in the order of issue. Stops after `most` violations.
[[nodiscard]] std::vector<Violation> check_commands(const DramStandard& standard, const CommandLog& log,
                                                    std::size_t most = 10);

}  // namespace tessera::arch
