#include "scheduler/tiling/tile_rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/config/suggest.h"
#include "base/glob.h"

namespace tessera::scheduler {

namespace {

using models::Operator;
using models::Unit;

bool sizes_can_be_given(const Operator& op) { return op.unit == Unit::pe || op.unit == Unit::vector; }

// A pass answers to the name of its operator too, where its tiles are not held.
bool is_named(const TileRule& rule, const Operator& op) {
  if (rule.held) return rule.pattern == op.name;
  return base::matches(rule.pattern, op.name) || (!op.part_of.empty() && base::matches(rule.pattern, op.part_of));
}

std::string near_names(const TileRule& rule, const models::Network& network) {
  std::vector<std::string> names;
  for (const Operator& op : network.operators)
    if (sizes_can_be_given(op)) names.push_back(op.name);
  return scheduler::near_names(rule.pattern, std::move(names));
}

// Held rules of operators that the network does not have: those of another network, as a rule, so they are said once.
std::string strangers_text(const std::vector<const TileRule*>& rules, const models::Network& network) {
  constexpr std::size_t kMostShown = 8;
  std::vector<std::string> names;
  for (const TileRule* rule : rules)
    if (names.size() < kMostShown) names.push_back(fmt::format("\"{}\"", rule->pattern));
  const std::size_t more = rules.size() - names.size();
  return fmt::format("tiles are held of {}{}, but network {} has no such operator{}", fmt::join(names, ", "),
                     more > 0 ? fmt::format(" and {} more", more) : "", network.name,
                     near_names(*rules.front(), network));
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
  const auto rule = std::ranges::find_if(schedule.tiles, [&](const TileRule& r) { return is_named(r, op); });
  return rule == schedule.tiles.end() ? nullptr : &*rule;
}

base::Diagnostics check_tile_rules(const ScheduleSpec& schedule, const models::Network& network) {
  base::Diagnostics problems;
  const auto& operators = network.operators;
  std::vector<const TileRule*> strangers;
  for (const TileRule& rule : schedule.tiles) {
    const auto matched = [&](const Operator& op) { return is_named(rule, op); };
    const auto could = [&](const Operator& op) { return matched(op) && (rule.held || sizes_can_be_given(op)); };
    const auto follows = [&](const Operator& op) { return could(op) && rule_for(schedule, op) == &rule; };
    if (std::ranges::any_of(operators, follows)) continue;
    if (rule.held && std::ranges::none_of(operators, matched)) {
      strangers.push_back(&rule);
      continue;
    }
    const bool for_all = rule.pattern.find_first_not_of('*') == std::string::npos;
    if (for_all && std::ranges::none_of(operators, sizes_can_be_given)) continue;
    std::string why;
    if (std::ranges::any_of(operators, could)) {
      why = "every operator that it matches follows a rule before it";
    } else if (std::ranges::any_of(operators, matched)) {
      why = "it matches only movements, whose tiles are automatic, or tasks of the host" + near_names(rule, network);
    } else {
      why = fmt::format("it matches no operator of network {}{}", network.name, near_names(rule, network));
    }
    problems.add(rule.where, fmt::format("tiles: pattern \"{}\" has no effect: {}", rule.pattern, why));
  }
  if (!strangers.empty()) problems.add(strangers.front()->where, strangers_text(strangers, network));
  return problems;
}

}  // namespace tessera::scheduler
