// If, Loop and Scan: bodies in place of the nodes that run them.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "models/operators/node_reader.h"
#include "models/passes/shape_walk.h"

namespace tessera::models {

namespace {

constexpr std::int64_t kMostIterations = 4096;  // of one loop
constexpr std::size_t kMostPlaced = 200'000;    // nodes of all bodies, each iteration counted

const Subgraph* body_of(const Node& node, const std::string& name) {
  const auto at = node.attributes.find(name);
  return at == node.attributes.end() ? nullptr : at->second.graph.get();
}

}  // namespace

bool ShapeWalk::expand_control(const Node& node, const Frame& frame) {
  if (!node.domain.empty()) return false;
  const bool is_if = node.type == "If", is_loop = node.type == "Loop", is_scan = node.type == "Scan";
  if (!is_if && !is_loop && !is_scan) return false;
  if (!problems_.empty()) return true;
  try {
    if (is_if) expand_if(node, frame);
    else if (is_loop) expand_loop(node, frame);
    else expand_scan(node, frame);
  } catch (const NodeError& e) {
    e.host_could ? refuse(node, e.message) : fail(node, e.message);
  }
  return true;
}

const std::vector<std::int64_t>* ShapeWalk::numbers(ValueId v) const {
  const auto& ints = graph_.values[v].literal.ints;
  return graph_.values[v].constant && ints ? &*ints : nullptr;
}

// Where a number that only a run of the network knows comes from; a single number among the network's inputs can be
// bound.
std::string ShapeWalk::cause_of_unknown(ValueId v) const {
  const Value& value = graph_.values[v];
  if (!value.shaped && value.producer == kNone && !value.network_input)
    return fmt::format("'{}' follows from an operator that cannot be simulated", value.name);
  std::string cause = why_unknown(graph_, v);
  for (ValueId at = v; at != kNone;) {
    const Value& source = graph_.values[at];
    if (source.network_input && elements(source.dims()) == 1)
      return cause + fmt::format("; --bind {}=0 or --bind {}=1 makes a constant of it", source.name, source.name);
    if (source.producer == kNone) break;
    ValueId next = kNone;
    int variable = 0;
    for (const ValueId input : graph_.nodes[source.producer].inputs)
      if (input != kNone && !graph_.values[input].constant) next = input, ++variable;
    at = variable == 1 ? next : kNone;
  }
  return cause;
}

Node ShapeWalk::node_like(const Node& node, std::string type, std::vector<ValueId> inputs,
                          std::vector<ValueId> outputs) const {
  Node made;
  made.name = node.name;
  made.type = std::move(type);
  made.where = node.where;
  made.inputs = std::move(inputs);
  made.outputs = std::move(outputs);
  return made;
}

ValueId ShapeWalk::constant(std::int64_t number, ElementType type, bool as_list) {
  const ValueId v = graph_.add_value(fmt::format("{}", number));
  alias_.push_back(kNone);
  computed_.push_back(true);
  counted_.push_back(false);
  Value& value = graph_.values[v];
  value.shaped = value.constant = true;
  if (as_list) value.literal.dims = {1};
  value.literal.type = type;
  value.literal.ints = {number};
  return v;
}

// What leaves a body under the name that the node gives it.
void ShapeWalk::give(const Node& node, std::size_t output, ValueId result) {
  if (output >= node.outputs.size() || node.outputs[output] == kNone || node.outputs[output] == result) return;
  const ValueId out = node.outputs[output];
  if (!graph_.values[out].network_output) return alias(out, result);
  Node identity = node_like(node, "Identity", {result}, {out});
  place(std::move(identity));
}

void ShapeWalk::expand_if(const Node& node, const Frame& outer) {
  if (node.inputs.size() != 1 || node.inputs[0] == kNone) throw NodeError{"it needs one input, its condition"};
  const auto* condition = numbers(node.inputs[0]);
  if (condition == nullptr || condition->size() != 1) {
    if (!unknown_.empty() && !graph_.values[node.inputs[0]].shaped) return;  // what it follows from is reported
    throw NodeError{"which branch runs is not known from the file: " + cause_of_unknown(node.inputs[0]), true};
  }
  const bool taken = condition->front() != 0;
  const Subgraph* branch = body_of(node, taken ? "then_branch" : "else_branch");
  if (branch == nullptr) throw NodeError{"it needs graphs as attributes 'then_branch' and 'else_branch'"};
  if (branch->outputs.size() != node.outputs.size())
    throw NodeError{
        fmt::format("it has {} output(s), but its branch makes {}", node.outputs.size(), branch->outputs.size())};
  graph_.notes.push_back({node.name, fmt::format("replaced by its {} branch", taken ? "then" : "else")});
  Frame frame;
  frame.outer = &outer;
  frame.repeated = outer.repeated;
  frame.prefix = outer.prefix;
  // What a node of the branch makes gets the name of the If's output at once; a value that leaves twice only once.
  for (const Node& n : branch->nodes)
    for (const ValueId made : n.outputs)
      for (std::size_t i = 0; i < node.outputs.size(); ++i)
        if (made != kNone && branch->outputs[i] == made && node.outputs[i] != kNone)
          frame.names.emplace(made, node.outputs[i]);
  for (const Node& n : branch->nodes) visit(n, frame);
  if (!problems_.empty()) return;
  for (std::size_t i = 0; i < node.outputs.size(); ++i) give(node, i, resolve(branch->outputs[i], frame));
}

std::vector<ValueId> ShapeWalk::iterate(const Node& node, const Subgraph& body, const Frame& outer,
                                        const Iteration& iteration) {
  if (iteration.number >= kMostIterations || placed_ > kMostPlaced)
    throw NodeError{fmt::format("its body would be put in place more than {} times, or all bodies have more than {} "
                                "nodes: that many cannot be simulated",
                                kMostIterations, kMostPlaced),
                    true};
  Frame frame;
  frame.outer = &outer;
  frame.repeated = true;
  frame.prefix = fmt::format("{}[{}]/", node.name, iteration.number);
  for (std::size_t i = 0; i < body.inputs.size(); ++i) frame.names[body.inputs[i]] = iteration.given[i];
  for (const Node& n : body.nodes) visit(n, frame);
  if (!problems_.empty()) return {};
  std::vector<ValueId> results;
  for (const ValueId v : body.outputs) results.push_back(resolve(v, frame));
  return results;
}

// One tensor of the parts, along a new axis.
void ShapeWalk::stack(const Node& node, std::size_t output, const std::vector<ValueId>& parts, std::int64_t axis) {
  if (output >= node.outputs.size() || node.outputs[output] == kNone) return;
  if (parts.empty())
    throw NodeError{fmt::format("it runs no iteration, so its output '{}' is empty and has no shape",
                                graph_.values[node.outputs[output]].name)};
  std::vector<ValueId> raised;
  const std::string name = graph_.values[node.outputs[output]].name;
  for (const ValueId part : parts) {
    raised.push_back(parts.size() == 1 ? node.outputs[output] : new_value(fmt::format("{}#{}", name, raised.size())));
    Node unsqueeze = node_like(node, "Unsqueeze", {part}, {raised.back()});
    unsqueeze.name = names_.add(node.name);
    unsqueeze.attributes.emplace("axes", Attribute::integers({axis}));
    place(std::move(unsqueeze));
  }
  if (parts.size() == 1) return;
  Node concat = node_like(node, "Concat", raised, {node.outputs[output]});
  concat.name = names_.add(node.name);
  concat.attributes.emplace("axis", Attribute::integer(axis));
  place(std::move(concat));
}

// What a loop that never runs stacks: empty tensors. Their other axes are those of what one iteration would make; its
// nodes are dead.
void ShapeWalk::give_no_parts(const Node& node, const Subgraph& body, const Frame& outer,
                              const std::vector<ValueId>& state) {
  Iteration iteration{{constant(0, ElementType::int64), constant(1, ElementType::boolean)}, 0};
  iteration.given.insert(iteration.given.end(), state.begin(), state.end());
  const std::int64_t parameters = graph_.parameters;
  const std::vector<bool> counted = counted_;
  const std::vector<ValueId> results = iterate(node, body, outer, iteration);
  if (results.empty()) return;
  graph_.parameters = parameters;
  std::copy(counted.begin(), counted.end(), counted_.begin());
  for (std::size_t s = state.size(); s < node.outputs.size(); ++s) {
    if (node.outputs[s] == kNone) continue;
    const Value& part = graph_.values[results[s + 1]];
    Literal literal = {part.dims(), std::vector<std::int64_t>{}, {}, part.type()};
    literal.dims.insert(literal.dims.begin(), 0);
    Value& out = graph_.values[node.outputs[s]];
    out.shaped = out.constant = true;
    out.literal = std::move(literal);
  }
}

void ShapeWalk::expand_loop(const Node& node, const Frame& outer) {
  const Subgraph* body = body_of(node, "body");
  if (body == nullptr) throw NodeError{"it needs a graph as attribute 'body'"};
  const std::size_t carried = node.inputs.size() < 2 ? 0 : node.inputs.size() - 2;
  if (body->inputs.size() != carried + 2 || body->outputs.size() < carried + 1 ||
      node.outputs.size() + 1 > body->outputs.size())
    throw NodeError{fmt::format("its body has {} inputs and {} outputs, which do not fit its {} inputs and {} outputs",
                                body->inputs.size(), body->outputs.size(), node.inputs.size(), node.outputs.size())};
  const auto known = [&](std::size_t input, std::int64_t otherwise) {
    if (input >= node.inputs.size() || node.inputs[input] == kNone) return otherwise;
    const auto* given = numbers(node.inputs[input]);
    if (given == nullptr || given->size() != 1)
      throw NodeError{
          fmt::format("how often it runs is not known from the file: {}", cause_of_unknown(node.inputs[input])), true};
    return given->front();
  };
  const std::int64_t trips = known(0, std::numeric_limits<std::int64_t>::max());
  bool goes_on = known(1, 1) != 0;
  std::vector<ValueId> state(node.inputs.size() < 2 ? node.inputs.end() : node.inputs.begin() + 2, node.inputs.end());
  std::vector<std::vector<ValueId>> scans(body->outputs.size() - carried - 1);
  std::int64_t i = 0;
  for (; goes_on && i < trips; ++i) {
    Iteration iteration{{constant(i, ElementType::int64), constant(1, ElementType::boolean)}, i};
    iteration.given.insert(iteration.given.end(), state.begin(), state.end());
    const std::vector<ValueId> results = iterate(node, *body, outer, iteration);
    if (results.empty()) return;
    const auto* condition = numbers(results[0]);
    if (condition == nullptr || condition->size() != 1)
      throw NodeError{fmt::format("whether it goes on after iteration {} is not known from the file: {}", i,
                                  cause_of_unknown(results[0])),
                      true};
    goes_on = condition->front() != 0;
    state.assign(results.begin() + 1, results.begin() + 1 + static_cast<std::ptrdiff_t>(carried));
    for (std::size_t s = 0; s < scans.size(); ++s) scans[s].push_back(results[1 + carried + s]);
  }
  graph_.notes.push_back({node.name, fmt::format("replaced by its body, {} times", i)});
  for (std::size_t s = 0; s < carried; ++s) give(node, s, state[s]);
  if (i == 0 && node.outputs.size() > carried) return give_no_parts(node, *body, outer, state);
  for (std::size_t s = 0; s < scans.size(); ++s) stack(node, carried + s, scans[s], 0);
}

void ShapeWalk::expand_scan(const Node& node, const Frame& outer) {
  const Subgraph* body = body_of(node, "body");
  if (body == nullptr) throw NodeError{"it needs a graph as attribute 'body'"};
  if (graph_.opset < 9) throw NodeError{"Scan of operator set 8 is not supported: export with operator set 9 or later"};
  const auto list = [&](const char* name, std::size_t count) {
    const auto at = node.attributes.find(name);
    std::vector<std::int64_t> given = at == node.attributes.end() ? std::vector<std::int64_t>{} : at->second.ints;
    if (!given.empty() && given.size() != count)
      throw NodeError{fmt::format("attribute '{}' has {} numbers, but {} are needed", name, given.size(), count)};
    given.resize(count, 0);
    return given;
  };
  const auto at = node.attributes.find("num_scan_inputs");
  const std::int64_t scanned = at == node.attributes.end() || at->second.ints.size() != 1 ? 0 : at->second.ints[0];
  const auto inputs = static_cast<std::int64_t>(node.inputs.size());
  if (scanned < 1 || scanned > inputs || body->inputs.size() != node.inputs.size() ||
      body->outputs.size() < static_cast<std::size_t>(inputs - scanned) || node.outputs.size() > body->outputs.size())
    throw NodeError{"attribute 'num_scan_inputs', its inputs and its body do not fit"};
  const auto states = static_cast<std::size_t>(inputs - scanned), scans = body->outputs.size() - states;
  const auto axes = list("scan_input_axes", static_cast<std::size_t>(scanned));
  const auto backwards = list("scan_input_directions", static_cast<std::size_t>(scanned));
  const auto out_axes = list("scan_output_axes", scans), out_backwards = list("scan_output_directions", scans);
  std::int64_t trips = -1;
  for (std::size_t s = 0; s < static_cast<std::size_t>(scanned); ++s) {
    if (node.inputs[states + s] == kNone) throw NodeError{fmt::format("input {} is missing", states + s)};
    const Value& v = graph_.values[node.inputs[states + s]];
    const auto rank = static_cast<std::int64_t>(v.dims().size());
    const std::int64_t axis = axes[s] < 0 ? axes[s] + rank : axes[s];
    if (!v.shaped || axis < 0 || axis >= rank || (trips >= 0 && v.dims()[static_cast<std::size_t>(axis)] != trips))
      throw NodeError{"its scanned inputs do not have the same number of elements along their axes"};
    trips = v.dims()[static_cast<std::size_t>(axis)];
  }
  std::vector<ValueId> state(node.inputs.begin(), node.inputs.begin() + static_cast<std::ptrdiff_t>(states));
  std::vector<std::vector<ValueId>> made(scans);
  for (std::int64_t i = 0; i < trips; ++i) {
    Iteration iteration{state, i};
    for (std::size_t s = 0; s < static_cast<std::size_t>(scanned); ++s) {
      const ValueId whole = node.inputs[states + s],
                    part = new_value(fmt::format("{}#{}", graph_.values[whole].name, i));
      Node gather = node_like(node, "Gather",
                              {whole, constant(backwards[s] != 0 ? trips - 1 - i : i, ElementType::int64)}, {part});
      gather.name = names_.add(node.name);
      gather.attributes.emplace("axis", Attribute::integer(axes[s]));
      place(std::move(gather));
      iteration.given.push_back(part);
    }
    const std::vector<ValueId> results = iterate(node, *body, outer, iteration);
    if (results.empty()) return;
    state.assign(results.begin(), results.begin() + static_cast<std::ptrdiff_t>(states));
    for (std::size_t s = 0; s < scans; ++s)
      made[s].insert(out_backwards[s] != 0 ? made[s].begin() : made[s].end(), results[states + s]);
  }
  graph_.notes.push_back({node.name, fmt::format("replaced by its body, {} times", trips)});
  for (std::size_t s = 0; s < states; ++s) give(node, s, state[s]);
  for (std::size_t s = 0; s < scans; ++s) stack(node, states + s, made[s], out_axes[s]);
}

}  // namespace tessera::models
