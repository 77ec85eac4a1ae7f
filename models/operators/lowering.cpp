// Tensors and operators; places are in lowering_places.cpp.
#include "models/operators/lowering.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/graph/unique_names.h"

namespace tessera::models {

Lowering::Lowering(const Graph& graph, std::vector<Layout> layouts)
    : NodeReader(graph, 0), layouts_(std::move(layouts)), readers_(graph.readers()),
      tensor_of_(graph.values.size(), kNone) {
  network_.name = graph.name;
  network_.file = graph.file;
  network_.notes = graph.notes;
  network_.parameters = graph.parameters;
  network_.file_operators = graph.file_operators;
  for (ValueId v = 0; v < graph.values.size(); ++v)
    if (graph.values[v].network_input && elements(graph.values[v].dims()) > 0) (void)tensor(v);
}

TensorId Lowering::new_tensor(std::string name, const Dims& dims, Layout layout) {
  const auto id = static_cast<TensorId>(network_.tensors.size());
  Tensor t;
  t.name = std::move(name);
  t.dims = dims;
  t.layout = layout;
  t.shape = canonical_shape(dims, layout);
  t.root = id;
  network_.tensors.push_back(std::move(t));
  members_.push_back({id});
  return id;
}

// Types that a machine has no format for (64-bit integers, sums) lie in memory as 32 bits.
std::optional<base::Precision> precision_of(ElementType type) {
  using base::Precision;
  switch (type) {
    case ElementType::unknown:
    case ElementType::string: return std::nullopt;
    case ElementType::int4:
    case ElementType::uint4:
    case ElementType::float4e2m1: return Precision::int4;
    case ElementType::int8:
    case ElementType::uint8:
    case ElementType::boolean: return Precision::int8;
    case ElementType::float8e4m3fn:
    case ElementType::float8e4m3fnuz:
    case ElementType::float8e5m2:
    case ElementType::float8e5m2fnuz: return Precision::fp8;
    case ElementType::int16:
    case ElementType::uint16: return Precision::int16;
    case ElementType::bfloat16: return Precision::bf16;
    case ElementType::float16: return Precision::fp16;
    default: return Precision::fp32;
  }
}

TensorId Lowering::new_tensor(ValueId v, const Dims& dims, Layout layout) {
  const TensorId id = new_tensor(value(v).name, dims, layout);
  network_.tensors[id].precision = precision_of(value(v).type());
  return id;
}

TensorId Lowering::tensor(ValueId v) {
  if (tensor_of_[v] != kNone) return tensor_of_[v];
  if (value(v).constant) return constant(v, value(v).dims(), Layout::rows);
  const TensorId id = new_tensor(v, value(v).dims(), layouts_[v]);
  if (value(v).network_output) network_.tensors[id].role = TensorRole::network_output;
  if (value(v).network_input) network_.tensors[id].role = TensorRole::network_input;
  return tensor_of_[v] = id;
}

TensorId Lowering::constant(ValueId v, Dims dims, Layout layout) {
  const auto [at, fresh] = constants_.try_emplace({v, dims, layout}, kNone);
  if (fresh) {
    at->second = new_tensor(v, dims, layout);
    network_.tensors[at->second].role = TensorRole::constant;
  }
  return at->second;
}

TensorId Lowering::operand(ValueId v, TensorId output) {
  if (!value(v).constant) return tensor(v);
  Dims dims = value(v).dims();
  const std::size_t rank = at(output).dims.size();
  if (dims.size() < rank) dims.insert(dims.begin(), rank - dims.size(), 1);
  return constant(v, std::move(dims), at(output).layout);
}

TensorId Lowering::channel_operand(ValueId v, TensorId output) {
  Dims dims(at(output).dims.size(), 1);
  dims[1] = elements(value(v).dims());
  const Layout layout = at(output).layout;
  if (value(v).constant) return constant(v, std::move(dims), layout);
  const TensorId numbers = tensor(v);
  const TensorId view = new_tensor(value(v).name + "#channels", dims, layout);
  place_reshaped(numbers, view);
  return view;
}

TensorId Lowering::weight(ValueId v, const PeGeometry& g) {
  const Shape shape{g.groups * g.n, g.kernel_h, g.kernel_w, g.channels};
  const auto [at, fresh] = weights_.try_emplace({v, shape}, kNone);
  if (fresh) {
    at->second = new_tensor(v, value(v).dims(), Layout::rows);
    network_.tensors[at->second].role = TensorRole::constant;
    network_.tensors[at->second].shape = shape;
  }
  return at->second;
}

Operator& Lowering::add(Unit unit, TensorId output) {
  Operator op;
  op.name = node().name;
  op.type = node().type;
  if (const auto whole = node().attributes.find("part_of"); whole != node().attributes.end())
    op.part_of = whole->second.text;
  op.unit = unit;
  op.function = function();
  op.output = output;
  network_.tensors[output].producer = static_cast<OperatorId>(network_.operators.size());
  network_.operators.push_back(std::move(op));
  return network_.operators.back();
}

Operator& Lowering::add_product(TensorId output, const PeGeometry& g) {
  if (!g.macs_within(macs_left_))
    fail(fmt::format("with it the network has more than {} multiply-accumulates", kMaxMacs));
  macs_left_ -= g.macs();
  Operator& op = add(Unit::pe, output);
  op.pe = g;
  return op;
}

Operator& Lowering::move(TensorId source, TensorId output, std::vector<AxisMap> map) {
  Operator& op = add(Unit::movement, output);
  op.function = base::Function::identity;
  op.inputs = {source};
  op.access = map.empty() ? Operator::Access::linear : Operator::Access::axes;
  op.maps.push_back(std::move(map));
  return op;
}

void Lowering::copy(TensorId source, TensorId output, const char* type, const char* suffix) {
  const Dims dims = at(source).dims;
  Operator& op = move(source, output, broadcast_map(dims, dims));
  op.type = type;
  op.name = node().name + suffix;
}

TensorId Lowering::on_host(ValueId v) {
  if (value(v).network_input) return tensor(v);
  const auto [at, fresh] = on_host_.try_emplace(v, kNone);
  if (!fresh) return at->second;
  const TensorId source = tensor(v);
  const TensorId there = new_tensor(v, value(v).dims(), layout_of(v));
  network_.tensors[there].name += "#host";
  network_.tensors[there].host = true;
  copy(source, there, "CopyToHost", "#to_host");
  return at->second = there;
}

TensorId Lowering::made_on_host(ValueId v) {
  const TensorId made = new_tensor(v, value(v).dims(), layout_of(v));
  network_.tensors[made].host = true;
  if (value(v).network_output) network_.tensors[made].role = TensorRole::network_output;
  return on_host_[v] = made;
}

void Lowering::copy_back(ValueId v) {
  const auto of_machine = [&](NodeId reader) { return !graph().nodes[reader].host; };
  if (std::none_of(readers(v).begin(), readers(v).end(), of_machine)) return;
  const TensorId back = tensor(v);
  network_.tensors[back].name += "#back";
  network_.tensors[back].role = TensorRole::activation;  // what leaves the network lies with the host
  copy(on_host_.at(v), back, "CopyFromHost", "#from_host");
}

void Lowering::take_posts(std::size_t first) {
  std::size_t last = network_.operators.size() - 1;
  while (last > first && network_.operators[last].unit == Unit::movement) --last;
  Operator& op = network_.operators[last];
  for (const FusedPost& p : node().posts) {
    PostOperation post{p.function, kNone, p.name};
    if (p.parameter != kNone && !scalar(p.parameter)) {
      post.parameter = constant(p.parameter, {elements(value(p.parameter).dims())}, Layout::rows);
      op.parameter_elements += elements(value(p.parameter).dims());
    }
    // A bias is there before anything is calculated.
    op.posts.insert(p.function == base::Function::identity ? op.posts.begin() : op.posts.end(), std::move(post));
  }
}

void Lowering::lower(NodeId id) {
  go_to(id);
  known_ = find_operator(node());
  if (makes_nothing()) return note("nothing to do: its output is empty");
  const std::size_t first = network_.operators.size();
  known_->rule.lower(*this);
  if (!node().posts.empty()) take_posts(first);
}

// Constants that are empty are options that are not given, such as the region of a Resize.
bool Lowering::makes_nothing() {
  const auto empty = [&](ValueId v) { return v != kNone && value(v).shaped && elements(value(v).dims()) == 0; };
  const auto& outputs = node().outputs;
  if (std::all_of(outputs.begin(), outputs.end(), [&](ValueId v) { return v == kNone || !is_used(v) || empty(v); }))
    return true;
  if (known_->rule.skips_empty_inputs) return false;
  for (std::size_t i = 0; i < input_count(); ++i) {
    const ValueId v = node().inputs[i];
    if (empty(v) && (i == 0 || !value(v).constant))
      fail(fmt::format("it reads the empty tensor '{}' {}", value(v).name, describe(value(v).dims())));
  }
  return false;
}

// What a rule made between a node's tensors has the format of what lies in it, else of what it is made from.
void Lowering::complete_precisions() {
  for (const Operator& op : network_.operators) {
    const TensorId root = network_.tensors[op.output].root;
    auto& precision = network_.tensors[root].precision;
    for (const TensorId member : members_[root])
      if (!precision) precision = network_.tensors[member].precision;
    if (!precision && !op.inputs.empty()) precision = network_.root(op.inputs[0]).precision;
  }
}

Network Lowering::finish() && {
  complete_precisions();
  UniqueNames names;
  for (Operator& op : network_.operators) op.name = names.add(op.name);
  // A root whose view leaves the network is written for the outside.
  for (const Tensor& t : network_.tensors)
    if (t.role == TensorRole::network_output && t.view != Tensor::View::none) {
      Tensor& root = network_.tensors[t.root];
      if (root.role == TensorRole::activation) root.role = TensorRole::network_output;
    }
  return std::move(network_);
}

std::vector<AxisMap> broadcast_map(const Dims& source, const Dims& out) {
  std::vector<AxisMap> map(source.size());
  const std::size_t shift = out.size() - source.size();
  for (std::size_t a = 0; a < source.size(); ++a)
    if (source[a] != 1 || out[a + shift] == 1) map[a].from = static_cast<int>(a + shift);
  return map;
}

}  // namespace tessera::models
