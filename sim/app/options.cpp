#include "sim/app/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "base/config/suggest.h"
#include "sim/app/output.h"
#include "trace/report/screen.h"

namespace tessera::app {

Option& Option::required() {
  required_ = true;
  return *this;
}

Option& Option::shows_default() {
  shows_default_ = true;
  return *this;
}

Option& Option::between(double least, double most) {
  range_ = {least, most};
  return *this;
}

Option& Option::one_of(std::vector<std::string> words) {
  words_ = std::move(words);
  return *this;
}

Option& Option::at_most(int count) {
  most_ = count;
  return *this;
}

Option& Option::excludes(std::string name) {
  excluded_ = std::move(name);
  return *this;
}

std::string Option::placeholder() const {
  if (std::holds_alternative<bool*>(target_)) return "";
  const bool number = std::holds_alternative<std::int64_t*>(target_) ||
                      std::holds_alternative<std::uint64_t*>(target_) || std::holds_alternative<double*>(target_);
  const bool path = std::holds_alternative<std::filesystem::path*>(target_);
  return number ? " NUMBER" : path ? " PATH" : " TEXT";
}

Option& Options::flag(std::string names, bool& target, std::string help, bool given) {
  Option& option = add(std::move(names), &target, std::move(help));
  option.flag_value_ = given;
  return option;
}

// The declarations as CLI11 takes them.
struct Options::Parser {
  CLI::App app;

  explicit Parser(const Options& declared) : app(declared.description_, declared.command_) {
    for (const Option& option : declared.options_) add(option);
    app.allow_extras();
  }

  void add(const Option& o) {
    CLI::Option* option = std::visit([&](auto* target) { return bind(o, *target); }, o.target_);
    if (o.required_) option->required();
    if (!std::holds_alternative<bool*>(o.target_)) option->check(not_empty());
    if (std::holds_alternative<std::uint64_t*>(o.target_)) option->check(not_negative());
    if (o.range_) option->check(range(o));
    if (!o.words_.empty()) option->check(CLI::IsMember(o.words_));
    if (o.most_) option->expected(0, *o.most_);
    if (!o.excluded_.empty()) option->excludes(app.get_option(o.excluded_));
    if (o.shows_default_) option->capture_default_str();
  }

  template <class T>
  CLI::Option* bind(const Option& o, T& target) {
    return app.add_option(o.names_, target, o.help_);
  }
  CLI::Option* bind(const Option& o, std::vector<std::string>& target) {
    CLI::Option* option = app.add_option(o.names_, target, o.help_);
    return o.names_.front() == '-' ? option->allow_extra_args(false) : option;
  }
  CLI::Option* bind(const Option& o, bool& target) {
    return app.add_flag_callback(
        o.names_, [&target, value = o.flag_value_] { target = value; }, o.help_);
  }

  // An empty text would count as not given.
  static CLI::Validator not_empty() {
    return {[](const std::string& value) { return value.empty() ? "the value is empty" : std::string(); }, ""};
  }
  // The conversion would take "-1" for the largest number that there is.
  static CLI::Validator not_negative() {
    return {[](const std::string& value) { return value.starts_with('-') ? "must not be negative" : std::string(); },
            ""};
  }
  static CLI::Range range(const Option& o) {
    const auto [least, most] = *o.range_;
    if (std::holds_alternative<double*>(o.target_)) return {least, most};
    return {static_cast<std::int64_t>(least), static_cast<std::int64_t>(most)};
  }

  // One line of usage, then each option with its help, as wide as the screen.
  [[nodiscard]] std::string help(const Options& declared) const {
    const std::size_t width = screen_width();
    std::vector<std::string> usage{"[options] "};
    std::string text;
    for (const Option& o : declared.options_) {
      if (o.positional()) usage.push_back(o.required_ ? o.names_ + " " : "[" + o.names_ + "] ");
    }
    text += trace::wrapped("", declared.description_, width) +
            trace::wrapped_parts("Usage: tessera " + declared.command_ + " ", usage, width);
    for (const bool positional : {true, false}) {
      for (const Option& o : declared.options_) {
        if (o.positional() != positional) continue;
        text +=
            "\n  " + o.names_ + (positional ? "" : o.placeholder()) + "\n" + trace::wrapped("      ", facts(o), width);
      }
    }
    return text + "\n  -h,--help\n      this text\n";
  }

  [[nodiscard]] std::string facts(const Option& o) const {
    std::string text = o.help_;
    if (!o.words_.empty()) text += fmt::format("; one of {}", fmt::join(o.words_, ", "));
    if (o.range_) text += fmt::format("; {} to {}", o.range_->first, o.range_->second);
    if (o.shows_default_)
      text += "; default " + app.get_option(o.names_.substr(0, o.names_.find(',')))->get_default_str();
    if (!o.excluded_.empty()) text += "; not with " + o.excluded_;
    if (o.required_) text += "; required";
    return text;
  }

  // CLI11 names what it could not place; the closest option is what was probably meant.
  [[nodiscard]] std::string unknown(const std::string& argument) const {
    if (argument.empty() || argument.front() != '-') return fmt::format("unexpected argument \"{}\"", argument);
    std::vector<std::string> known;
    for (const CLI::Option* option : app.get_options()) {
      for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
    }
    const std::string name = argument.substr(0, argument.find('='));
    return fmt::format("unknown option {}{}", name, base::did_you_mean(name, known));
  }
};

std::optional<int> Options::parse(Arguments arguments) const {
  Parser parser(*this);
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    parser.app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", parser.help(*this));
    return kDone;
  } catch (const CLI::ParseError& e) {
    return report(fmt::format("tessera {}: {}", command_, e.what()));
  }
  const auto extras = parser.app.remaining();
  if (extras.empty()) return std::nullopt;
  return report(fmt::format("tessera {}: {}", command_, parser.unknown(extras.front())));
}

}  // namespace tessera::app
