// One operator alone on an otherwise idle machine, rehearsed tile by tile and transfer by transfer: what the search for
// automatic sizes pays for a candidate in the end.
//
// It follows the law of execution where a tiling can feel it: decisions one after the other, slots with their reuse and
// their references, places in a core's queue, output slots that drain, the array, the vector unit behind it, and a
// memory path that serves transfers in order. Where more slots than banks share the banks of a region, loads prolong
// the computes beside them (5.8). It leaves out what tilings share: packets (a transfer takes its share of each
// resource as a whole), conflicts in the output region, refresh, clock edges, prefetches, and other operators. No
// result of a run depends on its truth.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <queue>
#include <vector>

#include "arch/limits/machine_limits.h"
#include "arch/spec/npu_spec.h"
#include "base/units.h"
#include "scheduler/spec/schedule_spec.h"

namespace tessera::scheduler {

// How long a transfer occupies each part of the memory path. `dram`: each of its channels, where the transfer lies on
// them about evenly, else by channel in `uneven`.
struct RehearsedMove {
  base::Ps dram{0}, shared{0}, path{0}, issue{0};
  std::int64_t packets = 1, bytes = 0;
  std::vector<base::Ps> uneven = {};
  bool write = false;
  bool on_chip = false;  // its data is in the shared SRAM already, or stays there
};

// A tile on the array, from its start: when the next tile may start, when its last result is there, when a
// post-operation may start, and how long that takes. `reads`: bytes of the input and of the weights that the array
// takes from their slots.
struct RehearsedWork {
  base::Ps occupancy{0}, result{0}, post_start{0}, post{0};
  std::array<std::int64_t, 2> reads{0, 0};
};

struct RehearsedTile {
  std::array<std::uint32_t, 2> block{0, 0};  // input, weight: dense numbers, each operand's from 0
  std::array<std::uint32_t, 2> load{0, 0};   // indices into Rehearsed::moves
  std::uint32_t work = 0;
  std::uint32_t store = 0;  // of the group; counts for its last slice only
};

// What is rehearsed: `slices` tiles a group, groups in the order of their ids.
struct Rehearsed {
  std::vector<RehearsedMove> moves;
  std::vector<RehearsedWork> works;
  std::vector<RehearsedTile> tiles;
  std::vector<std::uint32_t> home;  // core, by group
  std::uint32_t slices = 1;
  std::array<std::uint32_t, 2> blocks{0, 0};  // how many there are of each operand
};

class Rehearsal {
 public:
  Rehearsal(const arch::NpuSpec&, const ScheduleSpec&, const arch::MachineLimits&);

  // What no rehearsal of it can stay below: every block moved once, every core busy all the time.
  struct Least {
    base::Ps makespan{0}, moving{0};
  };
  [[nodiscard]] Least least(const Rehearsed&);
  // From the first decision to the last answer; nothing if that is later than `limit`.
  [[nodiscard]] std::optional<base::Ps> makespan(const Rehearsed&, base::Ps limit);
  // How long the transfers of the last rehearsal occupied the memory path, each where it takes longest.
  [[nodiscard]] base::Ps moving() const { return moving_; }
  [[nodiscard]] std::int64_t read_bytes() const { return read_bytes_; }
  [[nodiscard]] std::int64_t packets() const { return sent_; }  // of the last rehearsal, both ways

 private:
  using TileIndex = std::uint32_t;
  static constexpr std::uint32_t kNone = 0xffffffff;
  enum class What : std::uint8_t { decided, look, array_free, result, stored };
  struct Event {
    base::Ps at;
    std::uint64_t sequence;
    What what;
    std::uint32_t core;
    TileIndex tile;
    bool operator>(const Event& o) const { return at != o.at ? at > o.at : sequence > o.sequence; }
  };
  struct Slot {
    std::uint32_t block = kNone, references = 0;
    base::Ps full_at{0}, used{0};
  };
  // A load that writes banks of a region while a tile may compute from others of their slots.
  struct Fill {
    std::int64_t bytes;
    base::Ps begin, end;
  };
  // A region of which slots share banks.
  struct SharedBanks {
    std::int64_t sets = 0;             // of banks; 0: no two slots share one
    std::int64_t bytes_per_cycle = 1;  // of one set
  };
  struct Core {
    std::vector<Slot> slots[2];
    std::vector<Fill> fills[2];
    std::int64_t free_outputs = 0, open = 0, places = 0;
    std::vector<TileIndex> dispatched;       // in dispatch order
    std::size_t started = 0, granted = 0;    // how many of them
    TileIndex continues = kNone;             // the next slice of the open group
    bool busy = false;                       // the array
    base::Ps begun{0}, conflict{0};          // its tile: since when, how much longer than planned
    base::Ps busy_until{0}, vector_free{0};  // planned, without waits
    std::vector<std::uint32_t> mine;         // groups whose home it is
    std::size_t head = 0, tail = 0;          // those in [head, tail) wait
    bool stuck = false;                      // takes no tile before something happens on it
    [[nodiscard]] bool waits() const { return head < tail; }
  };
  struct TileState {
    std::array<std::uint32_t, 2> slot{0, 0};
    std::array<bool, 2> loads{false, false};
  };

  void begin(const Rehearsed&);
  void at(base::Ps when, What what, std::uint32_t core, TileIndex tile) {
    agenda_.push({when, sequence_++, what, core, tile});
  }
  void apply(const Event&);
  void ask();
  [[nodiscard]] std::optional<std::pair<std::uint32_t, TileIndex>> pick();
  [[nodiscard]] TileIndex next_of(std::uint32_t core);
  void find_owner();
  [[nodiscard]] TileIndex spare(std::uint32_t core) const;
  [[nodiscard]] bool pays(TileIndex, std::uint32_t owner, std::uint32_t core) const;
  [[nodiscard]] std::uint32_t find(const Core&, std::uint32_t operand, std::uint32_t block) const;
  [[nodiscard]] std::uint32_t victim(const Core&, std::uint32_t operand) const;
  [[nodiscard]] bool legal(const Core&, TileIndex) const;
  [[nodiscard]] base::Ps missing(const Core&, TileIndex) const;
  void dispatch(std::uint32_t core, TileIndex);
  void wake(std::uint32_t core);
  void start(std::uint32_t core);
  [[nodiscard]] bool conflicts(Core&, TileIndex);  // whether they prolong the tile at hand; counts them
  void finish(std::uint32_t core, TileIndex);
  [[nodiscard]] bool stays(bool on_chip) const { return on_chip && npu_.shared_sram.capacity.count() > 0; }
  [[nodiscard]] base::Ps move(const RehearsedMove&, bool on_chip);  // when it is answered
  [[nodiscard]] base::Ps credit();                                  // when the last packet sent finds a place
  [[nodiscard]] bool first(TileIndex t) const { return t % script_->slices == 0; }
  [[nodiscard]] bool last(TileIndex t) const { return (t + 1) % script_->slices == 0; }

  const arch::NpuSpec& npu_;
  const ScheduleSpec& schedule_;
  base::Ps decision_, launch_, pipeline_, read_way_, write_way_, far_;
  std::array<SharedBanks, 2> banks_;

  const Rehearsed* script_ = nullptr;
  base::Ps now_{0};
  std::uint64_t sequence_ = 0;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> agenda_;
  std::vector<Core> cores_;
  std::vector<TileState> tiles_;
  std::vector<std::uint32_t> awake_;  // cores that are not stuck, ascending
  std::vector<bool> taken_;           // groups whose first decision has begun
  std::vector<bool> seen_[2];         // blocks that were loaded before
  std::uint32_t lowest_ = 0;          // no group below it waits
  std::uint32_t owner_ = kNone;       // its home: whose tiles others may take
  std::uint32_t turn_ = 0;
  std::int64_t idle_schedulers_ = 1, sharers_ = 1;
  bool launched_ = false;
  base::Ps shared_free_{0}, path_free_[2], issue_free_{0};
  std::vector<base::Ps> dram_free_;  // by channel
  // Transfers that may still be under way, in order: packets sent until its end in all, and its answer.
  std::deque<std::pair<std::int64_t, base::Ps>> under_way_;
  std::int64_t sent_ = 0;
  base::Ps moving_{0};
  std::int64_t read_bytes_ = 0;
};

}  // namespace tessera::scheduler
