// Nodes that the host runs, on the walk over shapes: what is known when the file is read is no task, and what a body
// reads from around it is read by the node.
#include <fmt/format.h>

#include <algorithm>

#include "models/operators/operators.h"
#include "models/passes/shape_walk.h"

namespace tessera::models {

bool ShapeWalk::known_already(const Node& node) const {
  const auto constant = [&](ValueId v) { return v == kNone || graph_.values[v].constant; };
  if (node.type == "If" && node.host->domain.empty())
    return node.inputs.size() == 1 && node.inputs[0] != kNone && numbers(node.inputs[0]) != nullptr;
  const KnownOperator* known = find_operator(node.type, node.host->domain);
  if (known == nullptr || known->rule.host_only == OperatorRule::HostOnly::always) return false;
  if (known->rule.makes_constants) return true;
  if (node.inputs.empty() || !std::all_of(node.inputs.begin(), node.inputs.end(), constant)) return false;
  const auto has_numbers = [&](ValueId v) { return v == kNone || graph_.values[v].literal.known(); };
  return known->rule.host_only == OperatorRule::HostOnly::no ||
         std::all_of(node.inputs.begin(), node.inputs.end(), has_numbers);
}

// A sequence is read part by part; so is what the node's own bodies read from around them.
void ShapeWalk::take_captures(Node& node, const Frame& frame) const {
  std::vector<ValueId> inputs;
  const auto take = [&](ValueId v) {
    const auto parts = sequences_.find(v);
    if (parts == sequences_.end()) inputs.push_back(v);
    else inputs.insert(inputs.end(), parts->second.begin(), parts->second.end());
  };
  for (const ValueId v : node.inputs) take(v);
  for (const ValueId v : node.captures) take(resolve(v, frame));
  node.inputs = std::move(inputs);
  node.captures.clear();
}

bool ShapeWalk::reads_opaque(const Node& node) {
  if (node.host) return false;
  const auto read = std::find_if(node.inputs.begin(), node.inputs.end(),
                                 [&](ValueId v) { return v != kNone && graph_.values[v].opaque; });
  if (read == node.inputs.end()) return false;
  refuse(node, fmt::format("it reads '{}', which is no tensor", graph_.values[*read].name));
  return true;
}

}  // namespace tessera::models
