// Nodes one after the other; bodies are in control_flow.cpp.
#include "models/passes/shape_walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "models/constants/evaluate.h"
#include "models/graph/host_rule.h"
#include "models/operators/inference.h"
#include "models/operators/operators.h"
#include "models/operators/refusals.h"

namespace tessera::models {

ShapeWalk::ShapeWalk(Graph& graph)
    : graph_(graph), alias_(graph.values.size(), kNone), computed_(graph.values.size(), false),
      counted_(graph.values.size(), false) {
  for (const Node& n : graph.nodes) (void)names_.add(n.name);
}

base::Diagnostics ShapeWalk::run() {
  std::vector<Node> nodes = std::move(graph_.nodes);
  graph_.nodes.clear();
  for (Value& v : graph_.values) v.producer = kNone;
  for (Node& n : nodes) visit(std::move(n), main_);
  if (!unknown_.empty()) return unknown_problems();
  if (!refused_ || refused_->count < 2) return std::move(problems_);
  return base::failure(refused_->first.where, fmt::format("{} ({} nodes of the network have that type)",
                                                          problems_.list().front().message, refused_->count));
}

base::Diagnostics ShapeWalk::unknown_problems() {
  base::Diagnostics problems;
  std::sort(unknown_.begin(), unknown_.end(), [](const Unknown& a, const Unknown& b) {
    return std::pair(a.first.domain, a.first.type) < std::pair(b.first.domain, b.first.type);
  });
  for (const Unknown& u : unknown_) {
    const Node& node = u.first;
    std::string text = fmt::format("{}: this operator cannot be simulated", describe(node));
    if (u.count > 1) text += fmt::format(" ({} nodes use it)", u.count);
    if (!node.domain.empty()) text += fmt::format("; its domain '{}' is not ONNX's own", node.domain);
    if (const auto why = why_refused(node.type, node.domain); !why.empty()) text += fmt::format("; {}", why);
    problems.add(node.where, std::move(text));
  }
  return problems;
}

std::vector<std::string> ShapeWalk::for_host() const {
  std::vector<std::string> types;
  for (const Unknown& u : unknown_) types.push_back(host_key(u.first));
  if (refused_) types.push_back(host_key(refused_->first));
  return types;
}

ValueId ShapeWalk::resolve(ValueId v, const Frame& frame) const {
  if (v == kNone) return kNone;
  for (const Frame* f = &frame; f != nullptr; f = f->outer)
    if (const auto at = f->names.find(v); at != f->names.end()) {
      v = at->second;
      break;
    }
  while (v != kNone && alias_[v] != kNone) v = alias_[v];
  return v;
}

ValueId ShapeWalk::new_value(std::string name) {
  const ValueId v = graph_.add_value(std::move(name));
  alias_.push_back(kNone);
  computed_.push_back(false);
  counted_.push_back(false);
  return v;
}

// In another iteration of a body.
ValueId ShapeWalk::new_value_like(ValueId v, std::string name) {
  const ValueId made = new_value(std::move(name));
  const Value& from = graph_.values[v];
  if (from.declared || from.opaque) {
    graph_.values[made].literal = from.literal;
    graph_.values[made].declared = from.declared;
    graph_.values[made].opaque = from.opaque;
  }
  return made;
}

void ShapeWalk::alias(ValueId from, ValueId to) {
  if (from != kNone && from != to) alias_[from] = to;
}

void ShapeWalk::fail(const Node& node, std::string message) {
  if (problems_.empty()) problems_.add(node.where, describe(node) + ": " + std::move(message));
}

void ShapeWalk::refuse(const Node& node, std::string message) {
  if (problems_.empty()) refused_ = Unknown{node, 1};
  fail(node, std::move(message));
}

void ShapeWalk::count_refused(const Node& node) {
  if (refused_ && refused_->first.type == node.type && refused_->first.domain == node.domain) ++refused_->count;
}

void ShapeWalk::unknown(const Node& node) {
  for (Unknown& u : unknown_)
    if (u.first.type == node.type && u.first.domain == node.domain) {
      ++u.count;
      return;
    }
  unknown_.push_back({node, 1});
}

// After the first failure nodes are looked at only for operators that cannot be simulated.
void ShapeWalk::visit(Node node, Frame& frame) {
  count_refused(node);
  for (ValueId& v : node.inputs) v = resolve(v, frame);
  for (ValueId& v : node.outputs) {
    if (v == kNone) continue;
    const auto given = frame.names.find(v);
    if (given != frame.names.end()) v = given->second;
    else if (frame.repeated) v = frame.names[v] = new_value_like(v, frame.prefix + graph_.values[v].name);
  }
  if (&frame != &main_) {
    node.name = names_.add(frame.prefix + node.name);
    ++placed_;
  }
  if (node.host) known_already(node) ? unmark_for_host(node) : take_captures(node, frame);
  if (expand_control(node, frame) || expand_sequence(node) || pass_on(node)) return;
  place(std::move(node));
}

// Identity, and Dropout outside training, whose mask is true everywhere: what reads the output reads the input instead.
bool ShapeWalk::pass_on(const Node& node) {
  const bool is_dropout = node.type == "Dropout";
  if (!node.domain.empty() || (!is_dropout && node.type != "Identity") || node.inputs.empty() || node.outputs.empty())
    return false;
  const ValueId in = node.inputs[0], out = node.outputs[0];
  if (in == kNone || out == kNone || graph_.values[out].network_output || !graph_.values[in].shaped) return false;
  if (node.outputs.size() > 1 || node.inputs.size() > (is_dropout ? 3 : 1)) return false;
  if (node.inputs.size() == 3 && node.inputs[2] != kNone) {
    const auto* training = numbers(node.inputs[2]);
    if (training == nullptr || *training != std::vector<std::int64_t>{0}) return false;
  }
  alias(out, in);
  graph_.notes.push_back({node.name, "view of " + graph_.values[in].name});
  return true;
}

void ShapeWalk::place(Node node) {
  const KnownOperator* known = find_operator(node);
  if (known == nullptr) return unknown(node);
  const auto unshaped = [&](ValueId v) { return v != kNone && !graph_.values[v].shaped; };
  if (!problems_.empty() || (!unknown_.empty() && std::any_of(node.inputs.begin(), node.inputs.end(), unshaped)))
    return;
  const auto n = static_cast<NodeId>(graph_.nodes.size());
  for (const ValueId v : node.outputs)
    if (v != kNone) graph_.values[v].producer = n;
  graph_.nodes.push_back(std::move(node));
  if (reads_opaque(graph_.nodes[n])) return;
  if (const auto problem = infer_node(graph_, n)) {
    const Node& wrong = graph_.nodes[n];
    return known->rule.host_only == OperatorRule::HostOnly::no ? fail(wrong, *problem) : refuse(wrong, *problem);
  }
  count_parameters(graph_.nodes[n]);
  if (!graph_.nodes[n].host && fold(n)) {
    graph_.notes.push_back({graph_.nodes[n].name, "folded to a constant"});
    for (const ValueId v : graph_.nodes[n].outputs)
      if (v != kNone) graph_.values[v].producer = kNone;
    graph_.nodes.pop_back();
  } else if (known->rule.lower == nullptr && known->rule.expand == nullptr) {
    unknown(graph_.nodes[n]);
  }
}

// What reads a constant that was repeated may read the one that was.
void ShapeWalk::keep_source(const Node& node) {
  if (!node.domain.empty() || (node.type != "Expand" && node.type != "Tile") || node.outputs[0] == kNone) return;
  const ValueId source = node.inputs[0];
  Value& made = graph_.values[node.outputs[0]];
  if (!broadcasts_to(graph_.values[source].dims(), made.dims())) return;
  made.spread_of = graph_.values[source].spread_of == kNone ? source : graph_.values[source].spread_of;
}

// Outputs of a node whose inputs are all constants are constants, with or without numbers.
bool ShapeWalk::fold(NodeId n) {
  const Node& node = graph_.nodes[n];
  const auto is_constant = [&](ValueId v) { return v == kNone || graph_.values[v].constant; };
  if (std::all_of(node.inputs.begin(), node.inputs.end(), is_constant)) {
    for (const ValueId v : node.outputs)
      if (v != kNone) graph_.values[v].constant = true;
    if (auto problem = evaluate(graph_, n)) fail(node, std::move(*problem));
    keep_source(node);
  }
  for (const ValueId v : node.outputs)
    if (v != kNone && !rule_of(node).makes_constants) computed_[v] = true;
  return std::all_of(node.outputs.begin(), node.outputs.end(), is_constant);
}

// Counts what an operator reads as weights: initializers and constants made by a node, no shapes, no single numbers
// written out as nodes; each once. Before folding, so that a table of which a part is used counts whole.
void ShapeWalk::count_parameters(const Node& node) {
  const KnownOperator* known = node.host ? find_operator(node.type, node.host->domain) : find_operator(node);
  if (known == nullptr || !known->rule.reads_weights) return;
  for (const ValueId v : node.inputs) {
    if (v == kNone || counted_[v] || computed_[v] || !graph_.values[v].constant) continue;
    const Value& value = graph_.values[v];
    using enum ElementType;
    if (value.type() == int32 || value.type() == int64 || value.type() == boolean) continue;
    counted_[v] = true;
    const std::int64_t count = elements(value.dims());
    if (value.initializer || count > 1) graph_.parameters += count;
  }
}

}  // namespace tessera::models
