#include "scheduler/tiling/held_tiles.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>

#include "scheduler/tiling/pe_work.h"

namespace tessera::scheduler {

namespace {

constexpr const char* kOperands[] = {"input", "weight", "output"};

// One size of a rule and the operator's own extent.
struct Extent {
  const char* key;
  const char* what;
  std::int64_t held, whole;
};

std::optional<std::string> wrong_extent(const Extent& e) {
  if (e.held == 0) return fmt::format("{} is missing, and a held rule has all sizes", e.key);
  if (e.held > e.whole) return fmt::format("{} is {}, and it has {} {}", e.key, e.held, e.whole, e.what);
  return std::nullopt;
}

base::Diagnostics wrong(const models::Operator& op, const TileRule& rule, const std::string& why) {
  return base::failure(rule.where, fmt::format("the held tiles of operator \"{}\" are none of it: {}", op.name, why));
}

base::Diagnostics misfit(const models::Operator& op, const TileRule& rule, int operand, std::int64_t bytes,
                         std::int64_t slot) {
  const char* name = kOperands[operand];
  return base::failure(
      rule.where, fmt::format("operator \"{0}\": the {1} of a held tile needs {2} bytes, but a slot of the {1} region "
                              "holds {3} bytes; a larger core.sram.{1}.capacity or fewer buffers.{1} would hold it, or "
                              "leave the rule out, and the tiles are automatic",
                              op.name, name, bytes, slot));
}

// What PeSizes can be at all for this geometry.
std::optional<std::string> wrong_sizes(const arch::NpuSpec& npu, const models::PeGeometry& p, const TileRule& rule) {
  const Extent extents[] = {{"m", "output rows", rule.m, p.out_h},
                            {"w", "output columns", rule.w, p.out_w},
                            {"n", "output channels", rule.n, p.groups * p.n},
                            {"k", "input channels of a group", rule.k, p.channels}};
  for (const Extent& e : extents)
    if (auto why = wrong_extent(e)) return why;
  if (rule.b > p.batch) return fmt::format("b is {}, and it has {} images", rule.b, p.batch);
  if (rule.b > 1 && (rule.m != p.out_h || rule.w != p.out_w))
    return fmt::format("b is {}, and only tiles of all {} rows and {} columns have several images", rule.b, p.out_h,
                       p.out_w);
  if (rule.loop_order.empty() || rule.loop_order == "auto") return "loop_order is missing";
  if (rule.n > p.n && (rule.n % p.n != 0 || rule.k != p.channels))
    return fmt::format(
        "n is {}, more than the {} output channels of a group: then it is a multiple of them, and k is "
        "all {} input channels of a group",
        rule.n, p.n, p.channels);
  if (pe_on_vector(npu, p) && rule.k != p.channels)
    return fmt::format("k is {}, and on the vector unit a tile has all {} input channels of a group", rule.k,
                       p.channels);
  if (rule.cores > npu.cores)
    return fmt::format("cores is {}, and the machine has {}; cores: 0 deals them to all", rule.cores, npu.cores);
  return std::nullopt;
}

}  // namespace

TileRule held_rule(const models::Operator& op, const PeSizes& s, std::int64_t cores_of_machine) {
  TileRule rule{.pattern = op.name, .m = s.m, .w = s.w, .n = s.g * s.n, .k = s.k};
  rule.whole_input = s.whole_input;
  rule.loop_order = s.order;
  rule.held = true;
  rule.b = s.b;
  rule.deal = s.deal;
  rule.cores = s.cores < cores_of_machine ? s.cores : 0;
  return rule;
}

TileRule held_rule(const models::Operator& op, const models::Shape& block) {
  TileRule rule{.pattern = op.name, .m = block[models::kH], .w = block[models::kW], .n = block[models::kC]};
  rule.held = true;
  rule.b = block[models::kN];
  return rule;
}

base::Result<PeSizes> held_sizes(const PeNeeds& needs, const arch::NpuSpec& npu, const models::Operator& op,
                                 const TileRule& rule, const SlotBytes& slots) {
  if (const auto why = wrong_sizes(npu, op.pe, rule)) return wrong(op, rule, *why);
  PeSizes s{.m = rule.m, .w = rule.w, .n = std::min(rule.n, op.pe.n), .k = rule.k};
  s.b = std::max<std::int64_t>(rule.b, 1);
  s.order = rule.loop_order;
  if (rule.n > op.pe.n) s.g = rule.n / op.pe.n;
  s.whole_input = rule.whole_input;
  s.deal = rule.deal;
  s.cores = rule.cores > 0 ? rule.cores : npu.cores;
  const SlotBytes bytes{needs.input_bytes_exact(s), needs.weight_bytes(s), needs.output_bytes(s)};
  for (int operand = 0; operand < 3; ++operand) {
    const auto i = static_cast<std::size_t>(operand);
    if (bytes[i] > slots[i]) return misfit(op, rule, operand, bytes[i], slots[i]);
  }
  return s;
}

models::Shape held_block(const TileRule& rule) { return {rule.b, rule.m, rule.w, rule.n}; }

base::Diagnostics check_held_blocks(const models::Operator& op, const TileRule& rule, const BlockGrid& grid,
                                    const std::function<SlotBytes(const models::Box&)>& need, const SlotBytes& slots) {
  const Extent extents[] = {{"b", "images", rule.b, grid.extent[models::kN]},
                            {"m", "output rows", rule.m, grid.extent[models::kH]},
                            {"w", "output columns", rule.w, grid.extent[models::kW]},
                            {"n", "output channels", rule.n, grid.extent[models::kC]}};
  for (std::size_t axis = 0; axis < 4; ++axis) {
    const Extent& e = extents[axis];
    if (const auto why = wrong_extent(e)) return wrong(op, rule, *why);
    if (op.unit == models::Unit::vector && op.vector.reduced[axis] && e.held != e.whole)
      return wrong(op, rule, fmt::format("{} is {}, and it reduces all {} {}", e.key, e.held, e.whole, e.what));
  }
  SlotBytes most{0, 0, 0};
  grid.for_each([&](const models::Shape&, const models::Box& box) {
    const SlotBytes bytes = need(box);
    for (std::size_t i = 0; i < 3; ++i) most[i] = std::max(most[i], bytes[i]);
    return true;
  });
  for (int operand = 0; operand < 3; ++operand) {
    const auto i = static_cast<std::size_t>(operand);
    if (most[i] > slots[i]) return misfit(op, rule, operand, most[i], slots[i]);
  }
  return {};
}

}  // namespace tessera::scheduler
