#include "scheduler/planning/memory_path.h"

#include <algorithm>

namespace tessera::scheduler {

using base::Ps;

MemoryPath::MemoryPath(const PlanCosts& costs)
    : costs_(costs), channels_(std::min(costs.channels, State::kMostChannels)),
      parts_(std::min(costs.parts, channels_)) {
  if (!costs.shared_sram) return;
  const TileGraph& graph = *costs.graph;
  loaded_ = stored_ + graph.groups.size();
  uses_ = loaded_ + graph.blocks.size();
  words_.assign(uses_ + graph.buffers.size());
  for (std::size_t b = 0; b < graph.buffers.size(); ++b) words_.set(uses_ + b, graph.buffers[b].loads);
}

void MemoryPath::mark() {
  marked_ = state_;
  words_.mark();
}
void MemoryPath::rewind(Branch& left) {
  left.state = state_;
  state_ = marked_;
  words_.undo_to_mark(left.words);
}
void MemoryPath::go_to(Branch& branch) {
  std::swap(state_, branch.state);
  words_.redo(branch.words);
}
void MemoryPath::go_back(Branch& branch) {
  std::swap(state_, branch.state);
  words_.undo(branch.words);
}

Ps MemoryPath::free(Ps now) const {
  Ps issue = state_.issue[0];
  for (std::uint32_t c = 1; c < channels_; ++c) issue = std::min(issue, state_.issue[c]);
  return std::max({state_.dram, state_.shared, state_.path[0], now, issue});
}

// What came in and was not driven out by what came later.
bool MemoryPath::on_chip(BlockId b) const {
  std::uint32_t since = words_[loaded_ + b];
  const auto producers = costs_.graph->producers(b);
  if (!producers.empty())
    since = std::max(since, std::min(words_[stored_ + producers.front()], words_[stored_ + producers.back()]));
  return since != 0 && state_.shared_clock - std::int64_t{since} * 256 < costs_.shared_bytes;
}

void MemoryPath::stored(GroupId g) {
  if (costs_.shared_sram) words_.set(stored_ + g, age());
}

void MemoryPath::used_up(BlockId b) {
  if (!costs_.shared_sram) return;
  const std::uint32_t buffer = costs_.graph->blocks[b].buffer;
  if (buffer == kNoId || words_[uses_ + buffer] == 0) return;
  words_.set(uses_ + buffer, words_[uses_ + buffer] - 1);
  if (words_[uses_ + buffer] != 0) return;
  const std::int64_t bytes = costs_.graph->buffers[buffer].end - costs_.graph->buffers[buffer].begin;
  state_.shared_clock = std::max<std::int64_t>(0, state_.shared_clock - std::min(bytes, costs_.shared_bytes));
}

// A transfer goes through each stage of the path and needs all of them; its parts go by channels of their own.
Ps MemoryPath::move(BlockId b, bool write, Ps now) {
  const MoveCost& m = costs_.blocks[b].move;
  bool chip = false;
  Ps dram = m.dram;
  if (costs_.shared_sram) {
    chip = write ? !costs_.graph->blocks[b].network_output : on_chip(b);
    // What was written and is no longer there was written back before.
    if (!chip && !write && !costs_.graph->producers(b).empty()) dram += m.dram;
    if (write || !chip) state_.shared_clock += costs_.graph->blocks[b].bytes;
    if (!write) words_.set(loaded_ + b, age());
  }
  const Ps of_part{base::ceil_div(m.issue.count(), std::int64_t{parts_})};
  Ps begin = base::kNever, end{0};
  for (std::uint32_t part = 0; part < parts_; ++part) {
    Ps& channel = *std::min_element(state_.issue, state_.issue + channels_);
    const Ps from = std::max(channel, now);
    begin = std::min(begin, from);
    end = std::max(end, channel = from + of_part);
  }
  const auto occupy = [&](Ps& free, Ps time) { return free = std::max(free, begin) + time; };
  end = std::max(end, occupy(state_.path[costs_.full_duplex && write], m.path));
  if (costs_.shared_sram) end = std::max(end, occupy(state_.shared, m.shared));
  if (!chip) end = std::max(end, occupy(state_.dram, dram));
  return end + (write ? costs_.write_way : costs_.read_way) + (chip ? Ps{0} : costs_.far);
}

}  // namespace tessera::scheduler
