#include "scheduler/dispatch/buffer_use.h"

#include <algorithm>
#include <cassert>

namespace tessera::scheduler {

BufferUse::BufferUse(const TileGraph& graph, const arch::NpuSpec& npu, Machine& machine)
    : graph_(graph), machine_(machine) {
  if (npu.shared_sram.capacity.count() == 0) return;
  for (const Buffer& buffer : graph.buffers) left_.push_back(buffer.loads);
  waiting_.resize(static_cast<std::size_t>(npu.cores * (graph.slots[0] + graph.slots[1])));
}

std::vector<BlockId>& BufferUse::waiting(std::uint32_t core, std::uint32_t region, std::uint32_t slot) {
  const auto inputs = static_cast<std::uint32_t>(graph_.slots[0]),
             both = inputs + static_cast<std::uint32_t>(graph_.slots[1]);
  return waiting_[core * both + region * inputs + slot];
}

void BufferUse::full(BlockId operand) {
  if (left_.empty()) return;
  const std::uint32_t b = graph_.blocks[operand].buffer;
  if (b == kNoId) return;
  assert(left_[b] > 0);
  if (--left_[b] == 0) machine_.drop(graph_.buffers[b].begin, graph_.buffers[b].end);
}

void BufferUse::filling(std::uint32_t core, std::uint32_t region, std::uint32_t slot, BlockId operand) {
  if (!left_.empty()) waiting(core, region, slot).push_back(operand);
}

void BufferUse::slot_full(std::uint32_t core, std::uint32_t region, std::uint32_t slot) {
  if (left_.empty()) return;
  auto& operands = waiting(core, region, slot);
  for (const BlockId operand : operands) full(operand);
  operands.clear();
}

void BufferUse::not_full(BlockId operand) {
  if (left_.empty() || graph_.blocks[operand].buffer == kNoId) return;
  assert(!forgotten(operand));
  ++left_[graph_.blocks[operand].buffer];
}

void BufferUse::not_filling(std::uint32_t core, std::uint32_t region, std::uint32_t slot, BlockId operand) {
  if (left_.empty()) return;
  auto& operands = waiting(core, region, slot);
  const auto it = std::find(operands.begin(), operands.end(), operand);
  assert(it != operands.end());
  operands.erase(it);
}

}  // namespace tessera::scheduler
