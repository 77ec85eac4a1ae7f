#include "sim/prepare/assign_precision.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/glob.h"
#include "scheduler/tiling/tile_rules.h"

namespace tessera::sim {
namespace {

using base::Function;
using base::Precision;
using models::Network;
using models::Operator;
using models::OperatorId;
using models::Tensor;
using models::TensorId;
using models::TensorRole;
using models::Unit;

const PrecisionRule* rule_for(const RunSpec& spec, const Operator& op) {
  const auto rule =
      std::ranges::find_if(spec.precision, [&](const PrecisionRule& r) { return base::matches(r.pattern, op.name); });
  return rule == spec.precision.end() ? nullptr : &*rule;
}

base::Diagnostics check_rules(const RunSpec& spec, const Network& network) {
  base::Diagnostics problems;
  for (const PrecisionRule& rule : spec.precision) {
    const auto matched = [&](const Operator& op) { return base::matches(rule.pattern, op.name); };
    if (std::ranges::any_of(network.operators, [&](const Operator& op) { return rule_for(spec, op) == &rule; }) ||
        rule.pattern == "*")
      continue;
    std::vector<std::string> names;
    for (const Operator& op : network.operators) names.push_back(op.name);
    const std::string why = std::ranges::any_of(network.operators, matched)
                                ? "every operator that it matches follows a rule before it"
                                : fmt::format("it matches no operator of network {}{}", network.name,
                                              scheduler::near_names(rule.pattern, std::move(names)));
    problems.add(rule.where, fmt::format("precision: pattern \"{}\" has no effect: {}", rule.pattern, why));
  }
  return problems;
}

class Assignment {
 public:
  Assignment(Network& network, const RunSpec& spec) : network_(network), spec_(spec) {}

  void run() {
    for (const Operator& op : network_.operators) chosen_.push_back(choice(op));
    for (const Tensor& t : network_.tensors) of_file_.push_back(root(t).precision);
    drop_requantization();
    choose_outputs();
    choose_inputs();
    follow_readers();
    convert();
  }

 private:
  using Choice = std::optional<Precision>;  // empty: the file's

  [[nodiscard]] Choice choice(const Operator& op) const {
    const PrecisionRule* rule = rule_for(spec_, op);
    return rule == nullptr ? Choice{spec_.npu.precision} : rule->precision;
  }
  [[nodiscard]] const Tensor& root(const Tensor& t) const { return network_.tensors[t.root]; }
  [[nodiscard]] TensorId root(TensorId t) const { return network_.tensors[t].root; }
  [[nodiscard]] Precision precision(TensorId t) const {
    return root(network_.tensors[t]).precision.value_or(spec_.npu.precision);
  }
  // Movements and tasks of the host convert nothing.
  [[nodiscard]] static bool calculates(const Operator& op) { return op.unit == Unit::pe || op.unit == Unit::vector; }
  // What operator `o` wants to read tensor `t` in. A movement reads what it writes.
  [[nodiscard]] Precision wanted(OperatorId o, TensorId t) const {
    if (network_.operators[o].unit == Unit::host) return precision(t);
    if (network_.operators[o].unit == Unit::movement) return precision(network_.operators[o].output);
    return chosen_[o].value_or(of_file_[t].value_or(spec_.npu.precision));
  }

  // An operator of one format has nothing to scale its results to.
  void drop_requantization() {
    for (OperatorId o = 0; o < network_.operators.size(); ++o)
      if (chosen_[o])
        std::erase_if(network_.operators[o].posts, [](const auto& p) { return p.function == Function::requantize; });
  }

  // A tensor has the widest format of those that write it.
  void choose_outputs() {
    std::map<TensorId, Precision> written;
    for (OperatorId o = 0; o < network_.operators.size(); ++o) {
      const TensorId to = root(network_.operators[o].output);
      const Operator& op = network_.operators[o];
      Precision own = chosen_[o].value_or(of_file_[to].value_or(spec_.npu.precision));
      if (op.unit == Unit::movement) {  // as what it moves, which is known by now
        const auto source = written.find(root(op.inputs[0]));
        if (source != written.end()) own = source->second;
      }
      const auto [at, fresh] = written.try_emplace(to, own);
      if (!fresh) at->second = base::wider(at->second, own);
    }
    for (const auto& [tensor, p] : written) network_.tensors[tensor].precision = p;
  }

  // What comes from outside is there in the widest format that is asked for. A constant is there in each.
  void choose_inputs() {
    std::map<TensorId, Precision> asked;
    std::map<std::pair<TensorId, Precision>, TensorId> copies;
    for (OperatorId o = 0; o < network_.operators.size(); ++o) {
      for (TensorId& t : network_.operators[o].inputs) {
        const TensorRole role = root(network_.tensors[t]).role;
        if (role == TensorRole::constant) t = constant(t, wanted(o, t), copies);
        if (role != TensorRole::network_input || network_.operators[o].unit == Unit::host) continue;
        const auto [at, fresh] = asked.try_emplace(root(t), wanted(o, t));
        if (!fresh) at->second = base::wider(at->second, wanted(o, t));
      }
    }
    for (const auto& [tensor, p] : asked) network_.tensors[tensor].precision = p;
  }
  TensorId constant(TensorId t, Precision p, std::map<std::pair<TensorId, Precision>, TensorId>& copies) {
    const bool first = copies.lower_bound({t, Precision{}}) == copies.upper_bound({t, Precision::fp32});
    const auto [at, fresh] = copies.try_emplace({t, p}, t);
    if (!fresh) return at->second;
    if (!first) {
      at->second = static_cast<TensorId>(network_.tensors.size());
      Tensor copy = network_.tensors[t];
      copy.root = at->second;
      network_.tensors.push_back(std::move(copy));
      of_file_.push_back(of_file_[t]);
    }
    network_.tensors[at->second].precision = p;
    return at->second;
  }

  // Where all who read a result want one other format, its producers write that, for a pass over the results.
  void follow_readers() {
    std::map<TensorId, std::optional<Precision>> asked;  // empty: several
    for (OperatorId o = 0; o < network_.operators.size(); ++o)
      for (const TensorId t : network_.operators[o].inputs) {
        const auto [at, fresh] = asked.try_emplace(root(t), wanted(o, t));
        if (!calculates(network_.operators[o]) || at->second != wanted(o, t)) at->second.reset();
      }
    for (const auto& [tensor, p] : asked) {
      Tensor& t = network_.tensors[tensor];
      if (p && t.role == TensorRole::activation && !moved_into(tensor)) t.precision = *p;
    }
    for (OperatorId o = 0; o < network_.operators.size(); ++o) {
      Operator& op = network_.operators[o];
      const Precision own = chosen_[o].value_or(of_file_[op.output].value_or(spec_.npu.precision));
      if (calculates(op) && precision(op.output) != own) op.posts.push_back({Function::cast, models::kNone, op.name});
    }
  }
  [[nodiscard]] bool moved_into(TensorId tensor) const {
    return std::ranges::any_of(network_.operators,
                               [&](const Operator& op) { return !calculates(op) && root(op.output) == tensor; });
  }

  // A cast in front of every operator that still reads another format; readers of one tensor share it.
  void convert() {
    std::vector<Operator> operators;
    std::map<std::pair<TensorId, Precision>, TensorId> casts;
    for (OperatorId o = 0; o < network_.operators.size(); ++o) {
      Operator op = std::move(network_.operators[o]);
      for (TensorId& t : op.inputs) {
        if (op.unit == Unit::host) break;
        const Precision to = op.unit == Unit::movement ? precision(op.output)
                                                       : chosen_[o].value_or(of_file_[t].value_or(spec_.npu.precision));
        if (precision(t) == to) continue;
        const auto [at, fresh] = casts.try_emplace({t, to}, models::kNone);
        if (fresh) {
          operators.push_back(cast(t, to));
          at->second = operators.back().output;
          network_.tensors[at->second].producer = static_cast<OperatorId>(operators.size() - 1);
        }
        t = at->second;
      }
      network_.tensors[op.output].producer = static_cast<OperatorId>(operators.size());
      for (const TensorId t : op.more_outputs) network_.tensors[t].producer = static_cast<OperatorId>(operators.size());
      operators.push_back(std::move(op));
    }
    network_.operators = std::move(operators);
  }

  Operator cast(TensorId source, Precision to) {
    const auto id = static_cast<TensorId>(network_.tensors.size());
    Tensor copy;
    copy.name = fmt::format("{}#{}", network_.tensors[source].name, base::to_string(to));
    copy.dims = network_.tensors[source].dims;
    copy.layout = network_.tensors[source].layout;
    copy.shape = network_.tensors[source].shape;
    copy.root = id;
    copy.precision = to;
    Operator op;
    op.name = copy.name;
    op.type = "Cast";
    op.unit = Unit::vector;
    op.function = Function::cast;
    op.inputs = {source};
    op.output = id;
    op.access = Operator::Access::axes;
    models::AxisMap axis;
    std::vector<models::AxisMap> map;
    for (axis.from = 0; axis.from < static_cast<int>(copy.dims.size()); ++axis.from) map.push_back(axis);
    op.maps.push_back(std::move(map));
    network_.tensors.push_back(std::move(copy));
    of_file_.push_back(to);
    return op;
  }

  Network& network_;
  const RunSpec& spec_;
  std::vector<Choice> chosen_;   // by operator
  std::vector<Choice> of_file_;  // by tensor: of its root in the file
};

}  // namespace

base::Diagnostics assign_precision(Network& network, const RunSpec& spec) {
  if (spec.has_one_precision()) return {};
  if (auto problems = check_rules(spec, network); !problems.empty()) return problems;
  const bool all_of_file = std::ranges::all_of(network.operators, [&](const Operator& op) {
    const PrecisionRule* rule = rule_for(spec, op);
    return rule != nullptr && !rule->precision;
  });
  if (!all_of_file) Assignment(network, spec).run();
  return {};
}

}  // namespace tessera::sim
