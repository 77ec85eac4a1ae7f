#include "scheduler/fitting/fit_network.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "models/graph/unique_names.h"
#include "scheduler/fitting/passes.h"
#include "scheduler/tiling/misfit.h"
#include "scheduler/tiling/vector_grid.h"

namespace tessera::scheduler {

using models::Operator;

namespace {

class Fitting {
 public:
  Fitting(models::Network network, const arch::NpuSpec& npu, const ScheduleSpec& schedule)
      : network_(std::move(network)), npu_(npu), schedule_(schedule) {
    for (const Operator& op : network_.operators) (void)names_.add(op.name);
    plan();
  }

  models::Network run() && {
    for (std::size_t at = 0; at < network_.operators.size();)
      if (!replace(at)) ++at;
    if (!changed_) return std::move(network_);
    for (models::OperatorId id = 0; id < network_.operators.size(); ++id) {
      network_.tensors[network_.operators[id].output].producer = id;
      for (const models::TensorId t : network_.operators[id].more_outputs) network_.tensors[t].producer = id;
    }
    return std::move(network_);
  }

 private:
  void plan() { addresses_ = std::make_unique<AddressPlan>(network_, npu_, 1); }

  // What needs more than one element at a time of its input: all else can be cut down to that.
  [[nodiscard]] bool may_misfit(const Operator& op) const {
    if (op.unit != models::Unit::vector || op.inputs.empty() || op.inputs.size() > 2) return false;
    if (network_.is_empty(op.output) || network_.is_empty(op.inputs[0])) return false;
    const auto any = [](const auto& flags) { return std::ranges::any_of(flags, [](bool f) { return f; }); };
    return is_windowed(op) || any(op.vector.reduced) || any(reduced_axes(network_, op));
  }
  [[nodiscard]] bool fits(const Operator& op) {
    return VectorGrid(network_, npu_, schedule_, *addresses_, op).search(false).has_value();
  }

  [[nodiscard]] FittingContext context() { return {network_, npu_, schedule_, *addresses_}; }
  [[nodiscard]] bool misfits(const Operator& op) {
    return op.unit == models::Unit::pe ? kernel_misfits(context(), op) : may_misfit(op) && !fits(op);
  }

  // Puts what stands for the operator at its place; false where it stays as it is.
  bool replace(std::size_t at) {
    if (!misfits(network_.operators[at])) return false;
    const bool product = network_.operators[at].unit == models::Unit::pe;
    if (!product && loosen(network_.operators[at])) return false;
    const std::size_t tensors = network_.tensors.size();
    const Operator op = network_.operators[at];
    auto passes = product ? cut_kernel(context(), op) : is_windowed(op) ? cut_window(context(), op) : cut(op);
    if (!passes) {
      network_.tensors.resize(tensors);
      return false;
    }
    name(op, *passes);
    const auto begin = network_.operators.begin() + static_cast<std::ptrdiff_t>(at);
    *begin = std::move(passes->front());
    network_.operators.insert(begin + 1, std::make_move_iterator(passes->begin() + 1),
                              std::make_move_iterator(passes->end()));
    changed_ = true;
    plan();
    return true;
  }

  // A reduction's result may be cut along any of its axes, and so may that of an operator which needs neighbours only:
  // axes stay whole because others that merge with them must, or for less traffic. True where that helps.
  bool loosen(Operator& op) {
    const auto& in = network_.tensors[op.inputs[0]];
    const auto reduced = reduced_axes(network_, op);
    const bool normalizes =
        network_.tensors[op.output].dims == in.dims && std::ranges::find(reduced, true) != reduced.end();
    if (normalizes || op.vector.reduced == decltype(op.vector.reduced){}) return false;
    Operator loose = op;
    loose.vector.reduced = {};
    if (!fits(loose)) return false;
    op = std::move(loose);
    return true;
  }

  // Pieces are chosen by samples of where they lie: if the first choice does not fit everywhere, smaller ones.
  Passes cut(const Operator& op) {
    const std::size_t tensors = network_.tensors.size();
    for (std::int64_t slot = slot_bytes(npu_, schedule_)[0]; slot > 0; slot = slot * 3 / 4) {
      auto passes = cut_reduction(context(), op, slot);
      if (!passes) return std::nullopt;
      plan();  // the partial results have places now
      if (fits(passes->front())) return passes;
      network_.tensors.resize(tensors);
      plan();
    }
    return std::nullopt;
  }

  // A single pass is the operator itself, made out in another way.
  void name(const Operator& op, std::vector<Operator>& passes) {
    if (passes.size() == 1) return;
    std::string names;
    for (Operator& pass : passes) {
      pass.name = names_.add(pass.name);
      names += (names.empty() ? "" : ", ") + pass.name;
    }
    network_.notes.push_back({op.name, "fits no slot whole: runs as " + names});
  }

  models::Network network_;
  const arch::NpuSpec& npu_;
  const ScheduleSpec& schedule_;
  std::unique_ptr<AddressPlan> addresses_;
  models::UniqueNames names_;
  bool changed_ = false;
};

}  // namespace

models::Network fit_network(models::Network network, const arch::NpuSpec& npu, const ScheduleSpec& schedule) {
  return Fitting(std::move(network), npu, schedule).run();
}

}  // namespace tessera::scheduler
