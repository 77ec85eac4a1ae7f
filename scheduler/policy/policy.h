// A scheduling policy and what it may see and ask for. Plain C++: no SystemC, no clock, no access to the machine.
//
// All schedulers of the NPU run one policy. While one is idle the policy is asked when it matters: when a ready tile
// meets a core with room for it, or when something happened that the policy subscribed to. It answers with one action
// for any core; the dispatcher checks it, charges the decision's latency, and carries it out. View offers cheap
// questions only (each O(log tiles) or O(slots)); a policy that needs more keeps books in its hooks. The interface
// grows by new Action alternatives and new hooks with an empty default (Pin).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "arch/limits/machine_limits.h"
#include "arch/spec/cap_range.h"
#include "arch/spec/npu_spec.h"
#include "base/byte_rate.h"
#include "base/units.h"
#include "scheduler/spec/schedule_spec.h"
#include "scheduler/tiles/id_set.h"
#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

inline constexpr std::int32_t kAnyChannel = -1;

// Bring the missing operands of `tile` to `core` and let it run there. A channel is for one operand (input, weight).
struct Dispatch {
  TileId tile = kNoId;
  std::uint32_t core = 0;
  std::int32_t channel[2] = {kAnyChannel, kAnyChannel};
};

// Bring a constant operand of `tile` to `core` before the tile itself can run. Any Dispatch may evict it again; a
// Prefetch may not, so that between two Dispatches only as many are legal as there are slots.
struct Prefetch {
  TileId tile = kNoId;
  std::uint8_t operand = 1;  // 0 input, 1 weight
  std::uint32_t core = 0;
  std::int32_t channel = kAnyChannel;
};

// Nothing to do until the next event, or (until > now) before a time, whatever happens until then.
struct Wait {
  base::Ps until = base::kNever;  // kNever = the next event
};

// Take a dispatched group back that has not started (docs/semantics.md 7.23): its tiles are then as if none of them had
// been dispatched, and may go to any core. `tile` is the first of its group, of which all that is dispatched goes back.
struct Undispatch {
  TileId tile = kNoId;
};

// Hold a DMA channel to a rate, or lift that again (docs/semantics.md 7.27): what the regulator of a real NPU does to
// best-effort traffic while somebody needs the memory for a deadline. It counts from the end of the decision on.
struct Cap {
  std::uint32_t channel = 0;
  base::ByteRate rate{};  // per cycle of the interconnect; none(): what the machine lets the channel move
};

using Action = std::variant<Wait, Dispatch, Prefetch, Undispatch, Cap>;

// A choice that was weighed for the last action; the lower score is the better one.
struct Candidate {
  TileId tile = kNoId;
  std::uint32_t core = 0;
  std::int64_t score = 0;
};

// Why an action is not legal now (docs/semantics.md 7.7 to 7.13, 7.23, 7.28). `none` = it is. Words and texts:
// trace::kRefusals.
enum class Illegal : std::uint8_t {
  none,
  unknown_tile,
  unknown_core,
  unknown_channel,
  not_ready,
  already_dispatched,
  wrong_core,
  open_groups,
  queue_full,
  no_input_slot,
  no_weight_slot,
  not_constant,
  resident,
  prefetch_under_way,
  no_slot_for_prefetch,
  time_passed,
  not_first_slice,
  not_dispatched,
  under_decision,
  started,
  load_shared,
  operand_forgotten,
  taken_back_before,
  rate_too_low,
  rate_too_high,
  capped_before,
};
[[nodiscard]] std::string_view to_string(Illegal);

// What a policy can want to be asked after although no tile and no core came to have more room (docs/semantics.md 7.1).
// Stable numbers: they are bits of an EventSet, which plug-ins exchange as a word.
enum class PolicyEvent : std::uint8_t {
  arrival,        // a request has arrived
  tile_ready,     // a tile has become ready, or is so again, whether or not a core has room for it
  transfer_done,  // a load, a store, or a part of one, has ended
  slot_free,      // an operand slot lost its last reference, or an output slot was emptied
  tile_done,      // a group's result is stored
  unit_idle,      // an array or a vector unit has ended a tile or a post-operation
  decision,       // an action was accepted, or the time that it takes has passed: a scheduler is idle again
};
inline constexpr std::size_t kPolicyEvents = 7;

class EventSet {
 public:
  constexpr EventSet() = default;
  constexpr EventSet(std::initializer_list<PolicyEvent> events) {
    for (const PolicyEvent e : events) bits_ |= 1U << static_cast<unsigned>(e);
  }
  // Bits that stand for no event are left out.
  [[nodiscard]] static constexpr EventSet of_bits(std::uint32_t bits) {
    EventSet set;
    set.bits_ = bits & ((1U << kPolicyEvents) - 1);
    return set;
  }
  [[nodiscard]] static constexpr EventSet all() { return of_bits(~0U); }
  [[nodiscard]] constexpr bool has(PolicyEvent e) const { return (bits_ >> static_cast<unsigned>(e) & 1) != 0; }
  [[nodiscard]] constexpr std::uint32_t bits() const { return bits_; }

 private:
  std::uint32_t bits_ = 0;
};

enum class Residency : std::uint8_t { absent, filling, full };
enum class CoreUnit : std::uint8_t { pe_array, vector_unit };

// What an operand slot holds. With references it is needed by dispatched tiles; without, anything may take its place.
struct SlotState {
  BlockId block = kNoId;                    // kNoId: empty
  Residency residency = Residency::absent;  // absent: empty
  std::uint32_t references = 0;
  bool prefetched = false;  // brought by a Prefetch, and no tile has referred to it yet
};

// The dispatcher's state, read-only. Times in ps, absolute; a "ready" tile is one whose Dispatch may be legal.
class View {
 public:
  [[nodiscard]] virtual base::Ps now() const = 0;
  [[nodiscard]] virtual const TileGraph& graph() const = 0;
  [[nodiscard]] virtual const arch::NpuSpec& npu() const = 0;
  [[nodiscard]] virtual const arch::MachineLimits& limits() const = 0;
  [[nodiscard]] virtual const ScheduleSpec& schedule() const = 0;

  // Ready tiles that any core may take, by id: the lowest of a kind that is >= from; kNoId = no more.
  [[nodiscard]] virtual TileId next_ready(TileKind, TileId from) const = 0;
  [[nodiscard]] virtual bool ready(TileId) const = 0;
  // Later slices that are ready on the core that holds their group, in the order in which they became so.
  [[nodiscard]] virtual std::span<const TileId> continuations(std::uint32_t core) const = 0;
  // Cores worth asking: lowest >= from with room in the unit's queue, an evictable slot, and (accepting) room for a new
  // group or (continuing) a ready later slice. kNoId = none. Necessary, not sufficient: ask legal().
  [[nodiscard]] virtual std::uint32_t next_accepting(TileKind, std::uint32_t from) const = 0;
  [[nodiscard]] virtual std::uint32_t next_continuing(std::uint32_t from) const = 0;
  [[nodiscard]] virtual Illegal check(const Action&) const = 0;

  // Bytes that a Dispatch of the tile on that core would load; what a block is there.
  [[nodiscard]] virtual std::int64_t missing_bytes(TileId, std::uint32_t core) const = 0;
  [[nodiscard]] virtual Residency residency(BlockId, std::uint8_t operand, std::uint32_t core) const = 0;
  // Contention-free time on its unit: occupancy of the array, or the vector task.
  [[nodiscard]] virtual base::Ps predicted(TileId) const = 0;

  [[nodiscard]] virtual std::uint32_t queued(std::uint32_t core, CoreUnit) const = 0;  // tiles not started yet
  // Of them the one that starts as number `index`, from 0; kNoId: there are not so many.
  [[nodiscard]] virtual TileId queued_tile(std::uint32_t /*core*/, CoreUnit, std::uint32_t /*index*/) const {
    return kNoId;
  }
  [[nodiscard]] virtual base::Ps busy_until(std::uint32_t core, CoreUnit) const = 0;  // running and queued, no waits
  [[nodiscard]] virtual std::uint32_t open_groups(std::uint32_t core) const = 0;
  [[nodiscard]] virtual std::uint32_t evictable_slots(std::uint32_t core, std::uint8_t operand) const = 0;  // 0, 1
  [[nodiscard]] virtual std::uint32_t free_output_slots(std::uint32_t core) const = 0;
  [[nodiscard]] virtual std::int64_t unissued_bytes(std::uint32_t channel) const = 0;
  // The rate to which the last accepted Cap holds the channel, its decision under way or over; none(): there is none.
  [[nodiscard]] virtual base::ByteRate cap(std::uint32_t /*channel*/) const { return {}; }
  [[nodiscard]] virtual bool arrived(std::uint32_t request) const = 0;
  [[nodiscard]] virtual std::uint32_t tiles_left() const = 0;  // not dispatched yet
  // The cores that next_accepting() finds, to be met with a set of the policy's own.
  [[nodiscard]] virtual const IdSet& accepting(TileKind) const = 0;

  // Slot `index` of a core's region (0 input, 1 weight).
  [[nodiscard]] virtual SlotState slot(std::uint32_t /*core*/, std::uint8_t /*operand*/,
                                       std::uint32_t /*index*/) const {
    return {};
  }

 protected:
  ~View() = default;
};

class Policy {
 public:
  virtual ~Policy() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  [[nodiscard]] virtual Action decide(const View&) = 0;
  // After which events it wants to be asked, beside those that make more Dispatches legal. Read after begin() and after
  // every decide(): it may depend on what the policy waits for. A policy that waits although it could dispatch, or that
  // prefetches, has to name what it waits for; one that dispatches what it can needs none.
  [[nodiscard]] virtual EventSet subscriptions() const { return {}; }

  // Told as it happens, before the next decide().
  virtual void begin(const View&) {}
  virtual void on_arrival(const View&, std::uint32_t /*request*/) {}
  virtual void on_tile_ready(const View&, TileId) {}  // also of one that was taken back
  virtual void on_transfer_done(const View&, std::uint32_t /*core*/, std::uint8_t /*operand*/) {}
  virtual void on_slot_free(const View&, std::uint32_t /*core*/, std::uint8_t /*operand*/) {}
  virtual void on_tile_done(const View&, TileId) {}  // the last tile of a group: its result is stored
  virtual void on_illegal(const View&, const Action&, Illegal) {}

  // shared_sram.replacement: policy. Asked once for every load and store when it is opened: are its lines worth keeping
  // before others? `uses_left`: loads of the same tensor (or weight block) that tiles will still need after this one.
  [[nodiscard]] virtual bool keep(const View&, BlockId, std::uint32_t uses_left) { return uses_left > 0; }

  // What the last decide() weighed, best first, at most a handful; empty if the policy does not say.
  [[nodiscard]] virtual std::span<const Candidate> candidates() const { return {}; }
  // How many it weighed for that, those of candidates() among them; and what their scores count, with the unit:
  // "missing bytes". Both for the decision trace (trace.decisions) and `tessera explain`.
  [[nodiscard]] virtual std::uint32_t weighed() const { return static_cast<std::uint32_t>(candidates().size()); }
  [[nodiscard]] virtual std::string_view score() const { return {}; }

  // For the message of a run that has stopped: what would have come next, and why it cannot. Whole lines, or nothing.
  [[nodiscard]] virtual std::string next_step(const View&) const { return {}; }
};

}  // namespace tessera::scheduler
