// The bound of a network whatever its tiling.
#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "scheduler/address/tensor_precision.h"
#include "scheduler/bounds/box_union.h"
#include "scheduler/bounds/lower_bound.h"

namespace tessera::scheduler {

using base::Cycles;
using models::Box;

namespace {

// Distinct input positions under a window that slides over one axis, padding left out.
std::int64_t positions(std::int64_t out, std::int64_t stride, std::int64_t kernel, std::int64_t dilation,
                       std::int64_t pad, std::int64_t in) {
  std::set<std::int64_t> seen;
  for (std::int64_t o = 0; o < out; ++o)
    for (std::int64_t k = 0; k < kernel; ++k) {
      const std::int64_t at = o * stride - pad + k * dilation;
      if (at >= 0 && at < in) seen.insert(at);
    }
  return static_cast<std::int64_t>(seen.size());
}

// Elements of input `i` that the operator cannot do without, at most those in the box that encloses them: a stride
// above the window, or a strided slice, skips some, and a tiling by rows would not load them.
std::int64_t touched(const models::Network& network, const models::Operator& op, std::size_t i, const Box& box) {
  if (op.unit == models::Unit::pe && i == 0) {
    const auto& g = op.pe;
    if (g.input_transposed || g.transposed) return box.elements();
    if (g.in_d > 1)
      return box.elements() / (box.extent(models::kN) * box.extent(models::kH) * box.extent(models::kW)) *
             (network.tensors[op.inputs[0]].shape[models::kN] / g.in_d) *
             positions(g.out_d, g.stride_d, g.kernel_d, g.dilation_d, g.pad_front, g.in_d) *
             positions(g.out_h, g.stride_h, g.kernel_h, g.dilation_h, g.pad_top, g.in_h) *
             positions(g.out_w, g.stride_w, g.kernel_w, g.dilation_w, g.pad_left, g.in_w);
    return box.extent(models::kN) * box.extent(models::kC) *
           positions(g.out_h, g.stride_h, g.kernel_h, g.dilation_h, g.pad_top, g.in_h) *
           positions(g.out_w, g.stride_w, g.kernel_w, g.dilation_w, g.pad_left, g.in_w);
  }
  if (op.unit == models::Unit::pe || op.vector.reducing) return box.elements();
  const std::int64_t written = models::whole(network.tensors[op.output].shape).elements();
  return std::min(box.elements(), written);
}

struct Reads {
  std::vector<Box> boxes;
  std::int64_t most = 0;  // of one reader
  bool exact = true;      // every reader needs all of its box
};

Traffic network_traffic(const models::Network& network, const arch::NpuSpec& npu, std::int64_t requests,
                        const arch::MachineLimits& limits) {
  std::map<models::TensorId, Reads> reads;
  Traffic t;
  const auto bytes = [&](models::TensorId tensor, std::int64_t elements) {
    return base::packed_bytes(elements, base::bits_of(precision_of(network, npu, tensor)));
  };
  const auto root_of = [&](models::TensorId id) {
    return network.tensors[id].root == models::kNone ? id : network.tensors[id].root;
  };
  for (const auto& op : network.operators) {
    if (network.is_empty(op.output) || op.unit == models::Unit::host) continue;
    const Box out = models::whole(network.tensors[op.output].shape);
    t.core_write += bytes(op.output, out.elements()) * requests;
    for (std::size_t i = 0; i < op.inputs.size(); ++i) {
      const Box box = models::source_box(network, op, i, out);
      const std::int64_t needed = touched(network, op, i, box);
      Reads& r = reads[root_of(op.inputs[i])];
      r.boxes.push_back(network.root_box(op.inputs[i], box));
      r.most = std::max(r.most, needed);
      r.exact = r.exact && needed == r.boxes.back().elements();
    }
  }
  for (const auto& [root, r] : reads) {
    const auto role = network.tensors[root].role;
    const std::int64_t times = role == models::TensorRole::constant ? 1 : requests;
    const std::int64_t read = bytes(root, r.exact ? union_elements(r.boxes) : r.most) * times;
    t.core_read += read;
    if (role == models::TensorRole::constant || role == models::TensorRole::network_input) t.dram_read += read;
  }
  for (models::TensorId id = 0; id < network.tensors.size(); ++id)
    if (network.tensors[id].role == models::TensorRole::network_output && !network.tensors[id].host)
      t.dram_write += bytes(id, models::whole(network.tensors[id].shape).elements()) * requests;
  for (const models::PartFedIn& part : models::parts_fed_in(network)) {
    // What lies in an output already is not written.
    if (network.tensors[part.root].role == models::TensorRole::network_output)
      t.dram_write -= bytes(part.root, part.box.elements()) * requests;
  }
  if (limits.shared_sram_rate == 0) {
    t.dram_read = t.core_read;
    t.dram_write = t.core_write;
  }
  // The largest packets carry them best; which of them a write queue answers is not known.
  t.packets_read = base::ceil_div(t.core_read, limits.packet_bytes);
  t.packets_write = base::ceil_div(t.core_write, limits.packet_bytes);
  if (limits.forwards) {
    t.packets_forwarded = t.packets_read;
    t.forwarded = t.core_read;
  }
  return t;
}

// Lane-cycles of an operator: elements times cycles, as the vector tiles count them.
std::int64_t lane_cycles(const models::Network& network, const models::Operator& op, const arch::NpuSpec& npu) {
  const auto each = [&](base::Function f) {
    return npu.core.vector_unit.cycles_per_element[static_cast<std::size_t>(f)];
  };
  const Box out = models::whole(network.tensors[op.output].shape);
  std::int64_t sum = 0;
  for (const auto& post : op.posts) sum += out.elements() * each(post.function);
  if (op.unit == models::Unit::vector) {
    const bool reads = op.vector.reducing && !op.inputs.empty();
    const std::int64_t inputs = reads ? models::source_box(network, op, 0, out).elements() : out.elements();
    const std::int64_t elements = models::function_elements(op, out.elements(), inputs);
    sum += elements * each(op.function);
  }
  return sum;
}

}  // namespace

LowerBound network_bound(const models::Network& network, const arch::NpuSpec& npu, const arch::MachineLimits& limits,
                         const RequestSpec& requests) {
  const auto& array = npu.core.pe_array;
  const std::int64_t pes = array.rows * array.columns * npu.cores;
  std::int64_t on_lanes = 0;
  base::Ps on_host{0};
  std::map<std::int64_t, std::int64_t> macs;  // by the rate of their precision
  for (const auto& op : network.operators) {
    if (network.is_empty(op.output)) continue;
    on_host += op.host_time;
    on_lanes += lane_cycles(network, op, npu);
    if (op.unit != models::Unit::pe) continue;
    const bool on_vector_unit = op.pe.groups > 1 && array.grouped == arch::Grouped::vector;
    (on_vector_unit ? on_lanes : macs[format_of(network, npu, op).rate.thousandths]) += op.pe.macs();
  }
  LowerBound bound;
  bound[BoundTerm::host] = on_host * requests.count;
  Cycles on_arrays{0};
  for (const auto& [thousandths, count] : macs) on_arrays += Cycles{count * requests.count / pes * 1000 / thousandths};
  bound[BoundTerm::arrays] = npu.core_clock.duration(on_arrays);
  bound[BoundTerm::vector_units] =
      npu.core_clock.duration(Cycles{on_lanes * requests.count / (npu.core.vector_unit.lanes * npu.cores)});
  return bound_with_traffic(bound, network_traffic(network, npu, requests.count, limits), limits);
}

}  // namespace tessera::scheduler
