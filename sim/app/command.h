// What every command of the program shares: its entry, its exit codes, and how it reports.
//
// Results go to stdout and nothing else does; messages and progress go to stderr. With --json stdout holds exactly
// one JSON document, or nothing if the command failed.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tessera::app {

// A program that a signal ended has 128 + its number (sim/app/interruption.h).
inline constexpr int kDone = 0;      // the work was done
inline constexpr int kFailed = 1;    // deadlock, policy error, a trace that breaks a rule, an output that was lost
inline constexpr int kBadInput = 2;  // bad usage, configuration or input

using Arguments = std::span<const std::string>;  // after the command's name

struct Command {
  std::string_view name;
  std::string_view help;       // one line
  int (*function)(Arguments);  // returns the exit code
};

// The one table of commands, in the order in which help shows them.
[[nodiscard]] std::span<const Command> commands();

// Prints what is wrong to stderr; returns kBadInput.
int report(const base::Diagnostics& problems);
int report(std::string_view message);
// Says what could not be written, though its path was good; returns kFailed.
int lost(std::string_view failure);

// The whole program: finds the command and calls it.
int run_program(Arguments arguments);

}  // namespace tessera::app
