#include "scheduler/tiling/run_size.h"

#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "scheduler/address/tensor_precision.h"
#include "scheduler/tiling/misfit.h"
#include "scheduler/tiling/operator_tiles.h"
#include "scheduler/tiling/tile_rules.h"

namespace tessera::scheduler {
namespace {

using Slots = std::array<std::int64_t, 3>;

double d(std::int64_t n) { return static_cast<double>(n); }

// A tile of m positions, n output and k input channels needs m x k elements of the input (other positions, other
// centres of the window), n x k x taps weights and m x n sums. So (m n k)^2 is at most the product of what the slots
// hold of each.
double least_pe_tiles(const models::PeGeometry& p, const arch::OperandBits& bits, const Slots& slots,
                      const TileRule* rule) {
  const double taps = d(p.kernel_h * p.kernel_w);
  const double held = (d(slots[0]) * 8 / d(bits.input)) * (d(slots[1]) * 8 / (d(bits.weight) * taps)) *
                      (d(slots[2]) / d(bits.accumulator_bytes));
  // Of one group of one image. What lies in the padding takes no room.
  const double products = d(std::min(p.out_h, p.in_h)) * d(std::min(p.out_w, p.in_w)) * d(p.n) * d(p.channels);
  const double images = d(p.batch) * d(p.groups);
  double tiles = images * products / std::sqrt(std::max(held, 1.0));
  if (p.groups > 1) tiles /= d(p.groups);  // several groups may share a tile; then a slot holds them all
  if (rule != nullptr) {
    const auto cut = [](std::int64_t extent, std::int64_t size) { return size > 0 ? d(extent) / d(size) : 1.0; };
    tiles = std::max(tiles, d(p.batch) * cut(p.out_h, rule->rows(p.out_w)) * cut(p.out_w, rule->w) *
                                cut(p.groups * p.n, rule->n) * cut(p.channels, rule->k));
  }
  return products * images > 0 ? std::max(tiles, 1.0) : 0;
}

double least_block_tiles(const models::Network& network, const models::Operator& op, const arch::NpuSpec& npu,
                         const Slots& slots, const TileRule* rule) {
  double elements = 1;
  for (const std::int64_t extent : network.tensors[op.output].shape) elements *= d(extent);
  if (elements == 0) return 0;
  const std::int64_t slot = op.unit == models::Unit::movement ? slots[0] : slots[2];
  double tiles = elements * d(base::bits_of(precision_of(network, npu, op.output))) / 8 / std::max(d(slot), 1.0);
  if (rule != nullptr) {
    const auto& shape = network.tensors[op.output].shape;
    const auto cut = [](std::int64_t extent, std::int64_t size) { return size > 0 ? d(extent) / d(size) : 1.0; };
    if (op.unit == models::Unit::vector && !op.vector.reduced[1] && !op.vector.reduced[2] && !op.vector.reduced[3])
      tiles = std::max(tiles, cut(shape[1], rule->rows(shape[2])) * cut(shape[2], rule->w) * cut(shape[3], rule->n));
  }
  return std::max(tiles, 1.0);
}

std::string grouped(double number) {
  std::string digits = std::to_string(static_cast<std::int64_t>(std::min(std::ceil(number), 9e18)));
  for (auto i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(static_cast<std::size_t>(i), 1, ',');
  return digits;
}

// "3.1 GB", "2.5 h", in the first unit of the list that suits it.
struct Unit {
  double size;
  const char* name;
};
std::string in_units(double value, std::initializer_list<Unit> descending) {
  const auto* unit =
      std::find_if(descending.begin(), descending.end() - 1, [&](const Unit& u) { return value >= u.size; });
  const double n = value / unit->size;
  std::string text = std::to_string(n < 100 ? std::round(n * 10) / 10 : std::round(n));
  text.erase(text.find('.') + (n < 100 ? 2 : 0));
  return text + " " + unit->name;
}

std::string memory_text(double bytes) { return in_units(bytes, {{1e12, "TB"}, {1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}}); }
std::string time_text(double seconds) {
  return in_units(seconds,
                  {{31'557'600.0, "years"}, {86'400.0, "days"}, {3600, "h"}, {60, "min"}, {1, "s"}, {1e-3, "ms"}});
}

}  // namespace

RunSize least_size(const models::Network& network, const arch::NpuSpec& npu, const ScheduleSpec& schedule,
                   const RequestSpec& requests) {
  ScheduleSpec single = schedule;  // as large as the slots of a draft may be
  single.buffers = {1, 1, 1};
  const Slots slots = slot_bytes(npu, single);
  double tiles = 0;
  for (const models::Operator& op : network.operators) {
    if (op.unit == models::Unit::host) {
      ++tiles;
      continue;
    }
    const TileRule* rule = rule_for(schedule, op);
    tiles += op.unit == models::Unit::pe ? least_pe_tiles(op.pe, format_of(network, npu, op).bits, slots, rule)
                                         : least_block_tiles(network, op, npu, slots, rule);
  }
  return {tiles * d(requests.count)};
}

std::string size_text(const RunSize& size) {
  return grouped(size.tiles) + " tiles or more, some " + memory_text(size.bytes()) + " of memory and " +
         time_text(size.seconds());
}

std::optional<std::string> over_limit(const RunSize& size, const SizeLimits& limits) {
  const std::string text = "the run is too large: " + size_text(size);
  if (size.tiles > d(kMostTilesOfRun)) {
    return text + "; no run may have more than " + grouped(d(kMostTilesOfRun)) +
           " tiles: fewer requests, larger SRAM regions or larger tiles";
  }
  const auto raised = [&](const char* key, const std::string& limit, const std::string& value) {
    return text + "; " + key + " is " + limit + ": --set " + key + "=" + value +
           " allows it (or fewer requests, larger SRAM regions, larger tiles)";
  };
  if (size.tiles > d(limits.tiles))
    return raised("limits.tiles", grouped(d(limits.tiles)),
                  std::to_string(static_cast<std::int64_t>(std::ceil(size.tiles * 1.1))));
  if (limits.memory > 0 && size.bytes() > d(limits.memory)) {
    const auto gib = static_cast<std::int64_t>(std::ceil(size.bytes() * 1.1 / (1 << 30)));
    return raised("limits.memory", memory_text(d(limits.memory)), "\"" + std::to_string(gib) + " GiB\"");
  }
  return std::nullopt;
}

}  // namespace tessera::scheduler
