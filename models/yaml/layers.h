// One layer of a YAML graph at a time: reads its keys, adds its nodes, infers their shapes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/config/map_reader.h"
#include "models/graph/graph.h"
#include "models/graph/host_rule.h"
#include "models/yaml/blocks.h"

namespace tessera::models {

class LayerBuilder {
 public:
  LayerBuilder(Graph& graph, base::Diagnostics& problems, const HostRules& host)
      : graph_(graph), problems_(problems), host_(host) {}
  // Declares a network input.
  void input(const std::string& name, Dims dims, const base::Node& where);
  // Adds one layer; stops adding after the first problem of it.
  void add(const ExpandedLayer&);
  // The value of a layer's name; kNone after a diagnostic.
  [[nodiscard]] ValueId value_of(const std::string& name, const base::Node& where);
  [[nodiscard]] ValueId last() const { return last_; }

  // For the functions that build one kind of layer.
  [[nodiscard]] base::MapReader& keys() { return *keys_; }
  [[nodiscard]] const std::vector<ValueId>& inputs() const { return inputs_; }
  // Of the last node of this layer.
  [[nodiscard]] const std::vector<ValueId>& outputs() const { return outputs_; }
  [[nodiscard]] const Dims& dims(std::size_t input) const { return graph_.values[inputs_[input]].dims(); }
  // A constant that counts as parameters.
  [[nodiscard]] ValueId weight(const std::string& suffix, Dims dims);
  // A constant of integers: a shape.
  [[nodiscard]] ValueId numbers(const std::string& suffix, std::vector<std::int64_t> ints);
  // A node of this layer; its outputs are the layer's.
  void node(const std::string& type, std::vector<ValueId> inputs, std::map<std::string, Attribute> attributes = {},
            std::size_t outputs = 1);
  // Adds a constant to the last axis of what node() made: a bias.
  void bias(std::int64_t width) { node("Add", {outputs_.front(), weight("bias", {width})}); }
  void fail(std::string message) { problems_.add(layer_->map.problem(std::move(message))); }
  [[nodiscard]] bool good() const { return problems_.empty(); }
  // Exactly that many inputs; false after a diagnostic.
  bool takes(std::size_t count);

 private:
  void activation();
  void define(const std::string& name, ValueId v);

  Graph& graph_;
  base::Diagnostics& problems_;
  const HostRules& host_;
  const ExpandedLayer* layer_ = nullptr;
  base::MapReader* keys_ = nullptr;
  std::vector<ValueId> inputs_;
  std::vector<ValueId> outputs_;
  std::map<std::string, ValueId> names_;
  std::vector<std::string> order_;  // names, for suggestions
  ValueId last_ = kNone;
};

// A kind of layer: its `op`, the ONNX type of the node it becomes, and what reads its keys and adds the node.
struct LayerKind {
  std::string_view name;
  const char* type;
  void (*build)(LayerBuilder&, const char* type);
  bool activation = false;  // can be the `activation` of another layer too
};
// nullptr for an unknown one.
[[nodiscard]] const LayerKind* find_layer(const std::string& op);
// The kind that a layer's `activation` names; nullptr where it is no activation.
[[nodiscard]] const LayerKind* find_activation(const std::string& name);
[[nodiscard]] std::vector<std::string> activation_names();

}  // namespace tessera::models
