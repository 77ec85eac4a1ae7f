// The orders in which a planner may hand out ready tiles, each a rule for what goes next to which core. They differ in
// one thing, the key by which choices compare; all share homes, what a core may take over from another one, and how
// many cores are looked at.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "scheduler/planning/machine_model.h"

namespace tessera::scheduler {

enum class Order : std::uint8_t {
  earliest,  // the earliest operator; breadth first
  deepest,   // the latest operator that is ready, and what shares operands with what the core holds; depth first
  cheapest,  // the least idle time of the unit and the fewest bytes that are loaded again
  ranked,    // the longest way to the end, on the core where the tile ends first
  critical,  // the most work to the end, without transfers
  leanest,   // the fewest missing bytes, of equals the latest operator
  storing,   // the largest store that finds its way free, else the longest work, under which stores go
  in_turn,   // operators in turn, and cores in turn: round robin
};

// Orders that win by much where they win, and mix badly with others: what one of them does here and there loses what
// others have prepared.
[[nodiscard]] constexpr bool goes_alone(Order order) { return order == Order::storing || order == Order::in_turn; }

// Longest time from the start of a group to the end of the run, by group: its work, what follows, and the transfers
// between if these count.
[[nodiscard]] std::vector<base::Ps> upward_ranks(const PlanCosts&, bool transfers);

struct PlanChoice {
  TileId tile = kNoId;
  std::uint32_t core = 0;
  base::Ps at{0};  // of its decision, by the model
  friend bool operator==(const PlanChoice&, const PlanChoice&) = default;
};

class OrderPick {
 public:
  // `orders` are those that it will be asked for.
  OrderPick(const PlanCosts&, std::span<const Order> orders);

  // What the model's idle scheduler would dispatch now by this order. Cores that can take nothing are put to sleep.
  [[nodiscard]] std::optional<PlanChoice> pick(MachineModel&, Order);

 private:
  using Key = std::array<std::int64_t, 4>;
  static constexpr std::uint32_t kProbes = 8;   // cores
  static constexpr int kStages = 12;            // of one core
  static constexpr std::int64_t kSlowness = 4;  // of the path where many load at a time

  // What the home that has a stage's first ready tile can spare: its last one.
  struct Offer {
    TileId tile = kNoId;
    std::uint32_t owner = 0;
    bool free = false;       // to any other core: moving it costs nothing, or nobody else is home to the stage
    base::Ps comes{0};       // when its home would come to it, from now
    std::int64_t times = 0;  // the time that its operands are on the way is multiplied by
  };
  // What holds for all cores while the model stands still.
  struct Now {
    std::uint32_t first[kDispatchedKinds];  // the stage that goes first, by kind
    bool asked[kDispatchedKinds];
    Offer offer[kDispatchedKinds];              // of that stage
    std::vector<Offer> more[kDispatchedKinds];  // of later ones with one home
    std::vector<TileId> any;                    // what any core may take (ranked, in_turn)
  };

  void look_around(const MachineModel&, Order);
  bool look_at(const MachineModel&, Order, std::uint32_t core);
  // Its own tiles, as their home: whether one may go, and by kind the first stage that has one.
  bool look_at_own(const MachineModel&, Order, std::uint32_t core, std::uint32_t (&own)[kDispatchedKinds]);
  [[nodiscard]] TileId spare(const MachineModel&, Order, std::size_t kind, std::uint32_t core);
  [[nodiscard]] Offer offer(const MachineModel&, std::uint32_t stage) const;
  // Whether the tile may go; it is the best choice yet if its key says so. `any`: another tile of this core may go.
  bool consider(const MachineModel&, Order, TileId, std::uint32_t core, bool any);
  // The part of the key that is known without a look at the slots: a key is less only if its first two are not more.
  [[nodiscard]] std::array<std::int64_t, 2> bound(const MachineModel&, Order, TileId, std::uint32_t core) const;
  // Whether its store would find others before it.
  [[nodiscard]] bool store_waits(const MachineModel&, TileId, std::uint32_t core) const;
  [[nodiscard]] Key key(const MachineModel&, Order, TileId, std::uint32_t core) const;

  const PlanCosts& costs_;
  std::vector<base::Ps> ranks_, work_ranks_;
  PlanChoice best_;
  Key best_key_{};
  std::int32_t best_priority_ = 0;
  Now now_;
};

}  // namespace tessera::scheduler
