// What the judges of a trace know: the trace's head, and what the records have shown so far. Private to check*.cpp.
//
// Records are judged as they come, against those before them: a trace is written in the order in which spans end, and
// whatever a record depends on has ended. What only the whole trace can show is judged at the end.
#pragma once

#include <utility>
#include <vector>

#include "base/clock.h"
#include "trace/analysis/critical_path.h"
#include "trace/analysis/intervals.h"
#include "trace/analysis/judgement.h"
#include "trace/file/run_facts.h"
#include "trace/file/tile_table.h"
#include "trace/file/trace_header.h"
#include "trace/record/spans.h"

namespace tessera::trace {

using base::Ps;

// What a trace can show.
struct Scene {
  Scene(const TraceHeader&, const TileTable&, const Trailer*);
  const TraceHeader& header;
  const TileTable& tiles;
  const Trailer* trailer;  // null: truncated
  RunFacts facts;
  base::Clock core_clock, interconnect_clock;
  std::uint64_t lost = 0;        // records, by the trailer
  bool tile_level = false;       // the records of tiles are kept
  bool lossless = false;         // none of them is missing (before the cut, of a truncated trace)
  bool clean = false;            // the run ended
  bool answers = false;          // the policy's answers are there
  bool without_answers = false;  // the run's policy was recorded, and the device's trace has no place for it
  bool table = false;            // there is a tile table, and its groups and edges can be followed
  [[nodiscard]] bool whole() const { return tile_level && lossless && table; }
  [[nodiscard]] bool all() const { return whole() && clean; }
  [[nodiscard]] std::uint16_t core_of(std::uint16_t unit) const { return header.units[unit].core; }
};

// What the tile table says beyond its rows.
class TileLinks {
 public:
  TileLinks() = default;
  explicit TileLinks(const TileTable&);  // of a sound table
  struct Producer {
    std::uint32_t tile;  // the last of its group
    bool control;
  };
  // Whom the group of `first`, its first tile, waits for.
  [[nodiscard]] std::span<const Producer> producers(std::uint32_t first) const {
    return std::span<const Producer>(producers_).subspan(start_[first], start_[first + 1] - start_[first]);
  }

 private:
  std::vector<std::uint32_t> start_;  // by first tile
  std::vector<Producer> producers_;
};

// The tiles of one operator in one request: they stand together in the table.
struct OperatorRun {
  std::uint32_t request, op, first, count;
  Ps from{-1}, to{-1};  // first decision, last store
  bool recorded = false;
  std::int64_t launch = -1;    // cycles of the first decision; -1 where the end of the run cut it
  std::uint32_t launched = 0;  // its tile
};

struct TileSeen {
  std::uint64_t decision = 0, task = 0, post = 0, store = 0;  // ids of records; of the store its last part
  std::uint64_t load[2] = {0, 0};                             // last part of the operand's own load
  std::uint64_t ready = 0;                                    // what made the tile ready
  std::uint64_t taken_back = 0;                               // the last Undispatch of its group, by its first slice
  Ps decided{-1}, dispatched{-1}, ready_at{-1}, started{-1}, ended{-1}, stored_at{-1}, taken_back_at{-1};
  std::int64_t bytes[2] = {0, 0};  // own loads of input and weight
  std::int64_t stored = 0;
  std::uint16_t core = 0xffff;
  std::uint8_t decisions = 0, tasks = 0, posts = 0, drains = 0;
  std::uint32_t task_number = 0, store_number = 0;  // of its compute, of its store
};

struct LaneSeen {
  std::uint64_t records = 0;
  std::uint64_t last = 0;  // id of the last span that does not nest
  std::uint64_t task = 0;  // of those the last that is no stall
  Ps task_end{0};
  Ps start{0}, end{0};  // of that span
  std::uint32_t tile = kNoTile;
  Name name = Name::stall;
  bool stalled = false;  // the last span is a stall, which the task of `tile` ends
  bool over = false;     // a stall without a task: nothing follows
  Ps inner{-1};          // end of an inner stall that another one must follow
  std::int64_t bytes = 0, macs = 0;
  Ps waits[3] = {Ps{0}, Ps{0}, Ps{0}};
  Ps sampled{-1};
  std::int64_t value = 0;
  // Of a slot: what it was filled for, and what filled it last.
  std::uint32_t filled_for = kNoTile;
  Ps full{-1}, load_end{-1};
  std::uint64_t load = 0;
  std::uint32_t load_tile = kNoTile, load_number = 0;
  std::uint64_t load_cause = 0;
  std::int64_t load_bytes = 0;
  Name owed = Name::stall;  // what must follow: the hold of a fill, the draining of an accumulation; stall: nothing
  // Folds of the compute that came last.
  Ps folded{-1}, compute_start{0}, compute_end{0}, held{0};
  std::int64_t fold_macs = 0, compute_macs = 0;
  std::uint64_t compute = 0;
  std::uint32_t compute_tile = kNoTile, compute_task = 0;
  std::uint16_t fold_rows = 0, compute_rows = 0, fold_columns = 0, compute_columns = 0;
};

struct TaskSeen {
  std::uint32_t tile = kNoTile;
  Name name = Name::stall;  // stall: no record
  Operand operand = Operand::none;
  Ps given{0};  // when it got its number
};

struct CoreSeen {
  std::vector<Ps> decided;                   // starts of the decisions for it, ascending
  std::vector<std::pair<Ps, Ps>> overtaken;  // ends, ascending, and starts of decisions that did not start last
  Ps released{-1};             // the last time at which a task ended, a movement was stored or a tile was taken back
  std::vector<Ps> taken_back;  // ends of Undispatches, ascending
  std::size_t first_slot = 0;  // its first unit that is a slot
  std::size_t offset[3] = {0, 0, 0};   // from there to slot 0 of each region
  std::size_t slots[3] = {0, 0, 0};    // of each region
  std::uint64_t prefetch[2] = {0, 0};  // the last one of input and weight
};

// What a scheduler's policy answered last.
struct AnswerSeen {
  std::uint64_t id = 0;  // 0: nothing yet
  Ps at{0};
  AnswerKind kind = AnswerKind::wait;
  std::uint32_t tile = kNoTile;
  std::uint16_t core = 0;
  std::uint8_t channel = 0;  // of a cap, whose rate is the argument
  std::int64_t argument = 0;
  Operand operand = Operand::none;
  bool legal = false, carried_out = false;
  std::uint32_t weighed = 0, candidates = 0;
  bool taken = false;      // one of its candidates is what it asks for
  std::int64_t score = 0;  // of the candidate before, but for the one taken
};

// To what rates the policy has held a DMA channel, and what it moved meanwhile; in edges of the interconnect's clock
// and thousandths of a byte.
struct ChannelCapSeen {
  struct Since {
    std::int64_t edge;
    std::int64_t rate;        // 0: no cap of the policy
    std::int64_t free_edges;  // without a cap, before
    __int128 allowed;         // by caps, before
  };
  std::vector<Since> changes;  // ascending; of one edge the last counts
  std::int64_t first = -1;     // grant of the transfers that are added up; -1: none
  std::int64_t bytes = 0;      // of them
};

struct DecidedStall {
  Ps start, end;
  std::uint64_t id;
  bool all_busy;  // reason scheduler; else policy
};

struct CheckState {
  CheckState(const TraceHeader&, const TileTable&, const Trailer*);
  Scene scene;
  Judgement judgement;
  TileLinks links;
  CriticalPathWalk path;
  std::vector<TileSeen> tiles;
  std::vector<LaneSeen> lanes;
  std::vector<CoreSeen> cores;
  std::vector<TaskSeen> tasks;  // by number
  std::vector<OperatorRun> runs;
  std::vector<std::uint64_t> arrivals;  // record, by request
  std::vector<Ps> arrived, request_end;
  std::vector<bool> request_recorded;
  std::vector<DecidedStall> decided_stalls;
  std::vector<AnswerSeen> answers;                        // by unit
  std::vector<ChannelCapSeen> caps;                       // by DMA channel, as far as any was capped
  std::vector<IntervalSet> deciding;                      // by scheduler
  std::int64_t start_up = -1;                             // cycles from a compute's start to its first fold
  std::int64_t decision_cycles = -1, launch_cycles = -1;  // of a decision; of the first one on an operator
  std::uint64_t records = 0, last_id = 0, prefetches = 0, computes = 0, folds = 0, bursts = 0, transfers = 0;
  std::uint64_t prefetch_loads = 0;  // completed
  std::uint64_t taken_back = 0;      // tiles, each time
  std::int64_t read_moved = 0, write_moved = 0;
  std::int64_t loaded = 0, stored = 0, read_at_dram = 0, written_at_dram = 0, macs = 0;
  Ps last_end{0}, last_store{0};
  Ps host_free{0};  // end of the host's last task, and its record
  std::uint64_t host_last = 0;

  void violated(Invariant i, std::string line) { judgement.violated(i, std::move(line)); }
  // `r` breaks invariant `i`: "record 12 (...): what"
  void wrong(Invariant i, std::uint64_t id, const Record& r, const std::string& what) {
    violated(i, text(id, r) + ": " + what);
  }
  [[nodiscard]] const TileTable::Tile& row(std::uint32_t tile) const { return scene.tiles.tiles[tile]; }
  [[nodiscard]] std::uint32_t first_of_group(std::uint32_t tile) const { return tile - row(tile).slice; }
  [[nodiscard]] bool last_of_group(std::uint32_t tile) const {
    return tile + 1 == tiles.size() || row(tile + 1).group != row(tile).group;
  }
  [[nodiscard]] std::uint64_t planned(std::uint32_t tile, Operand o) const {
    return o == Operand::input    ? row(tile).input_bytes
           : o == Operand::weight ? row(tile).weight_bytes
                                  : row(tile).output_bytes;
  }
  [[nodiscard]] std::string name_of(std::size_t tile) const {
    return "tile " + std::to_string(tile) + " (" + scene.tiles.operators[scene.tiles.tiles[tile].op].name + ")";
  }
  void find_slots();
  // Whether the unit is that slot of its core.
  [[nodiscard]] bool is_slot(std::uint16_t unit, Operand operand, std::uint8_t slot) const {
    const std::uint16_t core = scene.core_of(unit);
    const auto o = static_cast<std::size_t>(operand);
    return core < cores.size() && o < 3 && slot < cores[core].slots[o] &&
           unit == cores[core].first_slot + cores[core].offset[o] + slot;
  }
  // Whether a prefetch has been decided on, or may be under way.
  [[nodiscard]] bool policy_prefetches() const { return prefetches > 0; }
  [[nodiscard]] OperatorRun* run_of(std::uint32_t request, std::uint32_t op);
};

// What a tile without an output slot waits for on its core: a store that empties one, a tile that had one and was taken
// back, or the decision on a tile before it in dispatch order, which gets its slot first.
[[nodiscard]] bool ends_slot_wait(const CriticalPathWalk::Node& cause, std::uint16_t core, const TileSeen& tile);

// check_head.cpp: before the first record.
void judge_head(CheckState&);
// check_table.cpp: the tile table; false where its groups cannot be followed.
[[nodiscard]] bool judge_table(CheckState&);
// What every record must keep, whatever it is; false where no judge may look further.
[[nodiscard]] bool judge_record(CheckState&, const SpanView&);
// Against its row of the tile table.
void judge_labels(CheckState&, const SpanView&);
// The judges by subject: of one record, and of what is known at the end.
void judge_lane(CheckState&, const SpanView&);
void judge_tile(CheckState&, const SpanView&);
void judge_cause(CheckState&, const SpanView&);
void judge_stall(CheckState&, const SpanView&);
void judge_slot(CheckState&, const SpanView&);
void judge_detail(CheckState&, const SpanView&);
void judge_host(CheckState&, const SpanView&);
void judge_peak(CheckState&, const SpanView&);
void judge_answer(CheckState&, const SpanView&);
void judge_cap(CheckState&, const SpanView&);
void finish_lanes(CheckState&, Ps end);
void finish_tiles(CheckState&);
void finish_launches(CheckState&);
void finish_tasks(CheckState&);
void finish_stalls(CheckState&);
void finish_slots(CheckState&);
void finish_host(CheckState&);
void finish_answers(CheckState&);
void finish_peaks(CheckState&, Ps end);
void finish_details(CheckState&);
void finish_trailer(CheckState&, Ps end);

}  // namespace tessera::trace
