#include "scheduler/planning/ready_groups.h"

namespace tessera::scheduler {

ReadyGroups::ReadyGroups(const PlanCosts& costs)
    : costs_(costs), stages_(costs.stages()), cores_(costs.cores), stage_words_((stages_ + 31) / 32) {
  const auto groups = static_cast<std::uint32_t>(costs.graph->groups.size());
  const std::size_t places = std::size_t{stages_} * cores_;
  deal_begin_.assign(places + 1, 0);
  home_count_.assign(stages_, 0);
  group_begin_.assign(stages_, groups);
  group_end_.assign(stages_, 0);
  for (GroupId g = 0; g < groups; ++g) {
    const std::uint32_t s = costs.stage_of(g);
    group_begin_[s] = std::min(group_begin_[s], g);
    group_end_[s] = g + 1;
  }
  // Counted, then dealt.
  for (GroupId g = 0; g < groups; ++g)
    home_count_[costs.stage_of(g)] += deal_begin_[place(costs.stage_of(g), costs.home_of(g)) + 1]++ == 0;
  for (std::size_t i = 0; i < places; ++i) deal_begin_[i + 1] += deal_begin_[i];
  deal_.resize(groups);
  dealt_at_.resize(groups);
  std::vector<std::uint32_t> at(deal_begin_.begin(), deal_begin_.end() - 1);
  for (GroupId g = 0; g < groups; ++g) {
    dealt_at_[g] = at[place(costs.stage_of(g), costs.home_of(g))]++;
    deal_[dealt_at_[g]] = g;
  }
  const std::size_t bits = (groups + 31) / 32;
  waiting_ = groups_ + bits;
  dealt_ = waiting_ + bits;
  dealt_waiting_ = dealt_ + bits;
  ready_ = dealt_waiting_ + bits;
  kinds_ = ready_ + stages_;
  homes_ = kinds_ + kDispatchedKinds * stage_words_;
  words_.assign(homes_ + cores_ * stage_words_);
  for (GroupId g = 0; g < groups; ++g) words_.insert(waiting_, g), words_.insert(dealt_waiting_, g);
}

void ReadyGroups::insert(GroupId g) {
  const std::uint32_t stage = costs_.stage_of(g);
  words_.insert(groups_, g);
  words_.insert(dealt_, dealt_at_[g]);
  words_.set(ready_ + stage, words_[ready_ + stage] + 1);
  if (words_[ready_ + stage] == 1)
    words_.insert(kinds_ + static_cast<std::size_t>(costs_.stage_kind[stage]) * stage_words_, stage);
  words_.insert(homes_ + costs_.home_of(g) * stage_words_, stage);
}

void ReadyGroups::take(GroupId g) {
  const std::uint32_t stage = costs_.stage_of(g), home = costs_.home_of(g);
  words_.erase(groups_, g);
  words_.erase(dealt_, dealt_at_[g]);
  words_.set(ready_ + stage, words_[ready_ + stage] - 1);
  if (words_[ready_ + stage] == 0)
    words_.erase(kinds_ + static_cast<std::size_t>(costs_.stage_kind[stage]) * stage_words_, stage);
  words_.erase(waiting_, g);
  words_.erase(dealt_waiting_, dealt_at_[g]);
  const std::size_t i = place(stage, home);
  if (words_.lowest(dealt_, deal_begin_[i], deal_begin_[i + 1]) == kNoId)
    words_.erase(homes_ + home * stage_words_, stage);
}

}  // namespace tessera::scheduler
