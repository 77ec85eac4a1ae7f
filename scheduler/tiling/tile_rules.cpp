#include "scheduler/tiling/tile_rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/config/suggest.h"
#include "scheduler/tiling/glob.h"

namespace tessera::scheduler {

namespace {

using models::Operator;
using models::Unit;

bool sizes_can_be_given(const Operator& op) { return op.unit != Unit::movement; }

std::string near_names(const TileRule& rule, const models::Network& network) {
  std::vector<std::string> names;
  for (const Operator& op : network.operators)
    if (sizes_can_be_given(op)) names.push_back(op.name);
  return scheduler::near_names(rule.pattern, std::move(names));
}

}  // namespace

std::string near_names(const std::string& pattern, std::vector<std::string> names) {
  std::string letters = pattern;
  std::erase_if(letters, [](char c) { return c == '*' || c == '?'; });
  if (std::string hint = base::did_you_mean(letters, names); !hint.empty()) return hint;
  constexpr std::size_t kMostShown = 8;
  const bool more = names.size() > kMostShown;
  if (more) names.resize(kMostShown);
  return fmt::format("; it has {}{}", fmt::join(names, ", "), more ? ", ..." : "");
}

const TileRule* rule_for(const ScheduleSpec& schedule, const Operator& op) {
  const auto rule =
      std::ranges::find_if(schedule.tiles, [&](const TileRule& r) { return matches(r.pattern, op.name); });
  return rule == schedule.tiles.end() ? nullptr : &*rule;
}

base::Diagnostics check_tile_rules(const ScheduleSpec& schedule, const models::Network& network) {
  base::Diagnostics problems;
  const auto& operators = network.operators;
  for (const TileRule& rule : schedule.tiles) {
    const auto matched = [&](const Operator& op) { return matches(rule.pattern, op.name); };
    const auto could = [&](const Operator& op) { return sizes_can_be_given(op) && matched(op); };
    const auto follows = [&](const Operator& op) { return could(op) && rule_for(schedule, op) == &rule; };
    if (std::ranges::any_of(operators, follows)) continue;
    const bool for_all = rule.pattern.find_first_not_of('*') == std::string::npos;
    if (for_all && std::ranges::none_of(operators, sizes_can_be_given)) continue;
    std::string why;
    if (std::ranges::any_of(operators, could)) {
      why = "every operator that it matches follows a rule before it";
    } else if (std::ranges::any_of(operators, matched)) {
      why = "it matches only movements, whose tiles are automatic" + near_names(rule, network);
    } else {
      why = fmt::format("it matches no operator of network {}{}", network.name, near_names(rule, network));
    }
    problems.add(rule.where, fmt::format("tiles: pattern \"{}\" has no effect: {}", rule.pattern, why));
  }
  return problems;
}

}  // namespace tessera::scheduler
