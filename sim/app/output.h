// The program's three standard streams. Results go to stdout by fmt::print, messages to stderr by say(); whether what
// was printed has arrived is looked at in one place, end_output().
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <exception>
#include <string_view>
#include <utility>

namespace tessera::app {

// A descriptor that the caller has closed would be given to the next file that is opened, and messages would go into
// it. It leads to /dev/null instead; what goes to a closed stdout is lost, and end_output() says so.
void open_standard_streams();

// A line on stderr. Never fails: where nobody can be told, nobody is.
void say(std::string_view line);
template <class... T>
void say(fmt::format_string<T...> format, T&&... values) {
  say(std::string_view(fmt::format(format, std::forward<T>(values)...)));
}

// Columns of the terminal that shows stdout; of no terminal: what COLUMNS says, else 80.
[[nodiscard]] std::size_t screen_width();

// What was printed on stdout is handed on now: both streams may be the same terminal.
void flush_output();

// Is this the failure of a write to stdout? Then end_output() will speak of it.
[[nodiscard]] bool is_output_failure(const std::exception& e);

// The last thing that the program does: the exit code, which is kFailed instead of kDone if stdout did not take
// everything.
[[nodiscard]] int end_output(int code);

}  // namespace tessera::app
