// Actions, what a policy may ask, and its hooks: Tessera's own scheduler/policy/policy.h, over the C interface.
#pragma once

#include <tessera/policy/graph.h>
#include <tessera/policy/id_set.h>
#include <tessera/policy/machine.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <variant>

namespace tessera::scheduler {

inline constexpr std::int32_t kAnyChannel = TESSERA_ANY_CHANNEL;

// Bring the missing operands of `tile` to `core` and let it run there. A channel is for one operand (input, weight).
struct Dispatch {
  TileId tile = kNoId;
  std::uint32_t core = 0;
  std::int32_t channel[2] = {kAnyChannel, kAnyChannel};
};

// Bring a constant operand of `tile` to `core` before the tile itself can run.
struct Prefetch {
  TileId tile = kNoId;
  std::uint8_t operand = 1;  // 0 input, 1 weight
  std::uint32_t core = 0;
  std::int32_t channel = kAnyChannel;
};

// Nothing to do until the next event, or (until > now) before a time.
struct Wait {
  base::Ps until = base::kNever;
};

// Take a dispatched group back that has not started (docs/semantics.md 7.23): its tiles are then as if none of them had
// been dispatched, and may go to any core. `tile` is the first of its group, of which all that is dispatched goes back.
struct Undispatch {
  TileId tile = kNoId;
};

// Hold a DMA channel to a rate, or lift that again (docs/semantics.md 7.27). It counts from the end of the decision on.
struct Cap {
  std::uint32_t channel = 0;
  base::ByteRate rate{};  // per cycle of the interconnect; none(): what the machine lets the channel move
};

using Action = std::variant<Wait, Dispatch, Prefetch, Undispatch, Cap>;

// A choice that was weighed for the last action; the lower score was taken.
struct Candidate {
  TileId tile = kNoId;
  std::uint32_t core = 0;
  std::int64_t score = 0;
};
static_assert(sizeof(Candidate) == sizeof(tessera_candidate));

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

enum class PolicyEvent : std::uint8_t {
  arrival,
  tile_ready,
  transfer_done,
  slot_free,
  tile_done,
  unit_idle,
  decision,
};
inline constexpr std::size_t kPolicyEvents = 7;

// What a policy wants to be asked after, besides when a ready tile meets a core with room.
class EventSet {
 public:
  constexpr EventSet() = default;
  constexpr EventSet(std::initializer_list<PolicyEvent> events) {
    for (const PolicyEvent e : events) bits_ |= 1U << static_cast<unsigned>(e);
  }
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

// An action as the C interface says it; `raw.size` is the caller's.
inline void put(const Action& action, tessera_action& raw) {
  raw.kind = TESSERA_WAIT;
  if (const auto* d = std::get_if<Dispatch>(&action)) {
    raw.kind = TESSERA_DISPATCH, raw.tile = d->tile, raw.core = d->core;
    raw.channel[0] = d->channel[0], raw.channel[1] = d->channel[1];
  } else if (const auto* p = std::get_if<Prefetch>(&action)) {
    raw.kind = TESSERA_PREFETCH, raw.tile = p->tile, raw.core = p->core, raw.operand = p->operand;
    raw.channel[0] = p->channel;
  } else if (const auto* u = std::get_if<Undispatch>(&action)) {
    raw.kind = TESSERA_UNDISPATCH, raw.tile = u->tile;
  } else if (const auto* c = std::get_if<Cap>(&action)) {
    raw.kind = TESSERA_CAP, raw.channel[0] = static_cast<std::int32_t>(c->channel);
    // An older Tessera has no place for it, and knows no such action.
    if (raw.size > offsetof(tessera_action, rate)) raw.rate = c->rate.thousandths;
  } else {
    raw.until_ps = std::get<Wait>(action).until.count();
  }
}
[[nodiscard]] inline Action action_of(const tessera_action& raw) {
  if (raw.kind == TESSERA_DISPATCH) return Dispatch{raw.tile, raw.core, {raw.channel[0], raw.channel[1]}};
  if (raw.kind == TESSERA_PREFETCH)
    return Prefetch{raw.tile, static_cast<std::uint8_t>(raw.operand), raw.core, raw.channel[0]};
  if (raw.kind == TESSERA_UNDISPATCH) return Undispatch{raw.tile};
  if (raw.kind == TESSERA_CAP)
    return Cap{static_cast<std::uint32_t>(raw.channel[0]), base::ByteRate::of_thousandths(raw.rate)};
  return Wait{base::Ps{raw.until_ps}};
}

// The dispatcher's state, read-only. Times in ps, absolute; a "ready" tile is one whose Dispatch may be legal.
class View {
 public:
  [[nodiscard]] base::Ps now() const { return base::Ps{raw_->now_ps}; }
  [[nodiscard]] const TileGraph& graph() const { return graph_; }
  [[nodiscard]] const arch::NpuSpec& npu() const { return npu_; }
  [[nodiscard]] const arch::MachineLimits& limits() const { return limits_; }
  [[nodiscard]] const ScheduleSpec& schedule() const { return schedule_; }

  // Ready tiles that any core may take, by id: the lowest of a kind that is >= from; kNoId = no more.
  [[nodiscard]] TileId next_ready(TileKind kind, TileId from) const {
    return ask().next_ready(host(), static_cast<std::uint32_t>(kind), from);
  }
  [[nodiscard]] bool ready(TileId tile) const { return ask().ready(host(), tile) != 0; }
  // Later slices that are ready on the core that holds their group, in the order in which they became so.
  [[nodiscard]] std::span<const TileId> continuations(std::uint32_t core) const {
    const tessera_array a = ask().continuations(host(), core);
    return {static_cast<const TileId*>(a.data), static_cast<std::size_t>(a.count)};
  }
  // Cores worth asking; kNoId = none. Necessary, not sufficient: ask check().
  [[nodiscard]] std::uint32_t next_accepting(TileKind kind, std::uint32_t from) const {
    return ask().next_accepting(host(), static_cast<std::uint32_t>(kind), from);
  }
  [[nodiscard]] std::uint32_t next_continuing(std::uint32_t from) const { return ask().next_continuing(host(), from); }
  // The cores that next_accepting() finds; good until the same question is asked again.
  [[nodiscard]] const IdSet& accepting(TileKind kind) const {
    const tessera_array a = ask().accepting(host(), static_cast<std::uint32_t>(kind));
    IdSet& set = accepting_[static_cast<std::size_t>(kind) % kDispatchedKinds];
    set.assign(std::span(static_cast<const std::uint64_t*>(a.data), static_cast<std::size_t>(a.count)));
    return set;
  }
  [[nodiscard]] Illegal check(const Action& action) const {
    tessera_action raw{sizeof(raw), TESSERA_WAIT, kNoId, 0, 1, {kAnyChannel, kAnyChannel}, TESSERA_NEVER, 0};
    put(action, raw);
    return static_cast<Illegal>(ask().check(host(), &raw));
  }
  [[nodiscard]] std::string_view reason(Illegal why) const {
    return ask().reason(host(), static_cast<std::uint32_t>(why));
  }
  // Bytes that a Dispatch of the tile on that core would load; what a block is there.
  [[nodiscard]] std::int64_t missing_bytes(TileId tile, std::uint32_t core) const {
    return ask().missing_bytes(host(), tile, core);
  }
  [[nodiscard]] Residency residency(BlockId block, std::uint8_t operand, std::uint32_t core) const {
    return static_cast<Residency>(ask().residency(host(), block, operand, core));
  }
  // Contention-free time on its unit.
  [[nodiscard]] base::Ps predicted(TileId tile) const { return graph_.tiles[tile].predicted; }

  [[nodiscard]] std::uint32_t queued(std::uint32_t core, CoreUnit unit) const {
    return ask().queued(host(), core, static_cast<std::uint32_t>(unit));
  }
  // Of them the one that starts as number `index`, from 0; kNoId: there are not so many.
  [[nodiscard]] TileId queued_tile(std::uint32_t core, CoreUnit unit, std::uint32_t index) const {
    if (ask().size <= offsetof(tessera_questions, queued_tile)) return kNoId;  // Tessera is older than this header
    return ask().queued_tile(host(), core, static_cast<std::uint32_t>(unit), index);
  }
  [[nodiscard]] base::Ps busy_until(std::uint32_t core, CoreUnit unit) const {
    return base::Ps{ask().busy_until_ps(host(), core, static_cast<std::uint32_t>(unit))};
  }
  [[nodiscard]] std::uint32_t open_groups(std::uint32_t core) const { return ask().open_groups(host(), core); }
  [[nodiscard]] std::uint32_t evictable_slots(std::uint32_t core, std::uint8_t operand) const {
    return ask().evictable_slots(host(), core, operand);
  }
  [[nodiscard]] std::uint32_t free_output_slots(std::uint32_t core) const {
    return ask().free_output_slots(host(), core);
  }
  // What the slots of a core's region hold (0 input, 1 weight).
  [[nodiscard]] std::span<const tessera_slot> slots(std::uint32_t core, std::uint8_t operand) const {
    const tessera_array a = ask().slots(host(), core, operand);
    return {static_cast<const tessera_slot*>(a.data), static_cast<std::size_t>(a.count)};
  }
  [[nodiscard]] std::int64_t unissued_bytes(std::uint32_t channel) const {
    const tessera_array a = ask().channels(host());
    if (channel >= a.count) return 0;
    return reinterpret_cast<const tessera_channel_state*>(static_cast<const char*>(a.data) + channel * a.stride)
        ->unissued_bytes;
  }
  // The rate to which the last accepted Cap holds the channel; none(): there is none.
  [[nodiscard]] base::ByteRate cap(std::uint32_t channel) const {
    const tessera_array a = ask().channels(host());
    if (channel >= a.count || a.stride <= offsetof(tessera_channel_state, cap)) return {};
    return base::ByteRate::of_thousandths(
        reinterpret_cast<const tessera_channel_state*>(static_cast<const char*>(a.data) + channel * a.stride)->cap);
  }
  [[nodiscard]] bool arrived(std::uint32_t request) const { return ask().arrived(host(), request) != 0; }
  [[nodiscard]] std::uint32_t tiles_left() const { return ask().tiles_left(host()); }  // not dispatched yet

  // Of the SDK itself.
  void look_at(const tessera_view& raw) { raw_ = &raw; }
  void begin() {
    graph_ = TileGraph(*raw_->graph);
    npu_ = arch::NpuSpec(*raw_->machine);
    limits_ = arch::MachineLimits(*raw_->machine);
    schedule_ = ScheduleSpec(*raw_->machine);
  }

 private:
  [[nodiscard]] const tessera_questions& ask() const { return *raw_->ask; }
  [[nodiscard]] void* host() const { return raw_->host; }

  const tessera_view* raw_ = nullptr;
  mutable IdSet accepting_[kDispatchedKinds];
  TileGraph graph_;
  arch::NpuSpec npu_;
  arch::MachineLimits limits_;
  ScheduleSpec schedule_;
};

class Policy {
 public:
  virtual ~Policy() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  [[nodiscard]] virtual Action decide(const View&) = 0;
  // After which events it wants to be asked, besides those that make more Dispatches legal. Read after begin() and
  // after every decide().
  [[nodiscard]] virtual EventSet subscriptions() const { return {}; }

  // Told as it happens, before the next decide().
  virtual void begin(const View&) {}
  virtual void on_arrival(const View&, std::uint32_t /*request*/) {}
  virtual void on_tile_ready(const View&, TileId) {}
  virtual void on_transfer_done(const View&, std::uint32_t /*core*/, std::uint8_t /*operand*/) {}
  virtual void on_slot_free(const View&, std::uint32_t /*core*/, std::uint8_t /*operand*/) {}
  virtual void on_tile_done(const View&, TileId) {}  // the last tile of a group: its result is stored
  virtual void on_illegal(const View&, const Action&, Illegal) {}

  // shared_sram.replacement: policy. Are its lines worth keeping before others?
  [[nodiscard]] virtual bool keep(const View&, BlockId, std::uint32_t uses_left) { return uses_left > 0; }

  // What the last decide() weighed, best first; empty if the policy does not say.
  [[nodiscard]] virtual std::span<const Candidate> candidates() const { return {}; }
  // How many it weighed for that, those of candidates() among them; and what their scores count, with the unit:
  // "missing bytes".
  [[nodiscard]] virtual std::uint32_t weighed() const { return static_cast<std::uint32_t>(candidates().size()); }
  [[nodiscard]] virtual std::string_view score() const { return {}; }
};

}  // namespace tessera::scheduler
