#include "scheduler/planning/machine_model.h"

#include <algorithm>
#include <bit>

namespace tessera::scheduler {

using base::Ps;

MachineModel::MachineModel(const PlanCosts& costs)
    : costs_(costs), graph_(*costs.graph), path_(costs), ready_(costs),
      slots_(std::size_t{costs.cores} * (costs.slots[0] + costs.slots[1])),
      nexts_(std::size_t{costs.cores} * costs.slots[2], kNoId), touched_(costs.cores, 0), woken_(costs.home),
      stirred_((costs.cores + 63) / 64, 0) {
  const std::size_t tiles = costs.tiles.size(), groups = graph_.groups.size();
  bound_ = groups;
  behind_ = bound_ + tiles;
  granted_behind_ = behind_ + tiles;
  launched_ = granted_behind_ + tiles;
  words_.assign(launched_ + costs.stages());
  state_.idle_schedulers = costs.schedulers;
  state_.groups_left = static_cast<std::uint32_t>(groups);
  for (const PlanTile& t : costs.tiles) state_.tiles_left += t.kind != TileKind::host;
  Core core;
  core.places[0] = core.places[1] = costs.queue;
  core.free_outputs = costs.slots[2];
  for (std::uint32_t o = 0; o < 2; ++o) core.evictable[o] = costs.slots[o];
  cores_.assign(costs.cores, core);
  state_.awake.assign((costs.cores + 63) / 64, 0);
  for (std::uint32_t c = 0; c < costs.cores; ++c) wake(c);
  arrivals_.resize(graph_.requests.size());
  for (GroupId g = 0; g < groups; ++g) {
    words_.set(g, static_cast<std::uint32_t>(graph_.predecessors(g).size()) + 1);
    arrivals_[graph_.groups[g].request].push_back(g);
  }
  for (std::uint32_t r = 0; r < graph_.requests.size(); ++r) this->at(graph_.requests[r].arrival, What::arrived, 0, r);
}

// --- marks ---

void MachineModel::mark() {
  marked_ = state_;
  path_.mark();
  ready_.mark();
  words_.mark();
  copies_.cores.clear();
  copies_.slots.clear();
  copies_.nexts.clear();
  ++marks_;
  is_marked_ = true;
}

void MachineModel::rewind(Branch& left) {
  is_marked_ = false;
  std::swap(left.state_, state_);
  std::swap(state_, marked_);
  path_.rewind(left.path_);
  ready_.undo_to_mark(left.ready_);
  words_.undo_to_mark(left.words_);
  swap_copies(copies_);
  std::swap(left.copies_, copies_);
}

void MachineModel::go_to(Branch& branch) {
  std::swap(state_, branch.state_);
  path_.go_to(branch.path_);
  ready_.redo(branch.ready_);
  words_.redo(branch.words_);
  swap_copies(branch.copies_);
}

void MachineModel::go_back(Branch& branch) {
  std::swap(state_, branch.state_);
  path_.go_back(branch.path_);
  ready_.undo(branch.ready_);
  words_.undo(branch.words_);
  swap_copies(branch.copies_);
}

// Before every change of a core or its slots.
void MachineModel::touch(std::uint32_t c) {
  if (!is_marked_ || touched_[c] == marks_) return;
  touched_[c] = marks_;
  const std::size_t slots = costs_.slots[0] + costs_.slots[1], nexts = costs_.slots[2];
  copies_.cores.emplace_back(c, cores_[c]);
  copies_.slots.insert(copies_.slots.end(), &slots_[c * slots], &slots_[c * slots] + slots);
  copies_.nexts.insert(copies_.nexts.end(), &nexts_[c * nexts], &nexts_[c * nexts] + nexts);
}

void MachineModel::swap_copies(Copies& copies) {
  const std::size_t slots = costs_.slots[0] + costs_.slots[1], nexts = costs_.slots[2];
  for (std::size_t i = 0; i < copies.cores.size(); ++i) {
    auto& [c, core] = copies.cores[i];
    std::swap(cores_[c], core);
    std::swap_ranges(&slots_[c * slots], &slots_[c * slots] + slots, &copies.slots[i * slots]);
    std::swap_ranges(&nexts_[c * nexts], &nexts_[c * nexts] + nexts, &copies.nexts[i * nexts]);
  }
}

bool operator==(const MachineModel& a, const MachineModel& b) {
  return &a.costs_ == &b.costs_ && a.state_ == b.state_ && a.path_ == b.path_ && a.ready_ == b.ready_ &&
         a.cores_ == b.cores_ && a.slots_ == b.slots_ && a.nexts_ == b.nexts_ && a.words_ == b.words_;
}

// --- events ---

void MachineModel::at(Ps when, What what, std::uint32_t core, std::uint32_t id) {
  state_.events.push_back({when, state_.sequence++, what, static_cast<std::uint16_t>(core), id});
  std::push_heap(state_.events.begin(), state_.events.end());
}

bool MachineModel::advance() {
  if (state_.events.empty()) return false;
  state_.now = state_.events.front().at;
  while (!state_.events.empty() && state_.events.front().at == state_.now) {
    std::pop_heap(state_.events.begin(), state_.events.end());
    const Event e = state_.events.back();
    state_.events.pop_back();
    apply(e);
  }
  // What a core may take over changes with the others' work: a few look again, all of few.
  for (std::uint32_t i = 0; i < std::min(costs_.cores, kLookAgain); ++i) {
    state_.idle_turn = state_.idle_turn + 1 == costs_.cores ? 0 : state_.idle_turn + 1;
    look_again(state_.idle_turn);
  }
  return true;
}

void MachineModel::apply(const Event& e) {
  touch(e.core);
  switch (e.what) {
    case What::arrived:
      for (const GroupId g : arrivals_[e.id]) predecessor_done(g);
      break;
    case What::decided: return decided(e.core, e.id);
    case What::fetched: return fetched(e.core, e.id);
    case What::full:
      stir(e.core);
      if (e.id != kNoId) store(e.core, e.id);  // a movement
      else start(e.core);
      break;
    case What::unit_free: return unit_free(e.core, e.id);
    case What::result: store(e.core, e.id); break;
    case What::stored: return stored(e.core, e.id);
    case What::host_free: return stored(0, e.id);
  }
}

std::uint32_t MachineModel::next_awake(std::uint32_t from) const {
  if (from >= costs_.cores) return kNoId;
  std::size_t w = from / 64;
  std::uint64_t bits = state_.awake[w] & (~std::uint64_t{0} << from % 64);
  while (bits == 0) {
    if (++w == state_.awake.size()) return kNoId;
    bits = state_.awake[w];
  }
  return static_cast<std::uint32_t>(w * 64 + static_cast<std::size_t>(std::countr_zero(bits)));
}

}  // namespace tessera::scheduler
