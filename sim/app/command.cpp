#include "sim/app/command.h"

#include <fmt/format.h>

#include <cstdio>
#include <vector>

#include "base/config/suggest.h"
#include "base/version.h"

namespace tessera::app {
namespace {

constexpr std::size_t kMostReported = 50;

std::string overview() {
  std::string text =
      "tessera: a cycle-level simulator of neural processing units with tracing built in\n\n"
      "usage: tessera COMMAND [options]      tessera COMMAND --help\n\n";
  for (const Command& c : commands()) text += fmt::format("  {:<10} {}\n", c.name, c.help);
  text +=
      "\nexit codes: 0 done; 1 the run itself failed; 2 bad usage, configuration or input\n"
      "results go to stdout, messages and progress to stderr\n";
  return text;
}

}  // namespace

int report(const base::Diagnostics& problems) {
  const auto& list = problems.list();
  for (std::size_t i = 0; i < list.size() && i < kMostReported; ++i) fmt::print(stderr, "{}\n", list[i].to_string());
  if (list.size() > kMostReported) fmt::print(stderr, "... and {} more\n", list.size() - kMostReported);
  return kBadInput;
}

int report(std::string_view message) {
  fmt::print(stderr, "{}\n", message);
  return kBadInput;
}

int run_program(Arguments arguments) {
  if (arguments.empty()) {
    fmt::print(stderr, "{}", overview());
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
