#include "models/expansion/expansion.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "models/operators/inference.h"
#include "models/operators/operators.h"

namespace tessera::models {

Expansion::Expansion(Graph& graph, NodeId id, std::vector<bool>& read)
    : NodeReader(graph, id), changed_(graph), read_(read), name_(node().name), where_(node().where) {}

bool Expansion::wants(std::size_t output) const {
  if (output >= output_count() || node().outputs[output] == kNone) return false;
  const ValueId v = node().outputs[output];
  return read_[v] || graph().values[v].network_output;
}

ValueId Expansion::add_value(const std::string& name) {
  read_.push_back(false);
  return changed_.add_value(name_ + "/" + name);
}

ValueId Expansion::constant(const std::string& name, Dims dims, ValueId like) {
  const ValueId v = add_value(name);
  Value& value = changed_.values[v];
  value.shaped = value.constant = true;
  value.literal.dims = std::move(dims);
  value.literal.type = changed_.values[like].type();
  return v;
}

ValueId Expansion::integers(const std::string& name, std::vector<std::int64_t> numbers) {
  const ValueId v = add_value(name);
  Value& value = changed_.values[v];
  value.shaped = value.constant = true;
  value.literal = {{static_cast<std::int64_t>(numbers.size())}, std::move(numbers), {}, ElementType::int64};
  return v;
}

std::vector<ValueId> Expansion::make_several(const std::string& name, const std::string& type,
                                             std::vector<ValueId> inputs, Attributes attributes,
                                             const std::vector<std::string>& outputs) {
  const auto id = static_cast<NodeId>(changed_.nodes.size());
  Node node;
  node.name = name_ + "/" + name;
  node.type = type;
  node.inputs = std::move(inputs);
  node.attributes = std::move(attributes);
  node.where = where_;
  for (const ValueId v : node.inputs)
    if (v != kNone) read_[v] = true;
  for (const std::string& output : outputs) {
    node.outputs.push_back(add_value(output));
    changed_.values[node.outputs.back()].producer = id;
  }
  std::vector<ValueId> results = node.outputs;
  changed_.nodes.push_back(std::move(node));
  made_.push_back(id);
  if (find_operator(changed_.nodes[id]) == nullptr) fail(fmt::format("it needs {}, which cannot be simulated", type));
  if (auto problem = infer_node(changed_, id)) fail(fmt::format("{}: {}", describe(changed_.nodes[id]), *problem));
  return results;
}

ValueId Expansion::make(const std::string& name, const std::string& type, std::vector<ValueId> inputs,
                        Attributes attributes) {
  return make_several(name, type, std::move(inputs), std::move(attributes), {name}).front();
}

ValueId Expansion::reshape(const std::string& name, ValueId v, const Dims& dims) {
  if (shape(v) == dims) return v;
  if (constant(v)) return constant(name, dims, v);
  return make(name, "Reshape", {v, integers(name + ".shape", dims)});
}

ValueId Expansion::transpose(const std::string& name, ValueId v, std::vector<std::int64_t> order) {
  if (!constant(v)) return make(name, "Transpose", {v}, {{"perm", Attribute::integers(std::move(order))}});
  Dims dims;
  for (const std::int64_t a : order) dims.push_back(shape(v)[static_cast<std::size_t>(a)]);
  return constant(name, std::move(dims), v);
}

ValueId Expansion::part(const std::string& name, ValueId v, std::size_t axis, std::int64_t begin, std::int64_t count) {
  Dims dims = shape(v);
  if (dims[axis] == count) return v;
  dims[axis] = count;
  if (constant(v)) return constant(name, std::move(dims), v);
  return make(name, "Slice",
              {v, integers(name + ".starts", {begin}), integers(name + ".ends", {begin + count}),
               integers(name + ".axes", {static_cast<std::int64_t>(axis)})});
}

std::vector<ValueId> Expansion::split(const std::string& name, ValueId v, std::size_t axis,
                                      const std::vector<std::int64_t>& extents, const std::vector<std::string>& parts) {
  if (extents.size() == 1) return {v};
  if (constant(v)) {
    std::vector<ValueId> results;
    for (std::size_t i = 0; i < extents.size(); ++i) results.push_back(part(parts[i], v, axis, 0, extents[i]));
    return results;
  }
  return make_several(name, "Split", {v, integers(name + ".sizes", extents)},
                      {{"axis", Attribute::integer(static_cast<std::int64_t>(axis))}}, parts);
}

ValueId Expansion::concat(const std::string& name, const std::vector<ValueId>& parts, std::int64_t axis) {
  if (parts.size() == 1) return parts.front();
  return make(name, "Concat", parts, {{"axis", Attribute::integer(axis)}});
}

// The node that makes `v` makes the output instead, and whoever was made to read `v` reads the output. Not where `v`
// comes from outside, or is an output already: then the output is a view of it.
void Expansion::give(std::size_t i, ValueId v) {
  const ValueId output = node().outputs[i];
  if (shape(v) != shape(output))
    fail(fmt::format("output {} should have the shape {}, but its parts make {}", i, describe(shape(output)),
                     describe(shape(v))));
  const NodeId maker = graph().values[v].producer;
  const auto& outputs = node().outputs;
  if (maker == kNone || made_.empty() || maker < made_.front() ||
      std::find(outputs.begin(), outputs.end(), v) != outputs.end())
    v = make(fmt::format("output{}", i), "Identity", {v});
  for (const NodeId n : made_) {
    std::replace(changed_.nodes[n].inputs.begin(), changed_.nodes[n].inputs.end(), v, output);
    std::replace(changed_.nodes[n].outputs.begin(), changed_.nodes[n].outputs.end(), v, output);
  }
  changed_.values[output].producer = changed_.values[v].producer;
}

}  // namespace tessera::models
