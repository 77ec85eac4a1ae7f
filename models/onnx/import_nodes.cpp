// Nodes: of the main graph, of bodies, and of functions in place of their calls.
#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "models/onnx/import.h"
#include "models/operators/operators.h"

namespace tessera::models::onnx {

using base::as_utf8;

namespace {

constexpr std::size_t kMostNodes = 1'000'000;  // with functions in place
constexpr int kDeepest = 64;                   // bodies and functions inside one another

}  // namespace

void Import::add_nodes(Scope& scope, const std::vector<NodeMessage>& messages, std::vector<Node>& into) {
  std::vector<Node> nodes;
  for (const NodeMessage& message : messages) {
    Node node = read_node(scope, message);
    for (const std::string_view output : message.outputs) {
      // The outputs of a function have their ids from the call.
      const auto at = scope.ids.find(output);
      const bool given = at != scope.ids.end() && awaited_.erase(at->second) != 0;
      node.outputs.push_back(output.empty() ? kNone : given ? at->second : define(scope, output, describe(node)));
    }
    nodes.push_back(std::move(node));
  }
  for (std::size_t n = 0; n < nodes.size(); ++n)
    if (nodes[n].host) declare_outputs(scope, messages[n], nodes[n]);
  if ((nodes_ += nodes.size()) > kMostNodes) {
    if (nodes_ - nodes.size() <= kMostNodes)
      error(fmt::format("with its functions in place the network has more than {} nodes", kMostNodes));
    return;
  }
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    connect(scope, messages[n], nodes[n]);
    add_attributes(scope, messages[n], nodes[n]);
    if (const FunctionMessage* function = function_of(nodes[n], messages[n].overload))
      call(scope, std::move(nodes[n]), *function, into);
    else into.push_back(std::move(nodes[n]));
  }
}

// Nodes of bodies get their final names when the body is put in place.
Node Import::read_node(const Scope& scope, const NodeMessage& message) {
  Node node;
  node.type = as_utf8(message.type);
  node.domain = message.domain == "ai.onnx" ? "" : as_utf8(message.domain);
  node.where = {graph_.file};
  std::string_view name = message.name;
  if (name.empty() && !message.outputs.empty()) name = message.outputs.front();
  node.name = scope.prefix + (name.empty() ? node.type : as_utf8(name));
  if (scope.outer == nullptr) node.name = node_names_.add(node.name);
  mark_for_host(host_, node);
  return node;
}

void Import::connect(const Scope& scope, const NodeMessage& message, Node& node) {
  for (const std::string_view input : message.inputs) {
    const std::optional<ValueId> id = input.empty() ? kNone : find(scope, input);
    node.inputs.push_back(id.value_or(kNone));
    if (!id)
      error(fmt::format("{} reads tensor '{}', which no node, input or initializer defines", describe(node),
                        as_utf8(input)));
  }
}

void Import::add_attributes(Scope& scope, const NodeMessage& message, Node& node) {
  for (const NamedAttribute& a : message.attributes) {
    Attribute attribute = a.attribute;
    if (!a.reference.empty()) {
      // The call's attribute of that name; one that the call does not have is left out here too.
      const auto* given = scope.given;
      if (given == nullptr) {
        error(fmt::format("{}: attribute '{}' takes its value from '{}', but is in no function", describe(node),
                          as_utf8(a.name), as_utf8(a.reference)));
        continue;
      }
      const auto at = given->find(as_utf8(a.reference));
      if (at == given->end()) continue;
      attribute = at->second;
    } else if (attribute.kind == Attribute::Kind::graph) {
      attribute = body(scope, a, node);
    }
    if (!node.attributes.emplace(a.name, std::move(attribute)).second)
      error(fmt::format("{}: attribute '{}' is given twice", describe(node), as_utf8(a.name)));
  }
}

Attribute Import::body(const Scope& outer, const NamedAttribute& a, Node& node) {
  Attribute attribute = a.attribute;
  GraphMessage message;
  if (outer.depth >= kDeepest || !parse_graph(a.graph, message)) {
    error(fmt::format("{}: attribute '{}' is a graph that is damaged or too deep inside others", describe(node),
                      as_utf8(a.name)));
    return attribute;
  }
  auto graph = std::make_shared<Subgraph>();
  std::set<ValueId> captures(node.captures.begin(), node.captures.end());
  Scope scope{&outer, outer.prefix, outer.given, {}, &captures, outer.depth + 1, &message};
  add_constants(scope, message);
  for (const ValueInfo& input : message.inputs)
    graph->inputs.push_back(define(scope, input.name, "an input of a body"));
  add_nodes(scope, message.nodes, graph->nodes);
  for (const ValueInfo& output : message.outputs) {
    graph->outputs.push_back(find(scope, output.name).value_or(kNone));
    if (graph->outputs.back() == kNone)
      error(fmt::format("{}: output '{}' of its attribute '{}' is defined by no node", describe(node),
                        as_utf8(output.name), as_utf8(a.name)));
  }
  node.captures.assign(captures.begin(), captures.end());
  attribute.graph = std::move(graph);
  return attribute;
}

// What the simulator knows by itself is not looked up: its own form is the one that can be simulated.
const FunctionMessage* Import::function_of(const Node& node, std::string_view overload) const {
  if (functions_.empty() || find_operator(node) != nullptr) return nullptr;
  const auto at = functions_.find({node.domain, node.type});
  if (at == functions_.end()) return nullptr;
  for (const FunctionMessage* f : at->second)
    if (f->overload == overload) return f;
  return nullptr;
}

void Import::call(const Scope& outer, Node call, const FunctionMessage& function, std::vector<Node>& into) {
  if (std::find(calls_.begin(), calls_.end(), &function) != calls_.end() || outer.depth >= kDeepest)
    return error(fmt::format("{}: the function calls itself, or calls are too deep inside others", describe(call)));
  if (call.inputs.size() > function.inputs.size() || call.outputs.size() > function.outputs.size())
    return error(fmt::format(
        "{}: it has {} input(s) and {} output(s), but the function of the file takes {} and makes "
        "{}",
        describe(call), call.inputs.size(), call.outputs.size(), function.inputs.size(), function.outputs.size()));
  for (const NamedAttribute& a : function.defaults) call.attributes.emplace(a.name, a.attribute);
  Scope scope{nullptr, call.name + "/", &call.attributes, {}, nullptr, outer.depth + 1, nullptr};
  for (std::size_t i = 0; i < function.inputs.size(); ++i)
    scope.ids.emplace(function.inputs[i], i < call.inputs.size() ? call.inputs[i] : kNone);
  std::vector<Node> passed;  // outputs that are inputs
  for (std::size_t i = 0; i < call.outputs.size(); ++i) {
    if (call.outputs[i] == kNone) continue;
    const auto [at, fresh] = scope.ids.emplace(function.outputs[i], call.outputs[i]);
    if (fresh) {
      awaited_.insert(call.outputs[i]);
      continue;
    }
    Node identity;
    identity.name = node_names_.add(call.name);
    identity.type = "Identity";
    identity.where = call.where;
    identity.inputs = {at->second};
    identity.outputs = {call.outputs[i]};
    passed.push_back(std::move(identity));
  }
  calls_.push_back(&function);
  add_nodes(scope, function.nodes, into);
  calls_.pop_back();
  for (Node& identity : passed) into.push_back(std::move(identity));
  for (const ValueId v : call.outputs)
    if (v != kNone && awaited_.erase(v) != 0)
      error(fmt::format("{}: no node of the function makes its output '{}'", describe(call), graph_.values[v].name));
}

}  // namespace tessera::models::onnx
