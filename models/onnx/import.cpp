// Tensors, inputs and outputs of the file; nodes are in import_nodes.cpp.
#include "models/onnx/import.h"

#include <fmt/format.h>

#include "base/utf8.h"

namespace tessera::models::onnx {

using base::as_utf8;

Import::Import(const std::filesystem::path& path, const ModelMessage& model, const Bindings& bindings,
               const HostRules& host)
    : model_(model), extents_(bindings), bindings_(bindings), host_(host), external_(path.parent_path()) {
  graph_.file = path.string();
  graph_.name = as_utf8(path.stem().string());
  graph_.opset = model.opset;
  for (const FunctionMessage& f : model.functions)
    functions_[{f.domain == "ai.onnx" ? "" : as_utf8(f.domain), as_utf8(f.name)}].push_back(&f);
}

base::Result<Graph> Import::run(NamedDimensions& dimensions) && {
  Scope scope;
  scope.graph = &model_.graph;
  add_constants(scope, model_.graph);
  add_inputs(scope);
  add_nodes(scope, model_.graph.nodes, graph_.nodes);
  graph_.file_operators = static_cast<std::int64_t>(model_.graph.nodes.size());
  keep_nodes(graph_, std::vector<bool>(graph_.nodes.size(), true));  // numbers the producers
  mark_outputs(scope);
  problems_.append(extents_.problems(graph_.file));
  if (!problems_.empty()) return std::move(problems_);
  dimensions = extents_.dimensions();
  return std::move(graph_);
}

// A new value under a name that must be new in its scope. Tensors are told apart by the bytes of their names, whatever
// they are; from here on a name is UTF-8.
ValueId Import::define(Scope& scope, std::string_view name, const std::string& by) {
  const auto [at, fresh] = scope.ids.emplace(name, static_cast<ValueId>(graph_.values.size()));
  if (!fresh) {
    error(fmt::format("tensor '{}' is defined twice, the second time by {}", as_utf8(name), by));
    return at->second;
  }
  return graph_.add_value(value_names_.add(scope.prefix + as_utf8(name)));
}

// Every body between here and the definition reads it from outside.
std::optional<ValueId> Import::find(const Scope& scope, std::string_view name) const {
  for (const Scope* s = &scope; s != nullptr; s = s->outer) {
    const auto at = s->ids.find(name);
    if (at == s->ids.end()) continue;
    for (const Scope* inner = &scope; inner != s && at->second != kNone; inner = inner->outer)
      inner->captures->insert(at->second);
    return at->second;
  }
  return std::nullopt;
}

void Import::add_constants(Scope& scope, const GraphMessage& graph) {
  for (const Tensor& t : graph.initializers) {
    const ValueId id = define(scope, t.name, "an initializer");
    Value& v = graph_.values[id];
    if (!possible(t.literal.dims)) {
      error(fmt::format("initializer '{}' has the impossible shape {}", v.name, describe(t.literal.dims)));
      continue;
    }
    v.literal = t.literal;
    if (t.external) external_.load(*t.external, v.literal);
    v.shaped = v.constant = v.initializer = true;
  }
}

void Import::add_inputs(Scope& scope) {
  for (const ValueInfo& info : model_.graph.inputs) {
    const auto at = scope.ids.find(info.name);
    if (at != scope.ids.end() && graph_.values[at->second].initializer) continue;  // IR 3 lists weights here
    const ValueId id = define(scope, info.name, "an input");
    Value& v = graph_.values[id];
    v.network_input = v.shaped = true;
    v.literal.type = info.element_type;
    if (!info.is_tensor) {
      error(fmt::format("input '{}' is no tensor (a sequence, an optional or a map): only tensors can be", v.name));
      continue;
    }
    if (!info.has_shape) {
      error(
          fmt::format("input '{}' has no shape in the file: export the network with the shape of its inputs", v.name));
      continue;
    }
    if (info.dimensions.size() > kMaxAxes) {
      error(fmt::format("input '{}' has {} axes, at most {} can be", v.name, info.dimensions.size(), kMaxAxes));
      continue;
    }
    add_extents(info, v);
  }
}

void Import::add_extents(const ValueInfo& info, Value& v) {
  bool fixed = true;
  for (std::size_t i = 0; i < info.dimensions.size(); ++i) {
    const auto extent = extents_.extent(info, i);
    v.literal.dims.push_back(extent.value_or(0));
    fixed = fixed && extent.has_value();
  }
  if (!fixed) return;
  if (!possible(v.literal.dims))
    return error(fmt::format("input '{}' has the impossible shape {}", v.name, describe(v.literal.dims)));
  take_number(v);
}

// An input of one element that the user bound to a number is a constant: flags that choose the branch of an If.
void Import::take_number(Value& v) {
  if (elements(v.dims()) != 1 || bindings_.count(v.name) == 0) return;
  const std::int64_t number = *extents_.number(v.name);
  if (is_integer(v.type())) v.literal.ints = {number};
  else v.literal.reals = {static_cast<double>(number)};
  v.constant = true;
  v.network_input = false;
  graph_.notes.push_back({v.name, fmt::format("an input that is bound to {}", number)});
}

void Import::mark_outputs(const Scope& scope) {
  if (model_.graph.outputs.empty()) error("the graph has no outputs");
  for (const ValueInfo& info : model_.graph.outputs) {
    const auto at = scope.ids.find(info.name);
    if (at == scope.ids.end()) error(fmt::format("network output '{}' is defined by no node", as_utf8(info.name)));
    else graph_.values[at->second].network_output = true;
  }
}

}  // namespace tessera::models::onnx
