#include "scheduler/dispatch/operand_region.h"

#include <cassert>

namespace tessera::scheduler {

using State = OperandSlot::State;

bool OperandRegion::serves(BlockId held, BlockId wanted) const {
  if (held == wanted) return true;
  const Block& h = graph_->blocks[held];
  const Block& w = graph_->blocks[wanted];
  if (h.root != w.root || h.constant != w.constant) return false;
  return (h.constant || h.request == w.request) && h.box.contains(w.box);
}

std::uint32_t OperandRegion::find(BlockId block) const {
  std::uint32_t filling = kNoSlot;
  const std::uint64_t wanted = owner(block);
  const models::Box& box = graph_->blocks[block].box;
  for (std::uint32_t i = 0; i < held_.size(); ++i) {
    const Held& h = held_[i];
    if (h.owner != wanted || !h.box.contains(box)) continue;
    if (slots_[i].state == State::full) return i;
    if (filling == kNoSlot) filling = i;
  }
  return filling;
}

std::uint32_t OperandRegion::gives_way() const {
  std::uint32_t last = 0;
  for (std::uint32_t i = 0; i < size(); ++i) {
    if (!needed(slots_[i])) return kNoSlot;
    if (slots_[i].fill_from >= slots_[last].fill_from) last = i;
  }
  return last;
}

std::uint32_t OperandRegion::victim(bool demand) const {
  std::uint32_t oldest = kNoSlot, prefetch = kNoSlot;
  const std::uint32_t spare = shared_ == nullptr ? kNoSlot : gives_way();
  for (std::uint32_t i = 0; i < size(); ++i) {
    const OperandSlot& s = slots_[i];
    if (s.state == State::empty) return i;
    if (s.references != 0 || (s.prefetch && !demand)) continue;
    if (s.state == State::filling) {
      if (prefetch == kNoSlot) prefetch = i;
    } else if ((i == spare || !needed(s)) && (oldest == kNoSlot || s.last_use < slots_[oldest].last_use)) {
      oldest = i;
    }
  }
  return oldest != kNoSlot ? oldest : prefetch;
}

void OperandRegion::take(std::uint32_t slot, BlockId block, TileId tile, base::Ps now, const Cause& why, bool demand) {
  OperandSlot& s = slots_[slot];
  assert(s.references == 0);
  if (s.state == State::filling) --prefetching_;
  s = OperandSlot{};
  s.state = State::filling;
  s.block = block;
  held_[slot] = {owner(block), graph_->blocks[block].box};
  s.tile = tile;
  s.prefetch = !demand;
  s.fill_from = now;
  s.content = why;
  s.references = demand ? 1 : 0;
  demand ? --evictable_ : ++prefetching_;
}

void OperandRegion::reference(std::uint32_t slot, base::Ps now) {
  OperandSlot& s = slots_[slot];
  if (s.references++ == 0) {
    --evictable_;
    if (s.state == State::filling) --prefetching_;
    s.hold_from = now;
  }
  s.prefetch = false;
}

void OperandRegion::fill_done(std::uint32_t slot, base::Ps now, base::Ps issued_at, std::uint64_t load_record) {
  OperandSlot& s = slots_[slot];
  assert(s.state == State::filling);
  if (s.references == 0) --prefetching_;
  s.state = State::full;
  s.issued_at = issued_at;
  s.last_use = s.hold_from = now;
  s.full = {now, load_record, trace::Link::none};
}

bool OperandRegion::release(std::uint32_t slot, base::Ps now, std::uint64_t record) {
  OperandSlot& s = slots_[slot];
  assert(s.state != State::empty && s.references != 0);
  if (s.state == State::full) s.last_use = now;
  const bool none = shared_ != nullptr && victim(true) == kNoSlot;
  if (--s.references != 0) return false;
  if (s.state == State::filling) ++prefetching_;
  freed(slot, none, {now, record, trace::Link::operand_slot});
  return true;
}

void OperandRegion::abandon(std::uint32_t slot, base::Ps now, std::uint64_t record) {
  assert(slots_[slot].state == State::filling && slots_[slot].references == 1);
  const bool none = shared_ != nullptr && victim(true) == kNoSlot;
  slots_[slot] = OperandSlot{};
  freed(slot, none, {now, record, trace::Link::operand_slot});
}

// `none`: before, there was no victim.
void OperandRegion::freed(std::uint32_t slot, bool none, const Cause& why) {
  if (none && !kept(slot)) others_since_ = why;
  if (evictable_++ == 0) evictable_since_ = why;
}

}  // namespace tessera::scheduler
