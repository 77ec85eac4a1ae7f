#include "models/open_dimensions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <optional>

namespace tessera::models {

namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

// A number that a dimension of that name commonly has; by its place where the name says nothing.
std::int64_t likely(const OpenDimension& d) {
  const std::string name = lower(d.name);
  const auto has = [&](std::string_view word) { return name.find(word) != std::string::npos; };
  constexpr std::int64_t kTokens = 128, kPast = 128, kPixels = 224;
  if (has("batch") || name == "n" || name == "b") return 1;
  if (has("total") || (has("past") && has("+"))) return kTokens + kPast;
  if (has("past") || has("cache")) return kPast;
  if (has("seq") || has("token") || has("length") || has("time") || has("frame")) return kTokens;
  if (has("height") || has("width") || name == "h" || name == "w") return kPixels;
  if (has("channel") || name == "c") return 3;
  if (d.axes.front() == 0) return 1;
  if (d.ranks.front() == 4) return d.axes.front() == 1 ? 3 : kPixels;
  return kTokens;
}

std::string text_of(const Bindings& bindings, std::string_view between, std::string_view format) {
  std::string text;
  for (const auto& [name, number] : bindings)
    text += fmt::format("{}{}{}{}", text.empty() ? "" : between, name, format, number);
  return text;
}

// The first three places of a name and how many more there are.
std::string places_of(const OpenDimension& d) {
  constexpr std::size_t kShown = 3;
  const std::vector<std::string> shown(d.places.begin(), d.places.begin() + std::min(d.places.size(), kShown));
  const std::string more = d.places.size() > kShown ? fmt::format(" and {} more", d.places.size() - kShown) : "";
  return fmt::format("{} ({}{})", d.name, fmt::join(shown, ", "), more);
}

// A shell must not take the argument apart.
std::string quoted(const std::string& argument) {
  const bool plain = std::all_of(argument.begin(), argument.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view("_.=,:-+/").find(static_cast<char>(c)) != std::string_view::npos;
  });
  return plain ? argument : "'" + argument + "'";
}

// Numbers for all names, the given ones among them.
struct Example {
  std::optional<Bindings> works;
  std::string obstacle;  // to the first that was tried
  // As the end of a sentence.
  [[nodiscard]] std::string text() const {
    return fmt::format("for example --bind {}, or in the run file bind: {{{}}}", quoted(text_of(*works, ",", "=")),
                       text_of(*works, ", ", ": "));
  }
};

Example example_of(const std::vector<OpenDimension>& open, const Bindings& given, const TryBindings& attempt) {
  Bindings first;
  for (const OpenDimension& d : open) first.emplace(d.name, likely(d));
  std::vector<Bindings> candidates{first};
  for (const std::int64_t number : {1, 16, 32, 64, 128, 224, 256, 384, 512, 640, 1024}) {
    if (open.empty()) break;
    Bindings same = first;
    for (const OpenDimension& d : open)
      if (likely(d) > 3) same[d.name] = number;  // batch and channels stay
    candidates.push_back(std::move(same));
  }
  Example example;
  for (const Bindings& candidate : candidates) {
    Bindings all = given;
    all.insert(candidate.begin(), candidate.end());
    const base::Diagnostics problems = attempt(all);
    if (problems.empty()) {
      example.works = std::move(all);
      return example;
    }
    if (example.obstacle.empty())
      example.obstacle = fmt::format("with --bind {} it still fails: {}", quoted(text_of(all, ",", "=")),
                                     problems.list().front().message);
  }
  return example;
}

}  // namespace

base::Diagnostics open_dimensions(const std::filesystem::path& file, const std::vector<OpenDimension>& open,
                                  const Bindings& given, const TryBindings& attempt) {
  std::vector<std::string> listed;
  for (const OpenDimension& d : open) listed.push_back(places_of(d));
  const bool of_host = std::any_of(open.begin(), open.end(), [](const OpenDimension& d) { return d.of_host; });
  const std::string what =
      fmt::format("dimensions of {} have names instead of numbers: {}",
                  of_host ? "what the host makes" : "the network's inputs", fmt::join(listed, "; "));
  const Example example = example_of(open, given, attempt);
  if (example.works)
    return base::failure({file.string()}, fmt::format("{}; give them numbers, {}", what, example.text()));
  return base::failure({file.string()},
                       fmt::format("{}; give them numbers by --bind NAME=NUMBER,...; {}", what, example.obstacle));
}

base::Diagnostics unknown_dimensions(const std::filesystem::path& file, const NamedDimensions& dimensions,
                                     const Bindings& given, const TryBindings& attempt) {
  Bindings rest = given;
  for (const std::string& name : dimensions.unknown) rest.erase(name);
  std::string end;
  if (dimensions.names.empty()) {
    end = "every dimension of the network's inputs is a number in the file: leave it out";
  } else {
    end = fmt::format("no dimension of the network's inputs has that name; the names are {}",
                      fmt::join(dimensions.names, ", "));
    if (const Example example = example_of(dimensions.open, rest, attempt); example.works) end += "; " + example.text();
  }
  base::Diagnostics problems;
  for (const std::string& name : dimensions.unknown)
    problems.add({file.string()}, fmt::format("'{}' is bound to {}, but {}", name, given.at(name), end));
  return problems;
}

}  // namespace tessera::models
