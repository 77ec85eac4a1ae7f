// What holds for every list of measures, whoever declares them.
#pragma once

#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "trace/analysis/measure_table.h"

namespace tessera::tests {

[[nodiscard]] inline bool ends_with_word(const std::string& part, std::string_view word) {
  return part == word || (part.ends_with(word) && part[part.size() - word.size() - 1] == '_');
}

// A count, a ratio or a text does not look like a quantity with a unit.
[[nodiscard]] inline bool looks_like_a_unit(const std::string& part) {
  using trace::MeasureUnit;
  for (auto unit = MeasureUnit::ps; unit <= MeasureUnit::milliwatts;
       unit = static_cast<MeasureUnit>(static_cast<int>(unit) + 1)) {
    if (ends_with_word(part, suffix_of(unit))) return true;
  }
  return false;
}

// Every rule that an entry breaks; empty if all is well.
[[nodiscard]] inline std::vector<std::string> broken_key_rules(const std::vector<trace::ListedMeasure>& measures) {
  static const std::regex snake_case("[a-z][a-z0-9]*(_[a-z0-9]+)*");
  std::vector<std::string> broken;
  std::set<std::string> paths;
  for (const auto& [path, info] : measures) {
    if (!paths.insert(path).second) broken.push_back(path + ": there twice");
    if (info.aggregate != trace::Aggregate::none && !paths.insert(info.id).second)
      broken.push_back(path + ": its value of the run is there twice");
    const auto suffix = suffix_of(info.unit);
    bool shows_unit = suffix.empty();
    std::istringstream parts(info.id);
    for (std::string part; std::getline(parts, part, '.');) {
      if (!std::regex_match(part, snake_case)) broken.push_back(path + ": not snake_case");
      if (suffix.empty() && looks_like_a_unit(part)) broken.push_back(path + ": ends like a unit, but has none");
      shows_unit = shows_unit || ends_with_word(part, suffix);
    }
    if (!shows_unit) broken.push_back(path + ": does not show its unit " + std::string(to_string(info.unit)));
    if (info.definition.empty() || info.definition.back() == '.') broken.push_back(path + ": definition is no phrase");
  }
  for (const auto& [path, info] : measures) {
    if (!info.same_as.empty() && !paths.contains(info.same_as)) broken.push_back(path + ": no " + info.same_as);
  }
  return broken;
}

}  // namespace tessera::tests
