// A machine with its memory, fast enough that a policy can play the next tiles through it before it decides.
//
// It follows the law of execution where an order of tiles can feel it: decisions one after the other, slots with their
// content and their references, places in a core's two queues, output slots that drain, open groups, the array, the
// vector unit with post-operations and tiles of its own, movements, tasks of the host, arrivals, and a memory path
// (MemoryPath). It leaves out packets, bank conflicts, refresh, clock edges, and weights that a region holds back for
// others. No result of a run depends on its truth.
//
// Plain records in arrays that keep their size: no step allocates once they have grown. mark() and rewind() go back to
// an earlier moment at the cost of what changed since; go_to() and go_back() change between the two.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "scheduler/planning/memory_path.h"
#include "scheduler/planning/plan_costs.h"
#include "scheduler/planning/ready_groups.h"
#include "scheduler/planning/undo_words.h"

namespace tessera::scheduler {

class MachineModel {
 public:
  explicit MachineModel(const PlanCosts&);

  // To the next time at which something happens; all that happens then has happened. false: nothing is to come.
  bool advance();
  [[nodiscard]] base::Ps now() const { return state_.now; }
  [[nodiscard]] bool may_decide() const { return state_.idle_schedulers > 0; }
  [[nodiscard]] std::uint32_t groups_left() const { return state_.groups_left; }  // not stored
  [[nodiscard]] std::uint32_t dispatched() const { return state_.dispatched; }    // tiles
  [[nodiscard]] std::uint32_t tiles_left() const { return state_.tiles_left; }    // not dispatched; without the host's
  [[nodiscard]] const PlanCosts& costs() const { return costs_; }
  [[nodiscard]] const ReadyGroups& ready() const { return ready_; }

  // docs/semantics.md 7.7 to 7.11.
  [[nodiscard]] bool legal(TileId, std::uint32_t core) const;
  [[nodiscard]] bool room(TileKind kind, std::uint32_t core) const {  // in the queue; necessary for a legal tile
    return kind == TileKind::movement || cores_[core].places[kind == TileKind::vector] != 0;
  }
  void dispatch(TileId, std::uint32_t core);  // must be legal, by an idle scheduler
  // Of a constant block, by an idle scheduler; false: not legal (7.13).
  bool prefetch(BlockId, std::uint32_t operand, std::uint32_t core);
  // Later slices that are ready.
  [[nodiscard]] std::span<const TileId> continuations(std::uint32_t core) const {
    return {&nexts_[core * costs_.slots[2]], cores_[core].nexts};
  }

  // Cores that may have come to have room, or a tile, since they were put to sleep, from `from`; kNoId: none.
  [[nodiscard]] std::uint32_t next_awake(std::uint32_t from) const;
  void sleep(std::uint32_t core) { state_.awake[core / 64] &= ~(std::uint64_t{1} << core % 64); }
  void wake(std::uint32_t core) { state_.awake[core / 64] |= std::uint64_t{1} << core % 64; }
  // Ready groups wake these cores, by group, instead of their homes.
  void wake_at(std::span<const std::uint32_t> cores) { woken_ = cores; }
  // Cores where an operand came or a slot lost a reference since the last call; not undone by rewind().
  void take_stirred(std::vector<std::uint64_t>& into) {
    for (std::size_t w = 0; w < stirred_.size(); ++w) into[w] |= std::exchange(stirred_[w], 0);
  }
  [[nodiscard]] bool holds(std::uint32_t core, std::uint32_t operand, BlockId block) const {
    return find(core, operand, block) != kNoId;
  }
  // The core with which a look at some of them begins; moves on by so many.
  std::uint32_t turn(std::uint32_t by) {
    const std::uint32_t at = state_.turn;
    if (costs_.cores > by) state_.turn = (at + by) % costs_.cores;
    return at;
  }

  // Time that the missing operands of a tile take on the path; `shared`: of it, what other tiles load as well.
  struct Missing {
    base::Ps all{0}, shared{0};
  };
  [[nodiscard]] Missing missing(TileId, std::uint32_t core) const;
  [[nodiscard]] base::Ps busy_until(std::uint32_t core, std::uint32_t unit) const {
    return std::max(state_.now, cores_[core].busy_until[unit]);
  }
  [[nodiscard]] std::uint32_t queued(std::uint32_t core, std::uint32_t unit) const {
    return costs_.queue - cores_[core].places[unit];
  }
  [[nodiscard]] base::Ps path_free() const { return path_.free(state_.now); }
  // When the stores of all that was dispatched have gone, if nothing but they uses the path.
  [[nodiscard]] base::Ps stores_until() const { return state_.stores_until; }
  // Tiles that a core was given; how many had been dispatched when the stage's last one was, 0: none of it yet.
  [[nodiscard]] std::uint32_t given(std::uint32_t core) const { return cores_[core].given; }
  [[nodiscard]] std::uint32_t last_of(std::uint32_t stage) const { return words_[launched_ + stage]; }

 private:
  enum class What : std::uint8_t { arrived, decided, fetched, full, unit_free, result, stored, host_free };
  struct Event {
    base::Ps at;
    std::uint32_t sequence;
    What what;
    std::uint16_t core;
    std::uint32_t id;
    friend bool operator<(const Event& a, const Event& b) {  // the heap's top is the earliest
      return a.at != b.at ? a.at > b.at : a.sequence > b.sequence;
    }
    friend bool operator==(const Event&, const Event&) = default;
  };
  struct Slot {
    BlockId block = kNoId;
    std::uint32_t references = 0;
    base::Ps full_at{0}, used{0};
    bool prefetch = false;  // brought by one and not referenced since
    friend bool operator==(const Slot&, const Slot&) = default;
  };
  struct Queue {  // of tiles, linked
    TileId head = kNoId, tail = kNoId;
    friend bool operator==(const Queue&, const Queue&) = default;
  };
  struct Core {
    Queue units[2], grants;  // dispatched and not started; first slices without an output slot
    std::uint32_t places[2] = {0, 0}, free_outputs = 0, open = 0, nexts = 0, given = 0;
    std::uint32_t evictable[2] = {0, 0};  // slots without reference
    bool busy[2] = {false, false};
    base::Ps busy_until[2] = {base::Ps{0}, base::Ps{0}};  // planned, without waits
    base::Ps vector_free{0};                              // post-operations included
    friend bool operator==(const Core&, const Core&) = default;
  };
  // What is copied as a whole; cores are copied when they change for the first time since the mark.
  struct State {
    base::Ps now{0}, host_free{0}, stores_until{0};
    std::uint32_t sequence = 0, idle_schedulers = 1, groups_left = 0, dispatched = 0, tiles_left = 0, turn = 0,
                  idle_turn = 0;
    std::vector<Event> events;
    std::vector<std::uint64_t> awake;
    friend bool operator==(const State&, const State&) = default;
  };
  struct Copies {
    std::vector<std::pair<std::uint32_t, Core>> cores;
    std::vector<Slot> slots;
    std::vector<TileId> nexts;
  };

 public:
  // What came after a mark.
  class Branch {
    friend class MachineModel;
    State state_;
    MemoryPath::Branch path_;
    UndoWords::Changes words_, ready_;
    Copies copies_;
  };
  void mark();
  void rewind(Branch& left);  // to the mark, which goes; `left` gets what was left
  void go_to(Branch&);        // from where the mark was to where it was left
  void go_back(Branch&);      // and back again
  // Whether whatever is done next has the same effect in both, word for word.
  friend bool operator==(const MachineModel&, const MachineModel&);

 private:
  static constexpr std::uint32_t kLookAgain = 4;
  // Of a word in bound_.
  static constexpr std::uint32_t kNoSlot = 0xfff, kSlotBits = 12, kLoads = 24, kGranted = 1U << 26, kDecided = 1U << 27;

  // Nothing has come to be legal there by itself, but others may spare something: of no use without an input slot.
  void look_again(std::uint32_t core) {
    if (cores_[core].evictable[0] != 0) wake(core);
  }
  void stir(std::uint32_t core) { stirred_[core / 64] |= std::uint64_t{1} << core % 64; }
  void at(base::Ps when, What what, std::uint32_t core, std::uint32_t id);
  void apply(const Event&);
  void touch(std::uint32_t core);
  void swap_copies(Copies&);
  // machine_actions.cpp: slots and decisions
  [[nodiscard]] std::uint32_t find(std::uint32_t core, std::uint32_t o, BlockId) const;
  [[nodiscard]] std::uint32_t victim(std::uint32_t core, std::uint32_t o, bool demand) const;
  std::uint32_t bind(std::uint32_t core, std::uint32_t o, BlockId, std::uint32_t& loads);
  void promise_store(TileId, base::Ps result);
  void decided(std::uint32_t core, TileId);
  void fetched(std::uint32_t core, std::uint32_t slot);
  void release(std::uint32_t core, TileId);
  // machine_units.cpp: queues, units, stores, what they make ready
  void push(Queue&, std::size_t links, TileId);
  void pop(Queue&, std::size_t links);
  void start(std::uint32_t core);
  [[nodiscard]] bool startable(const Core&, std::uint32_t core, std::uint32_t unit) const;
  void start_tile(std::uint32_t core, std::uint32_t unit);
  void unit_free(std::uint32_t core, TileId);
  void store(std::uint32_t core, TileId);
  void stored(std::uint32_t core, TileId);
  void predecessor_done(GroupId);
  void make_ready(GroupId);

  [[nodiscard]] std::size_t slot_base(std::uint32_t core, std::uint32_t o) const {
    return core * (costs_.slots[0] + costs_.slots[1]) + (o == 0 ? 0 : costs_.slots[0]);
  }
  // The slot of a dispatched tile's operand, within its core; kNoSlot: it has none.
  [[nodiscard]] std::uint32_t slot_of(TileId t, std::uint32_t o) const {
    return words_[bound_ + t] >> o * kSlotBits & kNoSlot;
  }
  Slot& slot(std::uint32_t core, std::uint32_t i) { return slots_[slot_base(core, 0) + i]; }
  [[nodiscard]] const Slot& slot(std::uint32_t core, std::uint32_t i) const { return slots_[slot_base(core, 0) + i]; }

  const PlanCosts& costs_;
  const TileGraph& graph_;
  std::vector<std::vector<GroupId>> arrivals_;
  State state_, marked_;
  MemoryPath path_;
  ReadyGroups ready_;
  std::vector<Core> cores_;
  std::vector<Slot> slots_;             // by core: inputs, weights
  std::vector<TileId> nexts_;           // by core
  Copies copies_;                       // of cores before their first change since the mark
  std::vector<std::uint32_t> touched_;  // by core: the mark since which it has a copy
  std::uint32_t marks_ = 0;
  std::span<const std::uint32_t> woken_;  // by group: the core that a ready group wakes
  std::vector<std::uint64_t> stirred_;
  bool is_marked_ = false;
  // In words_: predecessors pending by group; by tile what it is bound to (slots of its operands, which of them it
  // loads, whether its decision has ended and it was granted an output slot) and the tiles behind it in the queues of
  // its unit and of the grants; by stage how many tiles had been dispatched with its last one.
  UndoWords words_;
  std::size_t bound_ = 0, behind_ = 0, granted_behind_ = 0, launched_ = 0;
};

}  // namespace tessera::scheduler
