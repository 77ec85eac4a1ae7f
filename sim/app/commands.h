// Every command's entry. A new command: its own command_<name>.cpp, a line here, a line in the table of commands.cpp.
#pragma once

#include "sim/app/command.h"

namespace tessera::app {

int run_command(Arguments);
int compare_command(Arguments);
int optimum_command(Arguments);
int validate_command(Arguments);
int params_command(Arguments);
int analyze_command(Arguments);
int explain_command(Arguments);
int check_command(Arguments);
int convert_command(Arguments);
int model_command(Arguments);
int policy_command(Arguments);
int dram_command(Arguments);
int array_command(Arguments);
int export_program_command(Arguments);

}  // namespace tessera::app
