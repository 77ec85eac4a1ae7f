// What the file says of the tensors that nodes of the host make: their shapes follow from no rule of the machine.
//
// A name in such a shape is bound like one of a network input. An axis without a name, and every axis of a tensor that
// the file says nothing of, is called TENSOR.AXIS.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "models/onnx/import.h"
#include "models/operators/host.h"

namespace tessera::models::onnx {

namespace {

// What a body says of output `i` of the node that runs it: the branch of an If, the state that a Loop hands on.
std::optional<ValueInfo> of_body(const NodeMessage& message, std::size_t i) {
  const bool loop = message.type == "Loop";
  const std::size_t states = message.inputs.size() > 2 ? message.inputs.size() - 2 : 0;
  if (loop ? i >= states : message.type != "If") return std::nullopt;
  for (const NamedAttribute& a : message.attributes) {
    GraphMessage body;
    if (a.name != (loop ? "body" : "then_branch") || !parse_graph(a.graph, body)) continue;
    const std::size_t at = loop ? i + 1 : i;  // a Loop's body makes its condition first
    if (at < body.outputs.size() && body.outputs[at].has_shape) return body.outputs[at];
  }
  return std::nullopt;
}

}  // namespace

void Import::declare_outputs(const Scope& scope, const NodeMessage& message, const Node& node) {
  for (std::size_t i = 0; i < message.outputs.size(); ++i) {
    if (message.outputs[i].empty()) continue;
    Value& made = graph_.values[node.outputs[i]];
    if (scope.graph == nullptr) {
      take_extents(made);
      continue;
    }
    const auto is_it = [&](const ValueInfo& info) { return info.name == message.outputs[i]; };
    const auto& outputs = scope.graph->outputs;
    const auto output = std::ranges::find_if(outputs, is_it);
    ValueInfo info;
    if (output != outputs.end()) info = *output;
    for (const std::string_view bytes : scope.graph->infos) {
      if (info.has_shape || info.is_other) break;
      ValueInfo other;
      if (parse_value_info(bytes, other) && is_it(other)) info = std::move(other);
    }
    if (!info.has_shape && !info.is_other) info = of_body(message, i).value_or(info);
    declare(info, node, made);
  }
}

void Import::declare(const ValueInfo& info, const Node& node, Value& made) {
  made.opaque = info.is_other;
  if (info.element_type != ElementType::unknown) made.literal.type = info.element_type;
  if (info.is_other) return;
  if (!info.has_shape || info.dimensions.size() > kMaxAxes) return take_extents(made);
  const bool needed = !host_shape_follows(node);
  Dims dims;
  for (std::size_t axis = 0; axis < info.dimensions.size(); ++axis)
    if (const auto extent = extents_.extent_of_host(info, axis, needed)) dims.push_back(*extent);
  if (dims.size() != info.dimensions.size()) return;
  if (!possible(dims)) return error(fmt::format("'{}' has the impossible shape {}", made.name, describe(dims)));
  made.literal.dims = std::move(dims);
  made.declared = true;
}

// The extents that the user has bound, as many as follow one another.
void Import::take_extents(Value& made) {
  Dims dims;
  while (dims.size() < kMaxAxes) {
    const auto extent = extents_.number(fmt::format("{}.{}", made.name, dims.size()));
    if (!extent) break;
    dims.push_back(*extent);
  }
  if (dims.empty()) return;
  if (!possible(dims)) return error(fmt::format("'{}' has the impossible shape {}", made.name, describe(dims)));
  made.literal.dims = std::move(dims);
  made.declared = true;
}

}  // namespace tessera::models::onnx
