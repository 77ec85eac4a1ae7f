// Bytes that a PE tile of given sizes needs of its slots.
#include <algorithm>
#include <utility>

#include "scheduler/tiling/block_grid.h"
#include "scheduler/tiling/pe_sizes.h"

namespace tessera::scheduler {

using base::ceil_div;

PeCounts::PeCounts(const models::PeGeometry& p, const PeSizes& s)
    : b(ceil_div(p.batch, s.b)), g(ceil_div(p.groups, s.g)), n(ceil_div(p.n, s.n)), m(ceil_div(p.out_h, s.m)),
      w(ceil_div(p.out_w, s.w)), k(ceil_div(p.channels, s.k)) {}

PeBlock pe_block(const models::PeGeometry& p, const PeSizes& s, std::int64_t b, std::int64_t g, std::int64_t n,
                 std::int64_t m, std::int64_t w, std::int64_t k) {
  PeBlock t;
  t.b0 = b * s.b;
  t.b1 = std::min(t.b0 + s.b, p.batch);
  t.g0 = g * s.g;
  t.g1 = std::min(t.g0 + s.g, p.groups);
  t.n0 = n * s.n;
  t.n1 = std::min(t.n0 + s.n, p.n);
  t.h0 = m * s.m;
  t.h1 = std::min(t.h0 + s.m, p.out_h);
  t.w0 = w * s.w;
  t.w1 = std::min(t.w0 + s.w, p.out_w);
  t.c0 = k * s.k;
  t.c1 = std::min(t.c0 + s.k, p.channels);
  t.whole_input = s.whole_input;
  return t;
}

namespace {

// Whether `next` works on what `op` writes, if under another name or shape.
bool passes_on(const models::Network& network, const models::Operator& op, const models::Operator& next) {
  const models::TensorId read = next.inputs[0];
  if (read == op.output) return true;
  const auto &from = network.tensors[op.output], &to = network.tensors[read];
  if (from.root == to.root && from.shape == to.shape && from.view != models::Tensor::View::linear &&
      to.view != models::Tensor::View::linear)
    return from.offset == to.offset;
  return from.view == models::Tensor::View::linear && from.root == to.root && from.offset == to.offset &&
         models::whole(from.shape).elements() == models::whole(to.shape).elements();
}

// Of the slices of a volume the first that reads the most of its input.
std::int64_t fullest_slice(const models::Network& network, const models::Operator& op) {
  std::int64_t best = 0, most = 0;
  for (std::int64_t d = 0; d < op.pe.out_d; ++d) {
    const models::Box out{{d, 0, 0, 0}, {d + 1, 1, 1, 1}};
    const std::int64_t slices = op.pe.out_d == 1 ? 1 : models::source_box(network, op, 0, out).extent(models::kN);
    if (slices > most) best = d, most = slices;
  }
  return best;
}

}  // namespace

PeNeeds::PeNeeds(const models::Network& network, const arch::NpuSpec& npu, AddressPlan& addresses,
                 const models::Operator& op)
    : network_(network), npu_(npu), addresses_(addresses), op_(op), format_(format_of(network, npu, op)),
      array_(npu.core.pe_array) {
  array_.rate = format_.rate;
  const auto weights = [](const models::Operator& o) {
    const bool has = o.unit == models::Unit::pe && o.inputs.size() == 2 && !o.pe.weight_is_activation;
    return has ? o.inputs[1] : models::kNone;
  };
  const models::TensorId own = weights(op);
  for (const auto& other : network.operators) {
    heirs_ += inherits_block(other) && passes_on(network, op, other);
    shares_weights_ = shares_weights_ || (own != models::kNone && weights(other) == own && &other != &op);
  }
  fullest_ = fullest_slice(network, op);
}

std::int64_t PeNeeds::input_bytes(const PeSizes& s, std::int64_t limit) const {
  const PeCounts c(op_.pe, s);
  std::int64_t most = 0;
  // Interior before corner; steps of at least 1, for the two are one where there is a single tile.
  for (std::int64_t m = c.m / 2; m >= 0; m -= std::max<std::int64_t>(1, c.m / 2))
    for (std::int64_t w = c.w / 2; w >= 0; w -= std::max<std::int64_t>(1, c.w / 2))
      for (std::int64_t k = c.k / 2; k >= 0 && most <= limit; k -= std::max<std::int64_t>(1, c.k / 2))
        most = std::max(most, moved_input(s, 0, m, w, k));
  return most;
}

std::int64_t PeNeeds::least_input_bytes(const PeSizes& s) const {
  const PeCounts c(op_.pe, s);
  const models::Box box = pe_input_box(network_, op_, pe_block(op_.pe, s, fullest_, 0, 0, c.m / 2, c.w / 2, c.k / 2));
  return addresses_.bytes(op_.inputs[0], box.elements());
}

std::int64_t PeNeeds::moved_input(const PeSizes& s, std::int64_t g, std::int64_t m, std::int64_t w,
                                  std::int64_t k) const {
  return addresses_.moved_bytes(op_.inputs[0],
                                pe_input_box(network_, op_, pe_block(op_.pe, s, fullest_, g, 0, m, w, k)));
}

std::int64_t PeNeeds::input_bytes_exact(const PeSizes& s) const {
  if (s.whole_input) return input_bytes(s);
  const PeCounts c(op_.pe, s);
  std::int64_t most = 0;
  for (std::int64_t g = 0; g < c.g; ++g)
    for (std::int64_t m = 0; m < c.m; ++m)
      for (std::int64_t w = 0; w < c.w; ++w)
        for (std::int64_t k = 0; k < c.k; ++k) most = std::max(most, moved_input(s, g, m, w, k));
  return most;
}

std::int64_t PeNeeds::parameter_bytes(const PeBlock& t) const {
  const std::int64_t channels = (t.g1 - t.g0 - 1) * op_.pe.n + t.n1 - t.n0;
  std::int64_t elements = 0;
  for (const auto& post : op_.posts) {
    if (post.parameter == models::kNone) continue;
    elements += network_.tensors[post.parameter].shape[models::kC] == 1 ? 1 : channels;
  }
  return elements * format_.bits.accumulator_bytes;
}

std::int64_t PeNeeds::weight_bytes(const PeSizes& s) const {
  const PeCounts c(op_.pe, s);
  std::int64_t most = 0;
  // The last block of all is the one with the tensor's padding.
  for (const auto& [g, n] :
       {std::pair{std::int64_t{0}, std::int64_t{0}}, {std::int64_t{0}, c.n / 2}, {c.g - 1, c.n - 1}})
    for (const std::int64_t k : {std::int64_t{0}, c.k / 2, c.k - 1})
      most = std::max(most, weight_bytes_of(pe_block(op_.pe, s, 0, g, n, 0, 0, k)));
  return most;
}

std::int64_t PeNeeds::weight_bytes_of(const PeBlock& t) const {
  const models::Box box = pe_weight_box(network_, op_, t);
  if (op_.pe.weight_is_activation) return addresses_.moved_bytes(op_.inputs[1], box);
  const std::int64_t parameters = t.c1 == op_.pe.channels ? parameter_bytes(t) : 0;
  return base::round_up(addresses_.weight_bytes(op_.inputs[1], box, parameters), addresses_.burst());
}

std::int64_t PeNeeds::output_bytes(const PeSizes& s) const {
  return s.positions() * s.n * s.g * format_.bits.accumulator_bytes;
}

std::int64_t PeNeeds::least_stored_bytes(const PeSizes& s) const {
  return addresses_.bytes(op_.output, s.positions() * s.n * s.g);
}

std::int64_t PeNeeds::stored_bytes(const PeSizes& s) const {
  return addresses_.moved_bytes(op_.output, pe_output_box(op_.pe, pe_block(op_.pe, s, 0, 0, 0, 0, 0, 0)));
}

std::int64_t PeNeeds::packets(const arch::Strided& descriptor) const {
  return packet_count(descriptor, addresses_.burst(), npu_.dma.max_packet.count());
}

bool PeNeeds::stays_on_chip(models::TensorId id) const {
  const models::Tensor& root = network_.tensors[addresses_.root(id)];
  const std::int64_t elements = root.shape[0] * root.shape[1] * root.shape[2] * root.shape[3];
  return root.role == models::TensorRole::activation &&
         addresses_.bytes(id, elements) <= npu_.shared_sram.capacity.count() / 2;
}

PeNeeds::Moved PeNeeds::input_of(const PeBlock& t) const {
  const auto where = addresses_.where(op_.inputs[0], pe_input_box(network_, op_, t));
  return {addresses_.moved_bytes(where), packets(where), channel_bytes(where, npu_.dram)};
}

PeNeeds::Moved PeNeeds::weight_of(const PeBlock& t) const {
  const std::int64_t bytes = weight_bytes_of(t);
  if (!op_.pe.weight_is_activation) return {bytes, ceil_div(bytes, npu_.dma.max_packet.count())};
  const auto where = addresses_.where(op_.inputs[1], pe_weight_box(network_, op_, t));
  return {bytes, packets(where), channel_bytes(where, npu_.dram)};
}

PeNeeds::Moved PeNeeds::output_of(const PeBlock& t) const {
  const auto where = addresses_.where(op_.output, pe_output_box(op_.pe, t));
  return {addresses_.moved_bytes(where), packets(where), channel_bytes(where, npu_.dram)};
}

Crowding PeNeeds::crowded_inputs(const PeSizes& s, std::int64_t slices) const {
  PeSizes together = s;
  together.k = std::min(op_.pe.channels, s.k * slices);
  const PeCounts c(op_.pe, s);
  const PeBlock inner = pe_block(op_.pe, together, fullest_, 0, 0, c.m / 2, c.w / 2, 0);
  return crowding_of(addresses_.where(op_.inputs[0], pe_input_box(network_, op_, inner)), npu_.dram);
}

Crowding PeNeeds::crowded_stores(const PeSizes& s) const {
  return crowding_of(addresses_.where(op_.output, pe_output_box(op_.pe, pe_block(op_.pe, s, 0, 0, 0, 0, 0, 0))),
                     npu_.dram);
}

std::int64_t PeNeeds::input_packets(const PeSizes& s) const {
  const PeCounts c(op_.pe, s);
  return packets(addresses_.where(
      op_.inputs[0], pe_input_box(network_, op_, pe_block(op_.pe, s, fullest_, 0, 0, c.m / 2, c.w / 2, 0))));
}

std::int64_t PeNeeds::stored_packets(const PeSizes& s) const {
  return packets(addresses_.where(op_.output, pe_output_box(op_.pe, pe_block(op_.pe, s, 0, 0, 0, 0, 0, 0))));
}

}  // namespace tessera::scheduler
