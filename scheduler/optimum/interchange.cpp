#include "scheduler/optimum/interchange.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

namespace tessera::scheduler {

namespace {

// A mapping of ids that is still being made: each has one image, and none is the image of two.
class Images {
 public:
  explicit Images(std::size_t ids) : image_(ids, kNoId), taken_(ids, kNoId) {}
  // False: it contradicts what is there.
  bool put(std::uint32_t from, std::uint32_t to) {
    if (image_[from] == kNoId && taken_[to] == kNoId) image_[from] = to, taken_[to] = from;
    return image_[from] == to && taken_[to] == from;
  }
  [[nodiscard]] bool has(std::uint32_t id) const { return image_[id] != kNoId; }
  [[nodiscard]] std::uint32_t operator[](std::uint32_t id) const { return image_[id]; }
  [[nodiscard]] std::vector<std::uint32_t> all() const { return image_; }

 private:
  std::vector<std::uint32_t> image_, taken_;
};

class Attempt {
 public:
  Attempt(const TileGraph& graph, const arch::NpuSpec& npu, const BlockService& service)
      : graph_(graph), npu_(npu), service_(service), groups_(graph.groups.size()), tiles_(graph.tiles.size()),
        blocks_(graph.blocks.size()) {}

  // Two groups change places, and with them what hangs on them; everything else stays where it is.
  [[nodiscard]] std::optional<Exchange> exchange(GroupId a, GroupId b) {
    if (!swap(a, b)) return std::nullopt;
    for (std::size_t i = 0; i < swapped_.size(); ++i)
      if (!spread(swapped_[i].first, swapped_[i].second)) return std::nullopt;
    for (GroupId g = 0; g < graph_.groups.size(); ++g)
      if (!groups_.has(g) && !put_group(g, g)) return std::nullopt;
    for (BlockId block = 0; block < graph_.blocks.size(); ++block)
      if (!blocks_.has(block) && !put_block(block, block)) return std::nullopt;
    if (!keeps_structure()) return std::nullopt;
    return Exchange{tiles_.all(), blocks_.all()};
  }

 private:
  [[nodiscard]] bool alike(const Block& a, const Block& b) const {
    const auto lies_alike = [&](std::int64_t unit) { return (a.where.base - b.where.base) % unit == 0; };
    arch::Strided moved = b.where;
    moved.base = a.where.base;
    return std::tie(a.constant, a.network_input, a.network_output, a.bits, a.bytes, a.useful_bytes) ==
               std::tie(b.constant, b.network_input, b.network_output, b.bits, b.bytes, b.useful_bytes) &&
           a.where == moved && lies_alike(npu_.dma.max_packet.count()) && lies_alike(npu_.dram.burst.count()) &&
           lies_alike(npu_.dram.interleave.count() * npu_.dram.channels);
  }
  bool put_block(BlockId a, BlockId b) {
    if (a == kNoId || b == kNoId) return a == b;
    const Block &from = graph_.blocks[a], &to = graph_.blocks[b];
    return alike(from, to) && one_to_one(requests_, from.request, to.request) && blocks_.put(a, b);
  }
  bool one_to_one(std::map<std::uint32_t, std::uint32_t>& images, std::uint32_t from, std::uint32_t to) {
    if (!images.emplace(from, to).second && images[from] != to) return false;
    return std::ranges::count(images, to, [](const auto& i) { return i.second; }) == 1;
  }
  bool put_group(GroupId a, GroupId b) {
    const Group &from = graph_.groups[a], &to = graph_.groups[b];
    if (from.slices != to.slices || graph_.is_host(from) || graph_.is_host(to)) return a == b && put_tiles(a, b);
    return put_tiles(a, b) && put_block(from.output, to.output);
  }
  bool put_tiles(GroupId a, GroupId b) {
    const Group &from = graph_.groups[a], &to = graph_.groups[b];
    if (!groups_.put(a, b) || !one_to_one(operators_, from.op, to.op)) return false;
    if (graph_.requests[from.request].arrival != graph_.requests[to.request].arrival ||
        !one_to_one(requests_, from.request, to.request))
      return false;
    for (std::uint32_t i = 0; i < from.slices; ++i) {
      const Tile &t = graph_.tiles[from.first + i], &u = graph_.tiles[to.first + i];
      const bool same_work =
          t.work == u.work || (t.work != kNoId && u.work != kNoId && graph_.works[t.work] == graph_.works[u.work]);
      if (t.kind != u.kind || !same_work || t.vector_cycles != u.vector_cycles) return false;
      if (!tiles_.put(from.first + i, to.first + i)) return false;
      if (!put_block(t.input, u.input) || !put_block(t.weight, u.weight)) return false;
    }
    return true;
  }
  bool swap(GroupId a, GroupId b) {
    if (groups_.has(a) || groups_.has(b)) return groups_[a] == b && groups_[b] == a;
    swapped_.emplace_back(a, b);
    return put_group(a, b) && put_group(b, a);
  }
  // Neighbours that only one of the two has change places too, in the order of their ids.
  bool spread(GroupId a, GroupId b) {
    return pair_up(graph_.successors(a), graph_.successors(b)) &&
           pair_up(graph_.predecessors(a), graph_.predecessors(b));
  }
  bool pair_up(std::span<const GroupId> of_a, std::span<const GroupId> of_b) {
    std::vector<GroupId> a, b;
    std::ranges::set_difference(of_a, of_b, std::back_inserter(a));
    std::ranges::set_difference(of_b, of_a, std::back_inserter(b));
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
      if (!swap(a[i], b[i])) return false;
    return true;
  }
  [[nodiscard]] bool maps(std::span<const GroupId> from, std::span<const GroupId> to) const {
    std::vector<GroupId> images;
    for (const GroupId g : from) images.push_back(groups_[g]);
    std::ranges::sort(images);
    return std::ranges::equal(images, to);
  }
  [[nodiscard]] bool keeps_structure() const {
    for (GroupId g = 0; g < graph_.groups.size(); ++g)
      if (!maps(graph_.predecessors(g), graph_.predecessors(groups_[g])) ||
          !maps(graph_.successors(g), graph_.successors(groups_[g])))
        return false;
    for (BlockId b = 0; b < graph_.blocks.size(); ++b) {
      if (!maps(graph_.producers(b), graph_.producers(blocks_[b]))) return false;
      for (BlockId other = 0; other < graph_.blocks.size(); ++other)
        if (service_.serves(b, other) != service_.serves(blocks_[b], blocks_[other])) return false;
    }
    return true;
  }

  const TileGraph& graph_;
  const arch::NpuSpec& npu_;
  const BlockService& service_;
  Images groups_, tiles_, blocks_;
  std::map<std::uint32_t, std::uint32_t> operators_, requests_;
  std::vector<std::pair<GroupId, GroupId>> swapped_;
};

}  // namespace

std::vector<Exchange> find_exchanges(const TileGraph& graph, const arch::NpuSpec& npu, const BlockService& service) {
  std::vector<Exchange> found;
  if (npu.dram.kind != arch::DramSpec::Kind::simple || npu.shared_sram.capacity.count() > 0) return found;
  for (GroupId a = 0; a < graph.groups.size(); ++a) {
    for (GroupId b = a + 1; b < graph.groups.size(); ++b) {
      auto exchange = Attempt(graph, npu, service).exchange(a, b);
      if (exchange) found.push_back(std::move(*exchange));
    }
  }
  return found;
}

}  // namespace tessera::scheduler
