#include "trace/explain/choice.h"

#include <algorithm>

namespace tessera::trace {

using base::Ps;

namespace {

// Where the tile was taken back, the next from `after` on, else the last.
const Event* decision_on(const Story& story, std::uint32_t tile, Ps after) {
  const Event* last = nullptr;
  for (const std::uint32_t i : story.of_tile(tile)) {
    if (story.at(i).record.name != Name::decision) continue;
    last = &story.at(i);
    if (last->record.start >= after) break;
  }
  return last;
}

std::optional<Ps> soonest_data(const RunFacts& f, std::int64_t backlog, std::int64_t missing) {
  std::int64_t rate = f.dma_bytes_per_second;
  if (f.dram_peak_bytes_per_second > 0 && f.shared_sram_bytes == 0)
    rate = rate > 0 ? std::min(rate, f.dram_peak_bytes_per_second) : f.dram_peak_bytes_per_second;
  if (missing == 0 || rate <= 0) return std::nullopt;
  return Ps{static_cast<std::int64_t>(static_cast<__int128>(backlog + missing) * 1'000'000'000'000 / rate)};
}

WeighedChoice weighed(const Story& story, const Event& e, const Event& answer) {
  WeighedChoice w;
  const Record &r = e.record, &a = answer.record;
  w.record = &e;
  w.taken = a.answer() == AnswerKind::dispatch && a.refusal() == 0 && a.tile == r.tile && a.core() == r.core();
  const TileTable::Tile& row = story.tile(r.tile);
  if (r.input_state() == OperandState::absent) w.missing[0] = static_cast<std::int64_t>(row.input_bytes);
  if (r.weight_state() == OperandState::absent) w.missing[1] = static_cast<std::int64_t>(row.weight_bytes);
  w.data_in = soonest_data(story.facts(), a.backlog(), w.missing[0] + w.missing[1]);
  w.decided = decision_on(story, r.tile, a.start);
  return w;
}

}  // namespace

Choice choice_of_answer(const Story& story, const Event& answer) {
  Choice choice;
  choice.answer = &answer;
  const auto lane = story.of_unit(answer.record.unit);
  const auto at =
      std::partition_point(lane.begin(), lane.end(), [&](std::uint32_t i) { return story.at(i).id < answer.id; });
  for (auto i = at + 1; i != lane.end() && story.at(*i).record.name == Name::candidate; ++i)
    if (story.at(*i).record.tile < story.table().tiles.size())
      choice.weighed.push_back(weighed(story, story.at(*i), answer));
  for (auto i = at; i != lane.begin();) {
    const Event& e = story.at(*--i);
    if (is_action(e.record.name)) break;
    if (e.record.name == Name::answer) choice.before.push_back(&e);
  }
  std::reverse(choice.before.begin(), choice.before.end());
  return choice;
}

Choice choice_of(const Story& story, const Event& decision) {
  const Record& d = decision.record;
  const auto lane = story.of_unit(d.unit);
  auto i =
      std::partition_point(lane.begin(), lane.end(), [&](std::uint32_t n) { return story.at(n).id < decision.id; });
  while (i != lane.begin()) {
    const Event& e = story.at(*--i);
    if (is_action(e.record.name)) break;
    const bool accepted = e.record.name == Name::answer && e.record.refusal() == 0 && e.record.start == d.start &&
                          (d.name == Name::cap || e.record.tile == d.tile);
    if (accepted) return choice_of_answer(story, e);
  }
  return {};
}

const WeighedChoice* passed_over(const Choice& choice) {
  if (choice.weighed.empty() || !choice.weighed.front().taken) return nullptr;
  std::int64_t best = choice.weighed.front().record->record.score();
  const WeighedChoice* found = nullptr;
  for (const WeighedChoice& w : choice.weighed) {
    const Record& r = w.record->record;
    if (r.refusal() == 0 && r.score() < best) best = r.score(), found = &w;
  }
  return found;
}

}  // namespace tessera::trace
