// Run-time state of tiles, groups and cores. Plain data of the dispatcher; the rules are in the files beside it.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "base/byte_rate.h"
#include "base/units.h"
#include "scheduler/dispatch/cause.h"
#include "scheduler/dispatch/journal.h"
#include "scheduler/dispatch/operand_region.h"
#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

inline constexpr std::uint32_t kArray = 0, kVector = 1;  // index of CoreState::unit

struct TileState {
  enum class Phase : std::uint8_t { waiting, ready, deciding, dispatched, returning, running, computed, done };
  Phase phase = Phase::waiting;
  bool loads[2] = {false, false};    // input, weight: this decision took a victim, else a hit
  bool fetched[2] = {false, false};  // of a hit: a Prefetch had brought it, and this was its first use
  bool computed = false, result = false;
  std::uint32_t slot[2] = {kNoSlot, kNoSlot};
  std::uint32_t core = 0;
  Cause ready;
  Cause decision;           // its end
  base::Ps computed_at{0};  // occupancy end
  std::uint64_t compute_record = 0;
  std::uint32_t compute_task = 0;
};

struct GroupState {
  std::uint32_t pending = 0;       // predecessors not stored, and the arrival
  std::uint32_t results_left = 0;  // slices
  std::uint32_t output_slot = kNoSlot;
  bool post_result = false;  // last result + pipeline latency has passed
  base::Ps post_result_at{0};
  bool done = false;
  Cause ready, grant, result;
  base::Ps done_at{0};
  std::uint64_t taken_back = 0;  // the run's progress when it was, from 1; 0: never
};

// The PE array or the vector unit of a core with the tiles that were dispatched to it.
struct UnitState {
  std::deque<TileId> tiles;  // places held, in dispatch order
  bool busy = false;
  TileId running = kNoId;
  base::Ps started{0};
  Cause start_cause;  // of what runs
  base::Ps idle_since{0};
  Cause last;               // end of the task before
  Cause room;               // when the queue was last full and got a place
  Cause cleared;            // when a tile was taken back that stood before others in the queue
  base::Ps planned_end{0};  // of what runs, without conflicts
  base::Ps queued{0};       // predicted time of `tiles`
  TileId judged = kNoId;    // `idle` explains the time before this tile's decision
  std::vector<Idle> idle;
};

struct OutputSlot {
  enum class State : std::uint8_t { empty, accumulating, draining };
  State state = State::empty;
  TileId tile = kNoId;  // first of the group
  base::Ps since{0};
  Cause emptied;
};

// A post-operation that reached its start point and waits for the vector unit, or runs on it.
struct Post {
  TileId tile = kNoId;
  base::Ps start_point{0};
};

struct CoreState {
  CoreState(const TileGraph& graph, const SharedWeights& shared, std::uint32_t inputs, std::uint32_t weights,
            std::uint32_t outputs)
      : region{OperandRegion(graph, inputs), OperandRegion(graph, weights, &shared)}, output(outputs),
        free_outputs(outputs) {}

  OperandRegion region[2];
  std::vector<OutputSlot> output;
  std::uint32_t free_outputs;
  UnitState unit[2];
  std::deque<TileId> awaiting_grant;  // first slices without an output slot, in dispatch order
  Cause granted;                      // the grant before: no tile is granted a slot before it
  std::deque<Post> posts;
  bool post_runs = false, post_cycles_done = false;
  base::Ps post_worked_until{0};  // end of the post's own cycles; what follows them is a wait
  std::uint32_t open = 0;         // groups between first and last slice's decision
  Cause open_room;
  std::vector<TileId> continuations;  // later slices that are ready here
  std::vector<TileId> movements;      // dispatched, operand not full
  base::Ps drain_end{0};              // of the last drain record, and which it was
  std::uint64_t drain_record = 0;
  base::Ps edge_timer{-1};  // the clock edge for which a timer is set
  bool touched = false;
  std::uint8_t lacks = 0xff;  // what a tile may need and the core has none of, as bits
  bool new_slice = false;     // a later slice has become ready here since the last look
  CoreJournal journal;
  std::size_t prune_at = 64;
};

// The host's processor, which runs one task at a time in the order in which they become ready.
struct HostState {
  std::deque<TileId> waiting;
  TileId running = kNoId;
  base::Ps started{0};
  Cause cause;  // of what runs
  Cause last;   // end of the task before
};

struct SchedulerState {
  enum class Work : std::uint8_t { dispatch, prefetch, undispatch, cap };
  bool busy = false, asleep = false;
  Work work = Work::dispatch;
  bool wait_recorded = false;  // its last recorded answer was a Wait for the next event
  TileId tile = kNoId;
  std::uint8_t operand = 0;   // prefetch
  std::uint32_t channel = 0;  // cap
  base::ByteRate rate;        // cap
  std::uint32_t core = 0, job = kNoId;
  base::Ps start{0};
  Cause cause;  // of the decision that runs
  Cause free;   // end of the one before
};

}  // namespace tessera::scheduler
