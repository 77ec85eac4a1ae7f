// A machine with its memory, fast enough that a policy can play the next tiles through it before it decides.
//
// It follows the law of execution where an order of tiles can feel it: decisions one after the other, slots with their
// content and their references, places in a core's two queues, output slots that drain, open groups, the array, the
// vector unit with post-operations and tiles of its own, movements, tasks of the host, arrivals, and a memory path that
// serves transfers in order, through a shared SRAM if there is one. It leaves out packets (a transfer takes its share
// of each resource as a whole), bank conflicts, refresh, clock edges, and of the shared SRAM all but the age of what
// it holds. No result of a run depends on its truth.
//
// Plain records in arrays that keep their size: no step allocates. mark() and rewind() go back to an earlier moment at
// the cost of the cores' state and of what changed since.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "scheduler/planning/plan_costs.h"
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

  // docs/semantics.md 7.7 to 7.11.
  [[nodiscard]] bool legal(TileId, std::uint32_t core) const;
  void dispatch(TileId, std::uint32_t core);  // must be legal, by an idle scheduler
  // Of a constant block, by an idle scheduler; false: not legal (7.13).
  bool prefetch(BlockId, std::uint32_t operand, std::uint32_t core);

  // Stages with ready groups, ascending; the ready groups of one by home.
  [[nodiscard]] std::span<const std::uint32_t> active() const { return state_.active; }
  [[nodiscard]] GroupId first_ready(std::uint32_t stage, std::uint32_t home) const;  // kNoId: none among the first few
  [[nodiscard]] GroupId last_ready(std::uint32_t stage, std::uint32_t home) const;
  [[nodiscard]] GroupId first_ready(std::uint32_t stage) const;                      // of any home
  [[nodiscard]] std::uint32_t left(std::uint32_t stage, std::uint32_t home) const {  // groups, some perhaps taken
    const std::size_t i = place(stage, home);
    return words_[tails_ + i] - words_[heads_ + i];
  }
  [[nodiscard]] std::uint32_t homes_of(std::uint32_t stage) const { return homes_[stage]; }
  [[nodiscard]] std::span<const TileId> continuations(std::uint32_t core) const {
    return {state_.cores[core].next, state_.cores[core].nexts};
  }

  // Cores on which something changed since they were put to sleep, from `from`; kNoId: none.
  [[nodiscard]] std::uint32_t next_awake(std::uint32_t from) const;
  void sleep(std::uint32_t core) { state_.awake[core / 64] &= ~(std::uint64_t{1} << core % 64); }
  void wake(std::uint32_t core) { state_.awake[core / 64] |= std::uint64_t{1} << core % 64; }

  // Time that the missing operands of a tile take on the path; `shared_only`: those that other tiles load as well.
  [[nodiscard]] base::Ps missing(TileId, std::uint32_t core, bool shared_only) const;
  [[nodiscard]] base::Ps busy_until(std::uint32_t core, std::uint32_t unit) const {
    return std::max(state_.now, state_.cores[core].busy_until[unit]);
  }
  [[nodiscard]] std::uint32_t queued(std::uint32_t core, std::uint32_t unit) const {
    return costs_.queue - state_.cores[core].places[unit];
  }
  [[nodiscard]] base::Ps path_free() const;  // when the memory path has done all that was queued
  [[nodiscard]] base::Ps occupancy(TileId t) const { return costs_.works[costs_.tiles[t].work].occupancy; }

  void mark();
  void rewind();  // to the mark, which goes

 private:
  static constexpr std::uint32_t kTaken = 0xfffffffe;
  static constexpr std::uint32_t kMostNexts = 8;  // open groups of a core, at most
  static constexpr std::uint32_t kLookAgain = 4;
  static constexpr int kScan = 6;  // groups that are looked at for a ready one
  static constexpr std::uint32_t kMostChannels = 16;

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
  };
  struct Slot {
    BlockId block = kNoId;
    std::uint32_t references = 0;
    base::Ps full_at{0}, used{0};
    bool prefetch = false;  // brought by one and not referenced since
  };
  struct Queue {  // of tiles, linked through next_
    TileId head = kNoId, tail = kNoId;
  };
  struct Core {
    Queue units[2], grants;  // dispatched and not started; first slices without an output slot
    std::uint32_t places[2] = {0, 0}, free_outputs = 0, open = 0, nexts = 0;
    TileId next[kMostNexts] = {};  // later slices that are ready
    bool busy[2] = {false, false};
    base::Ps busy_until[2] = {base::Ps{0}, base::Ps{0}};  // planned, without waits
    base::Ps vector_free{0};                              // post-operations included
  };
  struct State {
    base::Ps now{0};
    std::uint32_t sequence = 0, idle_schedulers = 1, groups_left = 0, dispatched = 0, tiles_left = 0;
    std::vector<Core> cores;
    std::vector<Slot> slots;
    std::vector<Event> events;
    std::vector<std::uint32_t> active;
    std::vector<std::uint64_t> awake;
    base::Ps issue_free[kMostChannels] = {};
    base::Ps path[2] = {}, shared{0}, dram{0}, host_free{0};
    std::int64_t shared_clock = 0;  // bytes that entered the shared SRAM, dead ones taken off
  };

  void at(base::Ps when, What what, std::uint32_t core, std::uint32_t id);
  void apply(const Event&);
  void decided(std::uint32_t core, TileId);
  void start(std::uint32_t core);
  [[nodiscard]] bool startable(const Core&, std::uint32_t core, std::uint32_t unit) const;
  void start_tile(std::uint32_t core, std::uint32_t unit);
  void unit_free(std::uint32_t core, TileId);
  void store(std::uint32_t core, TileId);
  void stored(std::uint32_t core, TileId);
  void release(std::uint32_t core, TileId);
  void predecessor_done(GroupId);
  void make_ready(GroupId);
  void take(GroupId);
  void push(Queue&, std::vector<TileId>& links, TileId);
  void pop(Queue&, const std::vector<TileId>& links);
  [[nodiscard]] base::Ps move(BlockId, bool write);
  [[nodiscard]] bool on_chip(BlockId) const;
  void used_up(BlockId);

  [[nodiscard]] std::size_t slot_base(std::uint32_t core, std::uint32_t o) const {
    return core * (costs_.slots[0] + costs_.slots[1]) + (o == 0 ? 0 : costs_.slots[0]);
  }
  [[nodiscard]] std::uint32_t find(std::uint32_t core, std::uint32_t o, BlockId) const;
  [[nodiscard]] std::uint32_t victim(std::uint32_t core, std::uint32_t o, bool demand) const;
  [[nodiscard]] std::size_t place(std::uint32_t stage, std::uint32_t home) const {
    return std::size_t{stage} * costs_.cores + home;
  }

  const PlanCosts& costs_;
  const TileGraph& graph_;
  State state_, marked_;

  // By tile: its slots, whether its decision loads them; links of queues. Not undone: a tile that is dispatched again
  // writes them again.
  std::vector<std::uint32_t> slot_of_[2];
  std::vector<std::uint8_t> loads_;
  std::vector<TileId> next_, next_grant_;
  // Groups by stage and home, ascending, and where each (stage, home) begins.
  std::vector<GroupId> lists_;
  std::vector<std::uint32_t> list_begin_, homes_;
  std::vector<std::vector<GroupId>> arrivals_;
  // In words_: pending by group; heads, tails by (stage, home); ready groups, launched, first group not taken by stage;
  // with a shared SRAM its clock at stores by group and at loads by block, operands left by buffer.
  UndoWords words_;
  std::size_t heads_ = 0, tails_ = 0, ready_ = 0, launched_ = 0, firsts_ = 0, stored_at_ = 0, loaded_at_ = 0, uses_ = 0;
  std::uint32_t idle_turn_ = 0;
};

}  // namespace tessera::scheduler
