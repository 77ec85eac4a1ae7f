// What a command takes on its command line, declared once for parsing and for --help. Only options.cpp sees CLI11.
//
//   Options options("analyze", "Where the time of a run went, from its trace alone.");
//   options.value("TRACE", file, "trace file (.tsr)").required();
//   options.flag("--json", json, "one JSON document");
//   if (const auto code = options.parse(arguments)) return *code;
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sim/app/command.h"

namespace tessera::app {

// One thing that the user may give. A name without dashes is a positional argument. The variable that takes the value
// holds the default before, and outlives the parsing.
class Option {
 public:
  using Target = std::variant<bool*, std::string*, std::filesystem::path*, std::int64_t*, std::uint64_t*, double*,
                              std::vector<std::string>*>;

  Option(std::string names, Target target, std::string help)
      : names_(std::move(names)), target_(target), help_(std::move(help)) {}

  Option& required();
  Option& shows_default();                     // in --help
  Option& between(double least, double most);  // of numbers
  Option& one_of(std::vector<std::string> words);
  Option& at_most(int count);          // of a list; none is fine too
  Option& excludes(std::string name);  // an option that was declared before

 private:
  friend class Options;

  [[nodiscard]] bool positional() const { return !names_.starts_with('-'); }
  [[nodiscard]] std::string placeholder() const;  // what stands for its value in --help: " NUMBER"

  std::string names_;
  Target target_;
  std::string help_;
  bool required_ = false, shows_default_ = false, flag_value_ = true;
  std::optional<std::pair<double, double>> range_;
  std::vector<std::string> words_;
  std::optional<int> most_;
  std::string excluded_;
};

class Options {
 public:
  Options(std::string command, std::string description)
      : command_(std::move(command)), description_(std::move(description)) {}

  // `names` may hold a short form: "-o,--output".
  template <class T>
  Option& value(std::string names, T& target, std::string help) {
    return add(std::move(names), &target, std::move(help));
  }
  // A list. As an option it takes one value each time that it is given.
  Option& values(std::string names, std::vector<std::string>& target, std::string help) {
    return add(std::move(names), &target, std::move(help));
  }
  // Sets the variable to `given` where it stands.
  Option& flag(std::string names, bool& target, std::string help, bool given = true);

  // An exit code if the command ends here: help was shown, or the usage is wrong and was reported.
  [[nodiscard]] std::optional<int> parse(Arguments) const;

 private:
  struct Parser;

  Option& add(std::string names, Option::Target target, std::string help) {
    return options_.emplace_back(std::move(names), target, std::move(help));
  }

  std::string command_, description_;
  std::deque<Option> options_;  // grows without moving what callers hold
};

}  // namespace tessera::app
