#include "scheduler/tiling/tile_writer.h"

#include <algorithm>
#include <utility>

#include "arch/array/register_array.h"
#include "scheduler/tiling/run_size.h"

namespace tessera::scheduler {

using models::Box;
using models::TensorId;

namespace {
constexpr std::int64_t kData = -1;  // Key::parameter_bytes of a box in the tensor's layout, not in tile order
}

std::size_t TileWriter::KeyHash::operator()(const Key& k) const {
  std::uint64_t h = k.root * 0x9e3779b97f4a7c15ULL + static_cast<std::uint64_t>(k.parameter_bytes);
  const auto mix = [&h](std::int64_t v) {
    h ^= static_cast<std::uint64_t>(v);
    h *= 0xff51afd7ed558ccdULL;
    h ^= h >> 32;
  };
  for (const auto v : k.box.begin) mix(v);
  for (const auto v : k.box.end) mix(v);
  return h;
}

TileWriter::TileWriter(const models::Network& network, const arch::NpuSpec& npu, AddressPlan& addresses,
                       TileGraph& graph)
    : network_(network), npu_(npu), addresses_(addresses), graph_(graph) {
  graph_.chosen.resize(network.operators.size());
  for (TensorId t = 0; t < network.tensors.size(); ++t) {
    if (network.tensors[t].role == models::TensorRole::network_output && !network.is_empty(t))
      outputs_.emplace_back(addresses.root(t), network.root_box(t, models::whole(network.tensors[t].shape)));
  }
  inputs_ = models::parts_fed_in(network);
}

// A network output may be a view: then only its part of the root is one.
bool TileWriter::is_output(TensorId root, const Box& box) const {
  for (const auto& [of_root, part] : outputs_)
    if (of_root == root && part.intersects(box)) return true;
  return false;
}

// Whether the box is there before the run begins: in a network input, or in a part of a root that is one.
bool TileWriter::is_input(TensorId root, const Box& box) const {
  if (network_.tensors[root].role == models::TensorRole::network_input) return true;
  return std::ranges::any_of(inputs_, [&](const auto& part) { return part.root == root && part.box.contains(box); });
}

std::uint32_t TileWriter::new_buffer(std::int64_t begin, std::int64_t bytes) {
  graph_.buffers.push_back({begin, begin + addresses_.allocated(bytes), 0});
  return static_cast<std::uint32_t>(graph_.buffers.size() - 1);
}

BlockId TileWriter::data_block(TensorId tensor, const Box& box) {
  const TensorId root = addresses_.root(tensor);
  const Box in_root = addresses_.in_root(tensor, box);
  const auto [found, fresh] =
      blocks_.try_emplace(Key{root, in_root, kData}, static_cast<BlockId>(graph_.blocks.size()));
  if (!fresh) return found->second;
  const auto role = network_.tensors[root].role;
  Block b;
  b.root = root;
  b.constant = role == models::TensorRole::constant;
  b.network_input = is_input(root, in_root);
  b.network_output = is_output(root, in_root) || network_.tensors[root].host;  // the host does not see the shared SRAM
  b.box = in_root;
  const Placement& place = addresses_.placement(root);
  const auto [buffer, first] = buffers_.try_emplace(root, 0);
  if (first) buffer->second = new_buffer(place.base, place.bytes);
  b.buffer = buffer->second;
  b.where = describe(place, in_root);
  b.bytes = addresses_.moved_bytes(b.where);
  b.bits = addresses_.bits(root);
  b.useful_bytes = addresses_.bytes(root, in_root.elements());
  graph_.blocks.push_back(b);
  return found->second;
}

BlockId TileWriter::weight_block(TensorId tensor, const Box& box, std::int64_t parameter_bytes) {
  const TensorId root = addresses_.root(tensor);
  const auto [found, fresh] =
      blocks_.try_emplace(Key{root, box, parameter_bytes}, static_cast<BlockId>(graph_.blocks.size()));
  if (!fresh) return found->second;
  Block b;
  b.root = root;
  b.constant = true;
  b.box = box;
  b.bits = addresses_.bits(root);
  b.useful_bytes = addresses_.bytes(root, box.elements()) + parameter_bytes;
  const std::int64_t stored = addresses_.weight_bytes(root, box, parameter_bytes);
  b.where = {.base = addresses_.place_weight(stored), .run_bytes = stored};
  b.buffer = new_buffer(b.where.base, stored);
  b.bytes = addresses_.moved_bytes(b.where);
  graph_.blocks.push_back(b);
  return found->second;
}

std::uint32_t TileWriter::work(const arch::ArrayShape& shape, const arch::OperandFormat& format) {
  const auto& [bits, rate] = format;
  const std::array<std::int64_t, 4> numbers{rate.thousandths, bits.input, bits.weight, bits.accumulator_bytes};
  const auto [found, fresh] = works_.try_emplace({shape, numbers}, static_cast<std::uint32_t>(graph_.works.size()));
  if (fresh) {
    arch::PeArraySpec array = npu_.core.pe_array;
    array.rate = rate;
    graph_.works.push_back(arch::array_work(array, shape));
    graph_.works.back().bits = bits;
    graph_.work_shapes.push_back(shape);
    graph_.work_rates.push_back(rate);
  }
  return found->second;
}

void TileWriter::begin_group(std::uint32_t op, BlockId output, std::uint32_t slices, std::uint32_t core_hint) {
  Group g;
  g.first = static_cast<TileId>(graph_.tiles.size());
  g.slices = slices;
  g.output = output;
  g.op = op;
  g.core_hint = core_hint;
  graph_.groups.push_back(g);
}

void TileWriter::add_tile(Tile tile) {
  const Group& g = graph_.groups.back();
  tile.op = g.op;
  tile.group = static_cast<GroupId>(graph_.groups.size() - 1);
  tile.slice = static_cast<std::uint32_t>(graph_.tiles.size()) - g.first;
  tile.slices = g.slices;
  graph_.tiles.push_back(tile);
  constexpr std::size_t kTold = 1 << 16;
  if (graph_.tiles.size() % kTold == 0 && on_tiles_) on_tiles_(graph_.tiles.size());
}

void TileWriter::add_host_task(base::Ps time, std::vector<BlockId> reads, std::vector<BlockId> writes) {
  Tile tile;
  tile.kind = TileKind::host;
  add_tile(tile);
  graph_.host_tasks.push_back({graph_.groups.back().first, time, std::move(reads), std::move(writes)});
}

bool TileWriter::admits(double tiles) {
  asked_ += tiles;
  if (limits_) refusal_ = over_limit({asked_ * static_cast<double>(requests_)}, *limits_);
  return !refusal_;
}

}  // namespace tessera::scheduler
