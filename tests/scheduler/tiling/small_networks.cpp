#include "small_networks.h"

#include <algorithm>

namespace tessera::scheduler::tests {

using models::kNone;
using models::Shape;
using models::TensorId;
using models::TensorRole;
using models::Unit;

TensorId NetworkMaker::add_tensor(const Shape& shape, TensorRole role) {
  const auto id = static_cast<TensorId>(network_.tensors.size());
  models::Tensor t;
  t.name = "t" + std::to_string(id);
  t.dims = {shape[0], shape[3], shape[1], shape[2]};
  t.shape = shape;
  t.layout = models::Layout::image;
  t.role = role;
  t.root = id;
  network_.tensors.push_back(t);
  return id;
}

TensorId NetworkMaker::input(const Shape& shape) { return add_tensor(shape, TensorRole::network_input); }
TensorId NetworkMaker::activation(const Shape& shape) { return add_tensor(shape, TensorRole::activation); }
TensorId NetworkMaker::constant(const Shape& shape) { return add_tensor(shape, TensorRole::constant); }

TensorId NetworkMaker::window(TensorId root, const Shape& offset, const Shape& shape) {
  const TensorId id = add_tensor(shape, TensorRole::activation);
  network_.tensors[id].root = root;
  network_.tensors[id].view = models::Tensor::View::window;
  network_.tensors[id].offset = offset;
  return id;
}

models::Operator& NetworkMaker::add(const std::string& type, Unit unit, TensorId output) {
  models::Operator op;
  op.name = type + std::to_string(network_.operators.size());
  op.type = type;
  op.unit = unit;
  op.output = output;
  network_.tensors[output].producer = static_cast<models::OperatorId>(network_.operators.size());
  network_.operators.push_back(op);
  return network_.operators.back();
}

TensorId NetworkMaker::conv(TensorId from, const Conv& c, TensorId into) {
  const Shape in = network_.tensors[from].shape;
  const auto extent = [&](std::int64_t x) { return (x + 2 * c.pad - c.dilation * (c.kernel - 1) - 1) / c.stride + 1; };
  const Shape out{in[0], extent(in[1]), extent(in[2]), c.n * c.groups};
  const TensorId weight = constant({c.n * c.groups, c.kernel, c.kernel, in[3] / c.groups});
  const TensorId bias = c.bias ? constant({1, 1, 1, c.n * c.groups}) : kNone;
  const TensorId result = into == kNone ? activation(out) : into;
  auto& op = add("Conv", Unit::pe, result);
  op.inputs = {from, weight};
  auto& g = op.pe;
  g.batch = in[0], g.groups = c.groups, g.n = c.n, g.channels = in[3] / c.groups;
  g.out_h = out[1], g.out_w = out[2], g.in_h = in[1], g.in_w = in[2];
  g.kernel_h = g.kernel_w = c.kernel, g.stride_h = g.stride_w = c.stride, g.dilation_h = g.dilation_w = c.dilation;
  g.pad_top = g.pad_left = g.pad_bottom = g.pad_right = c.pad;
  if (c.bias) op.posts.push_back({models::Function::add, bias, "bias"});
  return result;
}

TensorId NetworkMaker::matmul(TensorId from, std::int64_t n, TensorId second, bool transposed) {
  const Shape in = network_.tensors[from].shape;
  const bool data = second != kNone;
  if (!data) second = constant({n, 1, 1, in[3]});
  const TensorId result = activation({in[0], in[1], 1, n});
  auto& op = add("MatMul", Unit::pe, result);
  op.inputs = {from, second};
  op.pe.batch = in[0], op.pe.n = n, op.pe.channels = in[3];
  op.pe.out_h = op.pe.in_h = in[1];
  op.pe.weight_is_activation = data, op.pe.weight_transposed = transposed;
  op.pe.weight_batch = data ? network_.tensors[second].shape[0] : 1;
  return result;
}

namespace {

// One map per axis of an image's dims (n, c, h, w): the same axis, or the whole one where the extent is one.
std::vector<models::AxisMap> same_axes(const models::Tensor& source, const std::vector<int>& whole = {}) {
  std::vector<models::AxisMap> maps;
  for (int a = 0; a < 4; ++a) {
    const bool keep = source.dims[static_cast<std::size_t>(a)] == 1 || std::ranges::find(whole, a) != whole.end();
    maps.push_back({.from = keep ? models::AxisMap::kWhole : a});
  }
  return maps;
}

}  // namespace

TensorId NetworkMaker::elementwise(TensorId a, TensorId b, models::Function function) {
  const TensorId result = activation(network_.tensors[a].shape);
  auto& op = add("Add", Unit::vector, result);
  op.inputs = {a, b};
  op.function = function;
  op.access = models::Operator::Access::axes;
  op.maps = {same_axes(network_.tensors[a]), same_axes(network_.tensors[b])};
  return result;
}

TensorId NetworkMaker::max_pool(TensorId from, std::int64_t kernel, std::int64_t stride, std::int64_t pad) {
  const Shape in = network_.tensors[from].shape;
  const auto extent = [&](std::int64_t x) { return (x + 2 * pad - kernel) / stride + 1; };
  const TensorId result = activation({in[0], extent(in[1]), extent(in[2]), in[3]});
  auto& op = add("MaxPool", Unit::vector, result);
  op.inputs = {from};
  op.function = models::Function::max_pool;
  auto& v = op.vector;
  v.kernel_h = v.kernel_w = kernel, v.stride_h = v.stride_w = stride;
  v.pad_top = v.pad_left = v.pad_bottom = v.pad_right = pad;
  v.reducing = true;
  return result;
}

TensorId NetworkMaker::global_pool(TensorId from) {
  const Shape in = network_.tensors[from].shape;
  const TensorId result = activation({in[0], 1, 1, in[3]});
  auto& op = add("GlobalPool", Unit::vector, result);
  op.inputs = {from};
  op.function = models::Function::global_pool;
  op.vector.reduced = {false, true, true, false};
  op.vector.reducing = true;
  op.access = models::Operator::Access::axes;
  op.maps = {same_axes(network_.tensors[from], {2, 3})};
  return result;
}

TensorId NetworkMaker::softmax(TensorId from) {
  const TensorId result = activation(network_.tensors[from].shape);
  auto& op = add("Softmax", Unit::vector, result);
  op.inputs = {from};
  op.function = models::Function::softmax;
  op.vector.reduced = {false, false, false, true};
  op.vector.reducing = true;
  op.access = models::Operator::Access::axes;
  op.maps = {same_axes(network_.tensors[from], {1})};
  return result;
}

TensorId NetworkMaker::instance_norm(TensorId from) {
  const TensorId result = softmax(from);
  auto& op = network_.operators.back();
  op.vector.reduced = {false, true, true, false};
  op.maps = {same_axes(network_.tensors[from], {2, 3})};
  return result;
}

TensorId NetworkMaker::copy(TensorId from, TensorId into) {
  const TensorId result = into == kNone ? activation(network_.tensors[from].shape) : into;
  auto& op = add("Copy", Unit::movement, result);
  op.inputs = {from};
  op.access = models::Operator::Access::axes;
  op.maps = {same_axes(network_.tensors[from])};
  return result;
}

models::Network NetworkMaker::take() {
  network_.name = "made_by_hand";
  const TensorId last = network_.operators.back().output;
  network_.tensors[last].role = TensorRole::network_output;
  return network_;
}

arch::NpuSpec small_npu(std::int64_t slot) {
  arch::NpuSpec npu;
  npu.cores = 2;
  npu.core.pe_array.rows = npu.core.pe_array.columns = 8;
  npu.core.vector_unit.lanes = 8;
  npu.core.vector_unit.cycles_per_element.fill(1);
  npu.core.sram.input.capacity = npu.core.sram.weight.capacity = base::Bytes{2 * slot};
  npu.core.sram.output.capacity = base::Bytes{8 * slot};
  npu.dma.channels.resize(2);
  npu.dram.burst = base::Bytes{64};
  npu.dram.simple = {.bytes_per_second = 16'000'000'000, .latency = base::Ps{100'000}};
  return npu;
}

base::Result<TileGraph> tiled(const models::Network& network, const arch::NpuSpec& npu, const ScheduleSpec& schedule,
                              const RequestSpec& requests) {
  return build_tile_graph(network, npu, arch::machine_limits(npu), schedule, requests);
}

namespace {

std::int64_t pick(std::mt19937& random, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
}

bool chance(std::mt19937& random, int percent) { return pick(random, 0, 99) < percent; }

// To some tensors a format of their own.
void give_formats(models::Network& network, std::mt19937& random) {
  for (models::Tensor& t : network.tensors)
    if (chance(random, 60)) t.precision = static_cast<base::Precision>(pick(random, 0, base::kPrecisionCount - 1));
}

}  // namespace

models::Network random_network(std::mt19937& random) {
  NetworkMaker maker;
  Shape shape{pick(random, 1, 2), pick(random, 4, 14), pick(random, 4, 14), pick(random, 1, 40)};
  TensorId at = maker.input(shape);
  const std::int64_t operators = pick(random, 1, 6);
  for (std::int64_t i = 0; i < operators; ++i) {
    switch (pick(random, 0, 6)) {
      case 0:
      case 1: {
        const std::int64_t kernel = pick(random, 1, 3), stride = pick(random, 1, 2);
        const bool depthwise = chance(random, 20);
        const std::int64_t n = depthwise ? 1 : pick(random, 1, 40);
        if (shape[1] < kernel || shape[2] < kernel) break;
        at = maker.conv(at, {.n = n,
                             .kernel = kernel,
                             .stride = stride,
                             .pad = kernel / 2,
                             .groups = depthwise ? shape[3] : 1,
                             .bias = chance(random, 50)});
        const auto extent = [&](std::int64_t x) { return (x + 2 * (kernel / 2) - kernel) / stride + 1; };
        shape = {shape[0], extent(shape[1]), extent(shape[2]), depthwise ? shape[3] : n};
        break;
      }
      case 2: {  // two branches into the parts of one concat
        const std::int64_t a = pick(random, 1, 20), b = pick(random, 1, 20);
        const TensorId root = maker.activation({shape[0], shape[1], shape[2], a + b});
        maker.conv(at, {.n = a}, maker.window(root, {0, 0, 0, 0}, {shape[0], shape[1], shape[2], a}));
        maker.conv(at, {.n = b, .kernel = 3, .pad = 1},
                   maker.window(root, {0, 0, 0, a}, {shape[0], shape[1], shape[2], b}));
        at = root;
        shape[3] = a + b;
        break;
      }
      case 3: at = maker.elementwise(at, chance(random, 50) ? at : maker.constant({1, 1, 1, shape[3]})); break;
      case 4:
        if (shape[1] < 3 || shape[2] < 3) break;
        at = maker.max_pool(at, 3, 2, 1);
        shape = {shape[0], (shape[1] - 1) / 2 + 1, (shape[2] - 1) / 2 + 1, shape[3]};
        break;
      case 5: at = maker.softmax(at); break;
      case 6: at = maker.copy(at); break;
    }
  }
  maker.copy(at);
  models::Network network = maker.take();
  if (chance(random, 30)) give_formats(network, random);
  return network;
}

arch::NpuSpec random_npu(std::mt19937& random) {
  arch::NpuSpec npu = small_npu(pick(random, 4, 40) * 1024);
  npu.cores = pick(random, 1, 4);
  npu.core.pe_array.rows = pick(random, 1, 17);
  npu.core.pe_array.columns = pick(random, 1, 17);
  npu.core.pe_array.dataflow = static_cast<arch::Dataflow>(pick(random, 0, 2));
  npu.core.pe_array.grouped = static_cast<arch::Grouped>(pick(random, 0, 2));
  npu.layout.kind = static_cast<arch::LayoutKind>(pick(random, 0, 2));
  npu.layout.align = base::Bytes{std::int64_t{1} << pick(random, 3, 7)};
  npu.precision = chance(random, 30) ? arch::Precision::fp16 : arch::Precision::int8;
  npu.dram.burst = base::Bytes{chance(random, 50) ? 64 : 32};
  npu.interconnect.full_duplex = chance(random, 50);
  return npu;
}

ScheduleSpec random_schedule(std::mt19937& random) {
  ScheduleSpec schedule;
  for (auto& slots : schedule.buffers) slots = pick(random, 1, 3);
  schedule.loop_order = std::array{"auto", "bgnm", "mnbg", "gbmn"}[static_cast<std::size_t>(pick(random, 0, 3))];
  schedule.core_split = static_cast<CoreSplit>(pick(random, 0, 2));
  return schedule;
}

}  // namespace tessera::scheduler::tests
