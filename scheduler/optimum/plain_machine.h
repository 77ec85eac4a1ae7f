// The machine of a run without SystemC: the same pure parts (packet engine, memory, SRAM ports), with arrays and vector
// units that obey docs/semantics.md 5.1 to 5.10 as the modules do, played from event to event. For searches that run
// thousands of schedules of a few tiles: a run costs tens of microseconds. Tests hold it to the modules' makespans.
//
// Left out: a modelled trace buffer that stalls, and a user's own memory.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "arch/engine/bank_ports.h"
#include "arch/engine/shared_sram.h"
#include "arch/engine/transfer_engine.h"
#include "arch/limits/machine_limits.h"
#include "scheduler/dispatch/dispatcher.h"
#include "scheduler/dispatch/lanes.h"
#include "scheduler/policy/action_plan.h"
#include "trace/record/lanes.h"

namespace tessera::scheduler {

class PlainMachine final : public Machine, public arch::PortObserver {
 public:
  // All outlive the machine.
  PlainMachine(const TileGraph&, const arch::NpuSpec&, const arch::MachineLimits&);

  // To the end of the run, or until the dispatcher fails; false if nothing is pending and tiles are left.
  bool run(Dispatcher&);
  // When the unit of a PE or vector tile started it; kNever: not yet.
  [[nodiscard]] base::Ps started(TileId t) const { return started_[t]; }

  void start_compute(std::uint32_t core, TileId, base::Ps start, const OperandSlots&) override;
  void start_vector(std::uint32_t core, TileId, base::Ps start, base::Cycles) override;
  void submit(const arch::TransferRequest& request) override { engine_.submit(now_, request); }
  void promote(std::uint32_t transfer) override { engine_.promote(now_, transfer); }
  void cancel(std::uint32_t transfer) override { engine_.cancel(now_, transfer); }
  void set_rate(std::uint32_t channel, base::ByteRate rate) override { engine_.set_rate(now_, channel, rate); }
  [[nodiscard]] bool issued(std::uint32_t transfer) const override { return engine_.issued(transfer); }
  void drop(std::int64_t begin, std::int64_t end) override {
    if (shared_sram_ != nullptr) shared_sram_->drop(begin, end);
  }
  [[nodiscard]] std::int64_t unissued_bytes(std::uint32_t channel) const override {
    return engine_.unissued_bytes(channel);
  }
  void on_packet(base::Ps now, const arch::TransferRequest&, std::int64_t offset, std::int64_t bytes) override;

 private:
  struct Result {
    base::Ps time{0};
    TileId tile = kNoId;
  };
  struct Core {
    arch::BankPorts region[3];
    arch::BankPorts::Mark marks[3];
    TileId computing = kNoId;
    OperandSlots slots;
    base::Cycles start_edge{0}, extension{0};
    base::Ps compute_end = base::kNever, vector_end = base::kNever;
    std::deque<Result> results;  // of tiles that no longer occupy the array
    [[nodiscard]] base::Ps next() const;
  };

  [[nodiscard]] std::unique_ptr<arch::Memory> make_memory(const arch::NpuSpec&);
  [[nodiscard]] base::Ps next_unit() const;
  void units(Dispatcher&);
  void end_compute(Dispatcher&, std::uint32_t core);
  [[nodiscard]] arch::PortCycles ports_needed(const Core&) const;

  const TileGraph& graph_;
  const arch::NpuSpec& npu_;
  arch::SharedSram* shared_sram_ = nullptr;  // owned by the engine
  arch::TransferEngine engine_;
  std::vector<Core> cores_;
  std::vector<base::Ps> started_;  // by tile
  base::Ps now_{0};
};

// A whole run under a policy, without records. `on_action`: hears of every action that is accepted.
struct PlainRun {
  bool ok = false;
  base::Ps makespan = base::kNever;  // kNever: the run failed
};
[[nodiscard]] PlainRun run_plain(const TileGraph&, const arch::NpuSpec&, const arch::MachineLimits&,
                                 const ScheduleSpec&, Policy&, std::function<void(const TakenAction&)> on_action = {});

}  // namespace tessera::scheduler
