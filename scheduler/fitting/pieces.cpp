#include "scheduler/fitting/pieces.h"

#include <algorithm>

#include "scheduler/address/descriptor_spread.h"

namespace tessera::scheduler {

using base::ceil_div;
using base::round_up;
using models::Dims;

namespace {

// As for other vector tiles: blocks for every core, but none smaller than this for the sake of that.
constexpr std::int64_t kLeastElements = 4096;
constexpr std::int64_t kBlocksPerCore = 2;

std::int64_t product(const Dims& dims) {
  std::int64_t p = 1;
  for (const std::int64_t d : dims) p *= d;
  return p;
}

}  // namespace

std::size_t innermost_axis(const models::Tensor& t, arch::LayoutKind kind) {
  const std::size_t rank = t.dims.size();
  if (t.layout == models::Layout::image && kind == arch::LayoutKind::nchw) return rank - 1;
  return models::axis_groups(rank, t.layout)[models::kC].back();
}

PieceSearch::PieceSearch(const models::Network& network, const arch::NpuSpec& npu, AddressPlan& addresses,
                         models::TensorId input, std::vector<bool> reduced, std::int64_t partial_bytes)
    : network_(network), npu_(npu), addresses_(addresses), input_(input), tensor_(network.tensors[input]),
      reduced_(std::move(reduced)), order_(models::nesting(tensor_.dims, tensor_.layout)),
      innermost_(innermost_axis(tensor_, npu.layout.kind)),
      grain_(std::max<std::int64_t>(1, addresses.burst() * 8 / addresses.bits(input))), partial_bytes_(partial_bytes) {}

models::Box PieceSearch::box(const Dims& cut, const Dims& at) const {
  models::FileBox b{Dims(cut.size()), Dims(cut.size())};
  for (std::size_t a = 0; a < cut.size(); ++a) {
    b.begin[a] = at[a] * cut[a];
    b.end[a] = std::min(b.begin[a] + cut[a], tensor_.dims[a]);
  }
  return models::canonical_box(tensor_.dims, tensor_.layout, b);
}

// Pieces differ in where they lie against the bursts: some of each axis stand for all. A piece that is no box of the
// tensor (a range of an outer one of several axes that lie on one canonical axis) would be read with what lies between.
bool PieceSearch::fits(const Dims& cut, std::int64_t slot) const {
  constexpr std::int64_t kFirst = 8;
  for (std::int64_t sample = 0; sample < kFirst + 2; ++sample) {
    Dims at(cut.size());
    for (std::size_t a = 0; a < cut.size(); ++a) {
      const std::int64_t last = ceil_div(tensor_.dims[a], cut[a]) - 1;
      at[a] = sample < kFirst ? std::min(sample, last) : sample == kFirst ? last / 2 : last;
    }
    std::int64_t elements = 1;
    for (std::size_t a = 0; a < cut.size(); ++a) elements *= std::min(cut[a], tensor_.dims[a] - at[a] * cut[a]);
    const models::Box piece = box(cut, at);
    if (piece.elements() != elements || addresses_.moved_bytes(input_, piece) > slot) return false;
  }
  return true;
}

Dims PieceSearch::cut_into(std::int64_t pieces, const Dims& block) const {
  Dims cut = block;
  for (const std::size_t a : order_) {
    if (!reduced_[a]) continue;
    const std::int64_t extent = tensor_.dims[a], parts = std::min(pieces, extent);
    cut[a] = ceil_div(extent, parts);
    if (a == innermost_ && cut[a] > grain_) cut[a] = std::min(round_up(cut[a], grain_), extent);
    pieces = ceil_div(pieces, parts);
  }
  return cut;
}

std::int64_t PieceSearch::tiles(const Dims& cut) const {
  std::int64_t count = 1;
  for (std::size_t a = 0; a < cut.size(); ++a) count *= ceil_div(tensor_.dims[a], cut[a]);
  return count;
}

// Interconnect cycles, as if the tiles were alike and the memory ideal: the input's bytes or its packets, whichever
// take longer, or the decisions on the tiles; and the partial results, which are written and read.
std::int64_t PieceSearch::cost(const Dims& cut) const {
  using Wide = __int128;
  Dims middle(cut.size());
  for (std::size_t a = 0; a < cut.size(); ++a) middle[a] = (ceil_div(tensor_.dims[a], cut[a]) - 1) / 2;
  const models::Box inner = box(cut, middle);
  const auto where = addresses_.where(input_, inner);
  const Wide all = product(tensor_.dims), one = inner.elements();
  const Wide width = npu_.interconnect.bytes_per_cycle, count = tiles(cut);
  const Wide bytes = addresses_.moved_bytes(where) * all / one;
  const Wide packets = packet_count(where, addresses_.burst(), npu_.dma.max_packet.count()) * all / one;
  const Wide decisions = count * npu_.scheduler.dispatch_latency.count() / npu_.scheduler.count;
  std::int64_t rows = 1, run = partial_bytes_;  // what a tile leaves
  for (std::size_t a = 0; a < cut.size(); ++a)
    if (!reduced_[a]) (a == innermost_ ? run : rows) *= cut[a];
  const Wide partial = 2 * count * rows * round_up(run, addresses_.burst());
  return static_cast<std::int64_t>(std::max({bytes / width, packets, decisions}) + partial / width);
}

std::optional<Dims> PieceSearch::with_block(const Dims& block, std::int64_t slot) const {
  std::int64_t most = 1;
  for (const std::size_t a : order_)
    if (reduced_[a]) most *= tensor_.dims[a];
  // At least two elements in a piece: what is left must be less than what there was.
  most /= 2;
  if (most < 2 || !fits(cut_into(most, block), slot)) return std::nullopt;
  std::int64_t low = 1, high = most;  // low does not count as fitting: one piece is no cut
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (fits(cut_into(middle, block), slot) ? high : low) = middle;
  }
  Dims cut = cut_into(high, block);
  for (std::int64_t pieces = high; tiles(cut) < kBlocksPerCore * npu_.cores;) {
    pieces += std::max<std::int64_t>(1, pieces / 4);
    if (pieces > most) break;
    Dims finer = cut_into(pieces, block);
    if (product(finer) < kLeastElements || !fits(finer, slot)) break;
    cut = std::move(finer);
  }
  return cut;
}

bool PieceSearch::shrink(Dims& block) const {
  for (const std::size_t a : order_) {
    if (reduced_[a] || block[a] == 1) continue;
    block[a] = ceil_div(block[a], 2);
    if (a == innermost_ && block[a] > grain_) block[a] = round_up(block[a], grain_);
    return true;
  }
  return false;
}

std::optional<Dims> PieceSearch::best(std::int64_t slot) const {
  std::optional<Dims> found;
  std::int64_t least = 0;
  Dims block = tensor_.dims;
  do {
    const auto cut = with_block(block, slot);
    if (!cut) continue;
    const std::int64_t price = cost(*cut);
    if (found && price >= least) continue;
    found = cut;
    least = price;
  } while (shrink(block));
  return found;
}

}  // namespace tessera::scheduler
