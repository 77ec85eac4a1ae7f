// From a run's tile graph to a program.
#include <algorithm>
#include <set>

#include "base/utf8.h"
#include "program.pb.h"
#include "scheduler/address/tensor_precision.h"
#include "scheduler/program/program.h"
#include "scheduler/program/program_files.h"

namespace tessera::scheduler {
namespace {

namespace proto = program::proto;
using models::TensorId;

proto::Unit unit_of(TileKind kind) { return static_cast<proto::Unit>(kind); }
static_assert(static_cast<int>(TileKind::vector) == proto::vector && static_cast<int>(TileKind::host) == proto::host);
static_assert(static_cast<int>(models::Unit::vector) == proto::vector &&
              static_cast<int>(models::Unit::host) == proto::host);

void put(proto::Box& to, const models::Box& box) {
  for (const auto v : box.begin) to.add_begin(v);
  for (const auto v : box.end) to.add_end(v);
}

class Exporter {
 public:
  Exporter(const models::Network& network, const arch::NpuSpec& npu, const TileGraph& graph)
      : network_(network), npu_(npu), graph_(graph), requests_(graph.requests.size()) {}

  const proto::Program& make() {
    program_.set_version(1);
    program_.set_name(base::as_utf8(network_.name));
    program_.mutable_slots()->set_input(graph_.slots[0]);
    program_.mutable_slots()->set_weight(graph_.slots[1]);
    program_.mutable_slots()->set_output(graph_.slots[2]);
    program_.set_request_bytes(request_bytes());
    put_tensors();
    for (const models::Operator& op : network_.operators) put_operator(op);
    for (std::size_t b = 0; b < graph_.buffers.size() / requests_; ++b) {
      auto& buffer = *program_.add_buffers();
      buffer.set_address(graph_.buffers[b].begin);
      buffer.set_bytes(graph_.buffers[b].end - graph_.buffers[b].begin);
    }
    for (const Block& block : graph_.blocks)
      if (block.request == 0) put_block(block);
    for (GroupId g = 0; g < graph_.groups.size(); ++g)
      if (graph_.groups[g].request == 0) put_group(g);
    return program_;
  }

 private:
  [[nodiscard]] TensorId root(TensorId t) const {
    return network_.tensors[t].root == models::kNone ? t : network_.tensors[t].root;
  }
  // Of the first activation and its copy in the second request.
  [[nodiscard]] std::int64_t request_bytes() const {
    if (requests_ < 2) return activations_end();
    const auto of_one = graph_.buffers.size() / requests_;
    return of_one == 0 ? 0 : graph_.buffers[of_one].begin - graph_.buffers[0].begin;
  }
  [[nodiscard]] std::int64_t activations_end() const {
    std::int64_t end = 0;
    for (const Block& block : graph_.blocks)
      if (!block.constant) end = std::max(end, graph_.buffers[block.buffer].end);
    return end;
  }

  // Unique, and UTF-8.
  std::string unique_name(std::set<std::string>& taken, const std::string& name, std::size_t id) {
    std::string text = base::as_utf8(name);
    if (text.empty() || taken.count(text) != 0) text += "#" + std::to_string(id);
    while (!taken.insert(text).second) text += "_";
    return text;
  }

  void put_tensors() {
    std::vector<bool> used(network_.tensors.size());
    const auto use = [&](TensorId t) { used[root(t)] = true; };
    for (const Block& block : graph_.blocks) use(block.root);
    for (const models::Operator& op : network_.operators) {
      std::ranges::for_each(op.inputs, use);
      use(op.output);
    }
    tensor_names_.resize(network_.tensors.size());
    std::set<std::string> taken;
    for (TensorId t = 0; t < used.size(); ++t)
      if (used[t]) tensor_names_[t] = unique_name(taken, network_.tensors[t].name, t);
    for (TensorId t = 0; t < used.size(); ++t)
      if (used[t]) put_tensor(t);
  }
  void put_tensor(TensorId id) {
    const models::Tensor& tensor = network_.tensors[id];
    proto::Tensor& t = *program_.add_tensors();
    t.set_name(tensor_names_[id]);
    using models::TensorRole;
    t.set_role(tensor.role == TensorRole::constant         ? proto::Tensor::constant
               : tensor.role == TensorRole::network_input  ? proto::Tensor::input
               : tensor.role == TensorRole::network_output ? proto::Tensor::output
                                                           : proto::Tensor::activation);
    for (const auto extent : tensor.shape) t.add_shape(extent);
    const base::Precision precision = precision_of(network_, npu_, id);
    t.set_precision(std::string(base::to_string(precision)));
    if (tensor.accumulators > 0) t.set_bits(tensor.accumulators * npu_.accumulator_bytes * 8);
    for (const models::PartFedIn& part : models::parts_fed_in(network_))
      if (part.root == id) put(*t.add_fed_in(), part.box);
    for (TensorId other = 0; other < network_.tensors.size(); ++other) {
      if (other == id || root(other) != id || network_.is_empty(other)) continue;
      const models::Tensor& view = network_.tensors[other];
      if (view.role == TensorRole::network_output && tensor.role != TensorRole::network_output)
        put(*t.add_leaves(), network_.root_box(other, models::whole(view.shape)));
    }
    t.set_host(tensor.host);
  }

  void put_operator(const models::Operator& op) {
    proto::Operator& o = *program_.add_operators();
    o.set_name(unique_name(operator_names_taken_, op.name, operator_names_.size()));
    operator_names_.push_back(o.name());
    o.set_type(base::as_utf8(op.type));
    o.set_unit(static_cast<proto::Unit>(op.unit));
    for (const TensorId input : op.inputs) o.add_inputs(tensor_names_[root(input)]);
    o.set_output(tensor_names_[root(op.output)]);
    if (op.function != base::Function::identity) o.set_function(std::string(base::to_string(op.function)));
    for (const auto& post : op.posts) o.add_posts(std::string(base::to_string(post.function)));
    const models::VectorGeometry& v = op.vector;
    o.set_reducing(v.reducing);
    if (op.unit == models::Unit::vector && op.access == models::Operator::Access::geometry)
      o.set_window(v.kernel_d * v.kernel_h * v.kernel_w);
    if (v.repeats != 1) o.set_repeats(v.repeats);
    if (op.unit == models::Unit::pe) o.set_reduction(op.pe.channels * op.pe.kernel_h * op.pe.kernel_w);
  }

  void put_block(const Block& block) {
    proto::Block& b = *program_.add_blocks();
    b.set_tensor(tensor_names_[block.root]);
    put(*b.mutable_box(), block.box);
    b.set_address(block.where.base);
    b.set_run_bytes(block.where.run_bytes);
    std::size_t used = 3;
    while (used > 0 && block.where.count[used - 1] == 1) --used;
    for (std::size_t d = 0; d < used; ++d) {
      b.add_count(block.where.count[d]);
      b.add_stride(block.where.stride[d]);
    }
    if (block.useful_bytes != block.where.useful_bytes()) b.set_useful_bytes(block.useful_bytes);
    b.set_buffer(block.buffer);
  }

  void put_group(GroupId id) {
    const Group& group = graph_.groups[id];
    proto::Group& g = *program_.add_groups();
    g.set_op(operator_names_[group.op]);
    const TileKind kind = graph_.tiles[group.first].kind;
    if (static_cast<int>(kind) != static_cast<int>(network_.operators[group.op].unit)) g.set_unit(unit_of(kind));
    g.set_output(group.output);
    g.set_core(group.core_hint);
    for (const GroupId before : graph_.control(id)) g.add_after(before);
    if (kind != TileKind::host) {
      for (std::uint32_t i = 0; i < group.slices; ++i) put_tile(graph_.tiles[group.first + i], *g.add_tiles());
      return;
    }
    const HostTask& task = graph_.host_task(group.first);
    g.set_host_ps(task.time.count());
    for (const BlockId b : task.reads) g.add_reads(b);
    for (const BlockId b : task.writes) g.add_writes(b);
  }
  void put_tile(const Tile& tile, proto::Tile& t) {
    if (tile.input != kNoId) t.set_input(tile.input);
    if (tile.weight != kNoId) t.set_weight(tile.weight);
    if (tile.vector_cycles != base::Cycles{0}) t.set_vector_cycles(tile.vector_cycles.count());
    if (tile.work == kNoId) return;
    const arch::ArrayShape& shape = graph_.work_shapes[tile.work];
    proto::Array& a = *t.mutable_array();
    a.set_m(shape.m);
    a.set_n(shape.n);
    if (shape.channels != 1) a.set_channels(shape.channels);
    if (shape.taps != 1) a.set_taps(shape.taps);
    if (shape.groups != 1) a.set_groups(shape.groups);
    if (shape.macs) a.set_macs(*shape.macs);
    for (const arch::ArrayPhase& phase : shape.phases) {
      proto::Phase& p = *a.add_phases();
      p.set_m(phase.m);
      p.set_taps(phase.taps);
    }
  }

  const models::Network& network_;
  const arch::NpuSpec& npu_;
  const TileGraph& graph_;
  std::size_t requests_;
  proto::Program program_;
  std::vector<std::string> tensor_names_, operator_names_;
  std::set<std::string> operator_names_taken_;
};

}  // namespace

std::string write_program(const models::Network& network, const arch::NpuSpec& npu, const TileGraph& graph,
                          ProgramForm form) {
  return program_text(Exporter(network, npu, graph).make(), form);
}

}  // namespace tessera::scheduler
