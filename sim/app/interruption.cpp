#include "sim/app/interruption.h"

#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <string_view>

#include "base/file/unfinished.h"

namespace tessera::app {
namespace {

struct Ending {
  int signal;
  std::string_view name;
};
constexpr std::array kEndings{Ending{SIGINT, "SIGINT"}, Ending{SIGTERM, "SIGTERM"}, Ending{SIGHUP, "SIGHUP"}};

bool on_terminal = false;

// Only calls that a signal's handler may make.
void put(std::string_view text) {
  if (::write(STDERR_FILENO, text.data(), text.size()) < 0) return;
}

void end(int signal) {
  base::remove_unfinished();
  put(on_terminal ? "\r\033[K" : "");  // a progress bar may stand there
  put("tessera: interrupted by ");
  for (const Ending& e : kEndings) {
    if (e.signal == signal) put(e.name);
  }
  put("; ");
  const char* note = base::interruption_note();
  put(*note != '\0' ? note : "nothing was written");
  put("\n");
  ::_exit(128 + signal);
}

}  // namespace

void end_cleanly_on_signals() {
  on_terminal = ::isatty(STDERR_FILENO) != 0;
  struct sigaction act {};
  act.sa_handler = end;
  sigfillset(&act.sa_mask);  // the first one decides
  for (const Ending& e : kEndings) {
    struct sigaction before {};
    if (sigaction(e.signal, nullptr, &before) == 0 && before.sa_handler != SIG_IGN) sigaction(e.signal, &act, nullptr);
  }
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace tessera::app
