// Sequences of tensors: lists that are known while the graph is walked. No operator of theirs remains.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "models/operators/node_reader.h"
#include "models/passes/shape_walk.h"

namespace tessera::models {

namespace {

constexpr std::int64_t kMostParts = 4096;

}  // namespace

bool ShapeWalk::expand_sequence(const Node& node) {
  constexpr std::array kTypes{"ConcatFromSequence", "SequenceAt",     "SequenceConstruct", "SequenceEmpty",
                              "SequenceErase",      "SequenceInsert", "SequenceLength",    "SplitToSequence"};
  if (!node.domain.empty() || std::find(kTypes.begin(), kTypes.end(), node.type) == kTypes.end()) return false;
  if (!problems_.empty()) return true;
  try {
    follow_sequence(node);
  } catch (const NodeError& e) {
    e.host_could ? refuse(node, e.message) : fail(node, e.message);
  }
  return true;
}

// The sequence that an input is.
const std::vector<ValueId>& ShapeWalk::sequence(const Node& node, std::size_t input) const {
  const ValueId v = input < node.inputs.size() ? node.inputs[input] : kNone;
  const auto at = sequences_.find(v);
  if (at == sequences_.end())
    throw NodeError{fmt::format("input {} is no sequence that is known from the file", input), true};
  return at->second;
}

// The place that an input names in a sequence that has `count` of them; nothing where the input is left out.
std::optional<std::size_t> ShapeWalk::position(const Node& node, std::size_t input, std::size_t count) const {
  if (input >= node.inputs.size() || node.inputs[input] == kNone) return std::nullopt;
  const auto* given = numbers(node.inputs[input]);
  if (given == nullptr || given->size() != 1)
    throw NodeError{"the position is not known from the file: " + cause_of_unknown(node.inputs[input]), true};
  const auto size = static_cast<std::int64_t>(count);
  const std::int64_t at = given->front() < 0 ? given->front() + size : given->front();
  if (at < 0 || at >= size)
    throw NodeError{fmt::format("position {} in a sequence of {} tensor(s)", given->front(), count)};
  return static_cast<std::size_t>(at);
}

void ShapeWalk::follow_sequence(const Node& node) {
  if (node.outputs.empty() || node.outputs[0] == kNone) throw NodeError{"its first output has no name"};
  const ValueId out = node.outputs[0];
  if (node.type == "SequenceEmpty") {
    sequences_[out] = {};
  } else if (node.type == "SequenceConstruct") {
    if (std::find(node.inputs.begin(), node.inputs.end(), kNone) != node.inputs.end())
      throw NodeError{"an input is missing"};
    sequences_[out] = node.inputs;
  } else if (node.type == "SplitToSequence") {
    split_to_sequence(node);
  } else if (node.type == "SequenceLength") {
    const auto length = static_cast<std::int64_t>(sequence(node, 0).size());
    give(node, 0, constant(length, ElementType::int64));
  } else if (node.type == "SequenceAt") {
    const auto& parts = sequence(node, 0);
    const auto at = position(node, 1, parts.size());
    if (!at) throw NodeError{"input 1 is missing"};
    give(node, 0, parts[*at]);
  } else if (node.type == "SequenceInsert") {
    auto parts = sequence(node, 0);
    if (node.inputs.size() < 2 || node.inputs[1] == kNone) throw NodeError{"input 1 is missing"};
    const std::size_t at = position(node, 2, parts.size() + 1).value_or(parts.size());
    parts.insert(parts.begin() + static_cast<std::ptrdiff_t>(at), node.inputs[1]);
    sequences_[out] = std::move(parts);
  } else if (node.type == "SequenceErase") {
    auto parts = sequence(node, 0);
    if (parts.empty()) throw NodeError{"the sequence is empty"};
    parts.erase(parts.begin() +
                static_cast<std::ptrdiff_t>(position(node, 1, parts.size()).value_or(parts.size() - 1)));
    sequences_[out] = std::move(parts);
  } else {
    concat_from_sequence(node);
  }
}

void ShapeWalk::concat_from_sequence(const Node& node) {
  const std::vector<ValueId> parts = sequence(node, 0);
  const auto axis = node.attributes.find("axis");
  if (axis == node.attributes.end() || axis->second.ints.size() != 1) throw NodeError{"attribute 'axis' is missing"};
  const auto fresh = node.attributes.find("new_axis");
  if (fresh != node.attributes.end() && fresh->second.ints == std::vector<std::int64_t>{1})
    return stack(node, 0, parts, axis->second.ints[0]);
  if (parts.empty()) throw NodeError{"the sequence is empty"};
  Node concat = node_like(node, "Concat", parts, {node.outputs[0]});
  concat.attributes.emplace("axis", axis->second);
  place(std::move(concat));
}

// Parts of one element each where no lengths are given, and then without the axis where keepdims is 0.
void ShapeWalk::split_to_sequence(const Node& node) {
  if (node.inputs.empty() || node.inputs[0] == kNone) throw NodeError{"input 0 is missing"};
  const Dims& dims = graph_.values[node.inputs[0]].dims();
  const auto number = [&](const char* name, std::int64_t otherwise) {
    const auto at = node.attributes.find(name);
    return at == node.attributes.end() || at->second.ints.size() != 1 ? otherwise : at->second.ints[0];
  };
  const auto rank = static_cast<std::int64_t>(dims.size());
  const std::int64_t axis = number("axis", 0) < 0 ? number("axis", 0) + rank : number("axis", 0);
  if (axis < 0 || axis >= rank) throw NodeError{fmt::format("axis {} of a tensor of {} axes", axis, rank)};
  const std::int64_t extent = dims[static_cast<std::size_t>(axis)];
  const bool given = node.inputs.size() > 1 && node.inputs[1] != kNone;
  std::vector<std::int64_t> sizes;
  if (given) {
    const auto* lengths = numbers(node.inputs[1]);
    if (lengths == nullptr)
      throw NodeError{"the lengths are not known from the file: " + cause_of_unknown(node.inputs[1]), true};
    sizes = *lengths;
  }
  // One number means parts of that length.
  if (!given || graph_.values[node.inputs[1]].dims().empty()) {
    const std::int64_t length = given ? sizes.at(0) : 1;
    if (length < 1 || extent / length > kMostParts)
      throw NodeError{fmt::format("parts of {} elements of axis {} of {}", length, axis, describe(dims))};
    sizes.clear();
    for (std::int64_t rest = extent; rest > 0; rest -= length) sizes.push_back(std::min(length, rest));
  }
  const bool drops_axis = !given && number("keepdims", 1) == 0;
  std::vector<ValueId> parts;
  const std::string name = graph_.values[node.outputs[0]].name;
  for (std::size_t i = 0; i < sizes.size(); ++i) parts.push_back(new_value(fmt::format("{}#{}", name, i)));
  Node split = node_like(node, "Split", {node.inputs[0]}, parts);
  split.attributes.emplace("axis", Attribute::integer(axis));
  split.attributes.emplace("split", Attribute::integers(sizes));
  if (!sizes.empty()) place(std::move(split));
  for (ValueId& part : parts) {
    if (!drops_axis) break;
    const ValueId flat = new_value(graph_.values[part].name + "#flat");
    Node squeeze = node_like(node, "Squeeze", {part}, {flat});
    squeeze.name = names_.add(node.name);
    squeeze.attributes.emplace("axes", Attribute::integers({axis}));
    place(std::move(squeeze));
    part = flat;
  }
  sequences_[node.outputs[0]] = std::move(parts);
}

}  // namespace tessera::models
