// Every command's entry. A new command: its own command_<name>.cpp, a line here, a line in the table of commands.cpp.
#pragma once

#include "sim/app/command.h"

namespace tessera::app {

int validate_command(Arguments);
int params_command(Arguments);
int array_command(Arguments);
int dram_command(Arguments);

}  // namespace tessera::app
