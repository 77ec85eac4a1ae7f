// Follows a plan of scheduler/planning: each core takes its planned tiles in their order, and of the cores that may,
// the one whose tile was planned first goes on. The plan is made a window at a time, ahead of what is dispatched.
//
// Where reality parts from the plan, the core repairs it on its own: a tile that may not go yet is passed over for one
// of the next few, and where nothing is under way any tile that may go does. Where nothing may be dispatched, weights
// of the next planned tiles are prefetched.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "scheduler/planning/planner.h"
#include "scheduler/policy/policy.h"
#include "scheduler/tiles/id_set.h"

namespace tessera::scheduler {

class PlanFollower final : public Policy {
 public:
  struct Rules {
    std::span<const Order> orders;  // that are weighed against each other
    std::uint32_t window = 64;      // tiles that are planned at a time
    bool prefetch = true;
  };
  PlanFollower(std::string_view name, const Rules& rules) : name_(name), rules_(rules) {}
  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] Action decide(const View&) override;
  [[nodiscard]] EventSet subscriptions() const override;
  void begin(const View&) override;
  void on_tile_ready(const View&, TileId) override;
  void on_transfer_done(const View&, std::uint32_t core, std::uint8_t operand) override;
  void on_slot_free(const View&, std::uint32_t core, std::uint8_t operand) override;
  [[nodiscard]] std::span<const Candidate> candidates() const override { return weighed_; }
  [[nodiscard]] std::string_view score() const override { return "place in the plan"; }

 private:
  static constexpr std::uint32_t kProbes = 8;  // cores that are looked at for a prefetch
  static constexpr std::size_t kAhead = 4;     // planned tiles of a core
  enum class Of : std::uint8_t { nothing, planned, dispatched };
  struct Entry {
    TileId tile;
    std::uint64_t place;  // in the plan
  };
  struct Mine {
    std::vector<Entry> tiles;
    std::size_t head = 0;  // all before it are dispatched
  };

  bool extend(const View&);
  void taken(const Dispatch&);
  void may_have_ready(const View&, TileId);
  [[nodiscard]] Dispatch planned(const View&);
  // The core's tile that goes next, if it was planned before `place`.
  [[nodiscard]] Entry next_of(const View&, std::uint32_t core, std::uint64_t place);
  [[nodiscard]] bool idle(const View&);
  [[nodiscard]] Dispatch anything(const View&) const;
  [[nodiscard]] Action prefetch(const View&);
  [[nodiscard]] TileId to_prefetch(const View&, std::uint32_t core) const;

  std::string_view name_;
  Rules rules_;
  std::unique_ptr<Planner> planner_;
  std::vector<Mine> cores_;
  std::vector<Of> tiles_;
  std::vector<std::uint32_t> core_of_;  // by tile that was planned
  std::vector<Candidate> weighed_;
  // Cores of whose next few tiles one may be ready, by kind; those with a weight that may be prefetched. A core leaves
  // when a look finds none, and comes back with what may have changed that.
  IdSet live_[kDispatchedKinds], fetching_;
  std::uint64_t sequence_ = 0;
  std::size_t planned_ = 0;  // and not dispatched
  std::uint32_t turn_ = 0, busy_ = 0;
};

}  // namespace tessera::scheduler
