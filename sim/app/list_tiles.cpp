#include "sim/app/list_tiles.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>

#include "sim/app/output.h"
#include "sim/app/short_number.h"
#include "trace/report/screen.h"

namespace tessera::app {
namespace {

using scheduler::OperatorPlan;

// Sizes are exact as long as they fit the column.
std::string size_text(std::int64_t n) { return n < 100'000 ? fmt::format("{}", n) : short_number(n); }

// What does not go without saying.
std::string detail_of(const OperatorPlan& plan) {
  std::vector<std::string> parts;
  const auto& rule = plan.rule;
  if (rule.b > 1) parts.push_back(fmt::format("{} images", rule.b));
  if (plan.channel_groups > 1) parts.push_back(fmt::format("{} groups of channels", plan.channel_groups));
  if (plan.slices() > 1) parts.push_back(fmt::format("{} slices of each block", plan.slices()));
  if (rule.whole_input) parts.emplace_back("whole input");
  const std::string cores = rule.cores > 0 ? fmt::format(" over {} cores", rule.cores) : "";
  const bool columns = rule.deal == scheduler::Deal::columns;
  if (columns || !cores.empty()) parts.push_back((columns ? "columns" : "chunks") + cores);
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string slots_text(const scheduler::TilingPlan& tiling) {
  const auto& s = tiling.slots;
  return fmt::format("Slots of a core: {} input, {} weight, {} output.", s[0], s[1], s[2]);
}

void print_line(const std::string& name, std::size_t width, const std::string& order, const OperatorPlan& plan,
                const std::string (&sizes)[4]) {
  fmt::print("{:<{}} {:>5} {:>5} {:>5} {:>5} {:<5} {:>7} {:>6} {:>6} {:>6}\n", name, width, sizes[0], sizes[1],
             sizes[2], sizes[3], order, size_text(plan.tiles), short_number(plan.input_bytes),
             short_number(plan.weight_bytes), short_number(plan.output_bytes));
}

}  // namespace

void print_tiles(const scheduler::TilingPlan& tiling) {
  const std::size_t width = screen_width();
  const std::size_t name_width = std::clamp<std::size_t>(width, 80, 110) - 60;
  fmt::print("\n{:<{}} {:>5} {:>5} {:>5} {:>5} {:<5} {:>7} {:>6} {:>6} {:>6}\n", "tiles of operator", name_width, "m",
             "w", "n", "k", "loops", "tiles", "input", "weight", "output");
  OperatorPlan sum;
  for (const OperatorPlan& plan : tiling.operators) {
    const auto& rule = plan.rule;
    print_line(trace::end_of_name(rule.pattern, name_width), name_width, rule.loop_order, plan,
               {size_text(rule.m), size_text(rule.w), size_text(rule.n), rule.k > 0 ? size_text(rule.k) : ""});
    if (const std::string more = detail_of(plan); !more.empty()) fmt::print("{}", trace::wrapped("    ", more, width));
    sum.tiles += plan.tiles;
    sum.input_bytes += plan.input_bytes;
    sum.weight_bytes += plan.weight_bytes;
    sum.output_bytes += plan.output_bytes;
  }
  print_line("all", name_width, "", sum, {"", "", "", ""});
  fmt::print("{}", trace::wrapped("",
                                  "m, w, n: output rows, columns, channels of a block; k: input channels of a slice; "
                                  "bytes: of all tiles, if no slot is ever reused. Blocks are dealt to all cores in "
                                  "chunks where nothing else is said. " +
                                      slots_text(tiling),
                                  width));
}

}  // namespace tessera::app
