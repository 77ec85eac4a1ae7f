#include "models/yaml/layers.h"

#include <fmt/format.h>

#include "base/config/suggest.h"
#include "models/operators/inference.h"
#include "models/yaml/yaml_reader.h"

namespace tessera::models {

void LayerBuilder::define(const std::string& name, ValueId v) {
  names_[name] = v;
  order_.push_back(name);
}

void LayerBuilder::input(const std::string& name, Dims dims, const base::Node& where) {
  if (dims.empty() || dims.size() > 8)
    return problems_.add(where.problem(fmt::format("input \"{}\" needs 1 to 8 extents", name)));
  if (!possible(dims)) return problems_.add(where.problem(fmt::format("input \"{}\" is too large", name)));
  const ValueId v = graph_.add_value(name);
  graph_.values[v].literal.dims = std::move(dims);
  graph_.values[v].shaped = graph_.values[v].network_input = true;
  define(name, v);
  last_ = v;
}

ValueId LayerBuilder::value_of(const std::string& name, const base::Node& where) {
  const auto at = names_.find(name);
  if (at != names_.end()) return at->second;
  problems_.add(
      where.problem(fmt::format("no layer or input \"{}\" stands above{}", name, base::did_you_mean(name, order_))));
  return kNone;
}

bool LayerBuilder::takes(std::size_t count) {
  if (inputs_.size() == count) return true;
  fail(fmt::format("it has {} input(s), but {} {} needed", inputs_.size(), count, count == 1 ? "is" : "are"));
  return false;
}

ValueId LayerBuilder::weight(const std::string& suffix, Dims dims) {
  if (!possible(dims)) {
    fail(fmt::format("its {} has the impossible shape {}", suffix, describe(dims)));
    dims.clear();
  }
  const ValueId v = graph_.add_value(layer_->name + "." + suffix);
  Value& value = graph_.values[v];
  value.shaped = value.constant = true;
  value.initializer = !dims.empty();
  value.literal.dims = std::move(dims);
  return v;
}

ValueId LayerBuilder::numbers(const std::string& suffix, std::vector<std::int64_t> ints) {
  const ValueId v = weight(suffix, {static_cast<std::int64_t>(ints.size())});
  graph_.values[v].literal.type = ElementType::int64;
  graph_.values[v].literal.ints = std::move(ints);
  return v;
}

void LayerBuilder::node(const std::string& type, std::vector<ValueId> inputs,
                        std::map<std::string, Attribute> attributes, std::size_t outputs) {
  if (!good()) return;
  Node n;
  n.name = outputs_.empty() ? layer_->name : fmt::format("{}.{}", layer_->name, type);
  n.type = type;
  n.inputs = std::move(inputs);
  n.attributes = std::move(attributes);
  n.where = layer_->map.where();
  mark_for_host(host_, n);
  const auto id = static_cast<NodeId>(graph_.nodes.size());
  outputs_.clear();
  for (std::size_t i = 0; i < outputs; ++i) {
    const ValueId v = graph_.add_value(outputs > 1 ? fmt::format("{}.{}", n.name, i) : n.name);
    graph_.values[v].producer = id;
    outputs_.push_back(v);
  }
  n.outputs = outputs_;
  graph_.nodes.push_back(std::move(n));
  if (auto problem = infer_node(graph_, id)) fail("layer \"" + layer_->name + "\": " + *problem);
}

void LayerBuilder::activation() {
  const std::string name = keys_->text_or("activation", "none");
  if (name == "none" || !good()) return;
  const LayerKind* kind = find_activation(name);
  if (kind == nullptr)
    return problems_.add(
        layer_->map.find("activation")
            ->problem(fmt::format("unknown activation \"{}\"{}", name, base::did_you_mean(name, activation_names()))));
  if (outputs_.size() == 1) node(kind->type, {outputs_.front()});
}

void LayerBuilder::add(const ExpandedLayer& layer) {
  layer_ = &layer;
  inputs_.clear();
  outputs_.clear();
  for (const std::string& name : layer.inputs) inputs_.push_back(value_of(name, layer.map));
  if (!good()) return;
  if (layer.result_of_block) {
    last_ = inputs_.front();
    return define(layer.name, last_);
  }
  base::MapReader keys(layer.map, fmt::format("layer \"{}\"", layer.name), problems_);
  keys_ = &keys;
  (void)keys.find("name"), (void)keys.find("inputs");
  const std::string op = keys.text("op");
  if (!good()) return;
  const LayerKind* kind = find_layer(op);
  if (kind == nullptr)
    return problems_.add(layer.map.find("op")->problem(
        fmt::format("unknown operator \"{}\"{}", op, base::did_you_mean(op, yaml_operators()))));
  kind->build(*this, kind->type);
  activation();
  if (!keys.finish() || outputs_.empty()) return;
  if (names_.count(layer.name) != 0) return fail(fmt::format("the name \"{}\" is there twice", layer.name));
  define(layer.name, outputs_.front());
  for (std::size_t i = 0; outputs_.size() > 1 && i < outputs_.size(); ++i)
    define(fmt::format("{}.{}", layer.name, i), outputs_[i]);
  last_ = outputs_.front();
}

}  // namespace tessera::models
