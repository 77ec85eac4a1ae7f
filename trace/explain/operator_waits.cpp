#include "trace/explain/operator_waits.h"

#include <fmt/format.h>

#include <algorithm>

#include "trace/explain/choice.h"
#include "trace/explain/words.h"

namespace tessera::trace {

using base::Ps;

namespace {

class Summary {
 public:
  Summary(const Story& story, std::uint32_t op, std::size_t most) : story_(story), say_(story), most_(most) {
    sum_.op = op;
    std::size_t cores = 0;
    for (const UnitInfo& u : story.header().units)
      if (u.core != UnitInfo::kNoCore) cores = std::max<std::size_t>(cores, u.core + 1u);
    sum_.by_core.resize(cores);
  }

  OperatorWaits take() {
    for (std::uint32_t t = 0; t < story_.table().tiles.size(); ++t)
      if (story_.tile(t).op == sum_.op) add(life_of(story_, t));
    std::vector<Ps> sorted = waits_;
    std::sort(sorted.begin(), sorted.end());
    if (!sorted.empty()) sum_.middle_wait = sorted[sorted.size() / 2];
    std::stable_sort(sum_.unusual.begin(), sum_.unusual.end(),
                     [](const Unusual& a, const Unusual& b) { return a.at < b.at; });
    return std::move(sum_);
  }

 private:
  void add(const TileLife& life) {
    ++sum_.tiles;
    const Event* begin = life.decision != nullptr ? life.decision : life.task;
    if (begin == nullptr) return;
    ++sum_.dispatched;
    if (life.core < sum_.by_core.size()) ++sum_.by_core[life.core];
    if (sum_.first < Ps{0} || begin->record.start < sum_.first)
      sum_.first = begin->record.start, sum_.first_tile = life.tile;
    const bool host = life.task != nullptr && life.task->record.name == Name::host_task;
    const Ps done = host ? life.task->record.end : life.stored();
    if (done > sum_.last) sum_.last = done, sum_.last_tile = life.tile;
    for (const Event* e : life.waits) sum_.stalls[static_cast<std::size_t>(e->record.reason())] += e->record.length();
    for (const Event* e : life.held) sum_.stalls[static_cast<std::size_t>(e->record.reason())] += e->record.length();
    if (life.decision != nullptr) judge(life);
    const Ps start = life.start();
    if (start < Ps{0} || life.ready < Ps{0}) return;
    if (life.decision != nullptr) {
      sum_.to_decision += life.decision->record.start - life.ready;
      sum_.to_start += start - life.decision->record.end;
    }
    if (life.task != nullptr) sum_.work += life.task->record.length();
    if (life.task != nullptr && life.stored() >= Ps{0}) sum_.to_stored += life.stored() - life.task->record.end;
    const Ps waited = start - life.ready;
    waits_.push_back(waited);
    if (sum_.longest == kNoTile || waited > sum_.longest_wait) sum_.longest = life.tile, sum_.longest_wait = waited;
  }

  void unusual(const TileLife& life, const std::string& text) {
    if (sum_.unusual_count++ < most_) sum_.unusual.push_back({life.tile, life.decision->record.start, text});
  }

  void judge(const TileLife& life) {
    const TileTable::Tile& row = story_.tile(life.tile);
    if (row.core != TileTable::kAnyCore && row.core != life.core)
      unusual(life,
              fmt::format("went to {}, though the tiling dealt it to {}", say_.core(life.core), say_.core(row.core)));
    for (const Event* e : life.refused)
      unusual(life, fmt::format("{} was refused at {}: {}", say_.action(e->record), say_.when(e->record.start),
                                kRefusals[e->record.refusal()].text));
    const Choice choice = choice_of(story_, *life.decision);
    if (const WeighedChoice* better = passed_over(choice); better != nullptr) {
      const Record& r = better->record->record;
      unusual(life, fmt::format("was taken with score {}, before tile {} on {} with score {}",
                                choice.weighed.front().record->record.score(), r.tile, say_.core(r.core()), r.score()));
    }
  }

  const Story& story_;
  Phrases say_;
  std::size_t most_;
  OperatorWaits sum_;
  std::vector<Ps> waits_;
};

}  // namespace

OperatorWaits waits_of(const Story& story, std::uint32_t op, std::size_t most_unusual) {
  return Summary(story, op, most_unusual).take();
}

}  // namespace tessera::trace
