// The input or the weight region of one core: its slots, what each holds, and who still needs it.
//
// Stands for the slot table of the core's sequencer. A slot is empty, filling or full, with a count of the tiles that
// refer to it; at 0 it stays full (cached) until it is somebody's victim. Knows nothing of time's order, of transfers'
// contents or of policies; the dispatcher tells it what happened.
#pragma once

#include <cstdint>
#include <vector>

#include "base/units.h"
#include "scheduler/dispatch/cause.h"
#include "scheduler/dispatch/shared_weights.h"
#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

inline constexpr std::uint32_t kNoSlot = 0xffffffff;

struct OperandSlot {
  enum class State : std::uint8_t { empty, filling, full };
  State state = State::empty;
  bool prefetch = false;  // brought by a Prefetch and not referenced since
  BlockId block = kNoId;
  TileId tile = kNoId;  // for whom it was brought
  std::uint32_t references = 0;
  std::uint32_t job = kNoId;  // the transfer job that fills it
  base::Ps fill_from{0};      // victim taken
  base::Ps issued_at{0};      // every part of the fill has had a packet granted
  base::Ps last_use{0};       // last release, or full_at if never used
  base::Ps hold_from{0};      // first reference, or full if referenced before
  Cause content;              // the decision that chose what it holds
  Cause full;                 // the load that filled it
};

class OperandRegion {
 public:
  // `shared`: weights to be kept; null: none.
  OperandRegion(const TileGraph& graph, std::uint32_t slots, const SharedWeights* shared = nullptr)
      : graph_(&graph), shared_(shared != nullptr && shared->any() ? shared : nullptr), slots_(slots), held_(slots),
        evictable_(slots) {}

  // A full or filling slot whose box of the same tensor (and request, if an activation) contains the block: full
  // before filling, then lowest index (docs/semantics.md 6.7 and 6.8). kNoSlot = a load is needed.
  [[nodiscard]] std::uint32_t find(BlockId) const;
  // The victim of docs/semantics.md 6.9: `demand` for a Dispatch, which may evict what a Prefetch brought; without it
  // for a Prefetch, which may not. kNoSlot: there is none; a Dispatch then waits.
  [[nodiscard]] std::uint32_t victim(bool demand) const;
  // Whether all slots without reference keep weights that are still needed, so that there is no victim.
  [[nodiscard]] bool holds_back() const { return shared_ != nullptr && evictable_ != 0 && victim(true) == kNoSlot; }
  [[nodiscard]] std::uint32_t evictable() const { return evictable_; }  // slots without reference
  [[nodiscard]] bool prefetch_filling() const { return prefetching_ != 0; }

  // The old content is gone; the slot is filling. `demand`: with its first reference.
  void take(std::uint32_t slot, BlockId, TileId, base::Ps now, const Cause& why, bool demand);
  void reference(std::uint32_t slot, base::Ps now);
  void fill_done(std::uint32_t slot, base::Ps now, base::Ps issued_at, std::uint64_t load_record);
  // True if this was the last reference. The slot is full, unless its tile was taken back.
  bool release(std::uint32_t slot, base::Ps now, std::uint64_t record);
  // Of a slot whose load was cancelled: nobody finds what it was to hold; and it is empty again, with its last
  // reference.
  void conceal(std::uint32_t slot) { held_[slot] = {}; }
  void abandon(std::uint32_t slot, base::Ps now, std::uint64_t record);

  [[nodiscard]] const OperandSlot& operator[](std::uint32_t i) const { return slots_[i]; }
  [[nodiscard]] OperandSlot& operator[](std::uint32_t i) { return slots_[i]; }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(slots_.size()); }
  // Since when a slot is without reference, if one is; and since when one that keeps nothing.
  [[nodiscard]] const Cause& evictable_since() const { return evictable_since_; }
  [[nodiscard]] const Cause& others_since() const { return others_since_; }
  [[nodiscard]] bool serves(BlockId held, BlockId wanted) const;

 private:
  [[nodiscard]] bool needed(const OperandSlot& s) const {
    return shared_ != nullptr && s.state != OperandSlot::State::empty && shared_->needed(s.block);
  }
  // Where all slots hold weights that are needed: the one that was taken last, which gives way so that work goes on.
  [[nodiscard]] std::uint32_t gives_way() const;
  [[nodiscard]] bool kept(std::uint32_t slot) const { return needed(slots_[slot]) && slot != gives_way(); }
  void freed(std::uint32_t slot, bool none, const Cause&);

  // What a slot holds, as find() asks it of slot after slot: all boxes of one tensor (and request) have one owner.
  struct Held {
    std::uint64_t owner = kNobody;
    models::Box box;
  };
  static constexpr std::uint64_t kNobody = ~std::uint64_t{0};
  [[nodiscard]] std::uint64_t owner(BlockId b) const {
    const Block& block = graph_->blocks[b];
    return std::uint64_t{block.root} << 33 | (block.constant ? 1U : std::uint64_t{block.request} << 1);
  }

  const TileGraph* graph_;
  const SharedWeights* shared_;  // null: nothing is kept
  std::vector<OperandSlot> slots_;
  std::vector<Held> held_;  // by slot
  std::uint32_t evictable_;
  std::uint32_t prefetching_ = 0;  // unreferenced prefetches that are filling
  Cause evictable_since_, others_since_;
};

}  // namespace tessera::scheduler
