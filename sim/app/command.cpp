#include "sim/app/command.h"

#include <fmt/format.h>

#include <vector>

#include "base/config/suggest.h"
#include "base/version.h"
#include "sim/app/output.h"
#include "trace/report/screen.h"

namespace tessera::app {
namespace {

constexpr std::size_t kMostReported = 50;

std::string overview() {
  std::string text =
      "tessera: a cycle-level simulator of neural processing units, with tracing\n\n"
      "usage: tessera COMMAND [options]      tessera COMMAND --help\n\n";
  for (const Command& c : commands()) text += trace::wrapped(fmt::format("  {:<10} ", c.name), c.help, screen_width());
  text +=
      "\nexit codes\n"
      "  0    done\n"
      "  1    the run failed, a check found faults, or an output was lost (disk full)\n"
      "  2    bad usage, configuration or input\n"
      "  130  interrupted by SIGINT (Ctrl-C); by SIGTERM 143, by SIGHUP 129\n"
      "\nresults go to stdout, messages and progress to stderr\n";
  return text;
}

}  // namespace

int report(const base::Diagnostics& problems) {
  const auto& list = problems.list();
  for (std::size_t i = 0; i < list.size() && i < kMostReported; ++i) say(list[i].to_string());
  if (list.size() > kMostReported) say("... and {} more", list.size() - kMostReported);
  return kBadInput;
}

int report(std::string_view message) {
  say(message);
  return kBadInput;
}

int lost(std::string_view failure) {
  say(failure);
  return kFailed;
}

int run_program(Arguments arguments) {
  if (arguments.empty()) {
    say(overview());
    return kBadInput;
  }
  const std::string& name = arguments.front();
  if (name == "--help" || name == "-h" || name == "help") {
    fmt::print("{}", overview());
    return kDone;
  }
  if (name == "--version") {
    fmt::print("tessera {}\n", base::version());
    return kDone;
  }
  std::vector<std::string> known;
  for (const Command& c : commands()) {
    if (c.name == name) return c.function(arguments.subspan(1));
    known.emplace_back(c.name);
  }
  return report(fmt::format("tessera: unknown command \"{}\"{} (tessera --help lists them)", name,
                            base::did_you_mean(name, known)));
}

}  // namespace tessera::app
