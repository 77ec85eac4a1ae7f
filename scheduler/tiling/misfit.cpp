#include "scheduler/tiling/misfit.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "scheduler/tiling/pe_work.h"

namespace tessera::scheduler {

namespace {

constexpr const char* kOperand[] = {"input", "weight", "output"};

// One size of the rule that a tile's operands depend on.
struct Knob {
  const char* name;
  std::int64_t PeSizes::*size;
  std::int64_t given;  // by the rule; 0 = free
  std::int64_t extent;
};

// The largest value of a size for which `fits` holds, given that bytes grow with it; 0: none.
std::int64_t largest(std::int64_t extent, const std::function<bool(std::int64_t)>& fits) {
  if (!fits(1)) return 0;
  std::int64_t low = 1, high = extent + 1;
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (fits(middle) ? low : high) = middle;
  }
  return low;
}

}  // namespace

std::array<std::int64_t, 3> slot_bytes(const arch::NpuSpec& npu, const ScheduleSpec& schedule) {
  const auto& sram = npu.core.sram;
  return {sram.input.capacity.count() / schedule.buffers[0], sram.weight.capacity.count() / schedule.buffers[1],
          sram.output.capacity.count() / schedule.buffers[2]};
}

std::string misfit_text(const std::string& op, const std::array<std::int64_t, 3>& needed, const arch::NpuSpec& npu,
                        const ScheduleSpec& schedule) {
  const auto slots = slot_bytes(npu, schedule);
  const arch::SramRegionSpec* const regions[] = {&npu.core.sram.input, &npu.core.sram.weight, &npu.core.sram.output};
  std::vector<std::string> lacks, remedies;
  for (std::size_t i = 0; i < 3; ++i) {
    if (needed[i] <= slots[i]) continue;
    const char* name = kOperand[i];
    lacks.push_back(fmt::format("the {0} of its smallest tile needs {1} bytes, but a slot of the {0} region holds {2}",
                                name, needed[i], slots[i]));
    std::string remedy = fmt::format("core.sram.{}.capacity: {} B", name, needed[i] * schedule.buffers[i]);
    const std::int64_t fitting = regions[i]->capacity.count() / needed[i];
    if (fitting > 0) remedy += fmt::format(" or buffers.{}: {}", name, fitting);
    remedies.push_back(std::move(remedy));
  }
  return fmt::format("operator \"{}\": {}; {} would do", op, fmt::join(lacks, ", and "),
                     fmt::join(remedies, ", with "));
}

namespace {

// A size of the rule that alone makes the operand fit; empty: there is none.
std::string size_that_fits(const TileRule& rule, const models::PeGeometry& p, std::int64_t slot, const PeSizes& s,
                           const std::function<std::int64_t(const PeSizes&)>& bytes) {
  const Knob knobs[] = {{"m", &PeSizes::m, rule.m, p.out_h},
                        {"n", &PeSizes::n, rule.n, p.n},
                        {"k", &PeSizes::k, rule.k, p.channels},
                        {"w", &PeSizes::w, rule.w, p.out_w}};
  for (const auto& knob : knobs) {
    if (knob.given == 0 || (p.groups > 1 && knob.size == &PeSizes::n)) continue;
    const std::int64_t fit = largest(std::min(knob.given, knob.extent), [&](std::int64_t v) {
      PeSizes smaller = s;
      smaller.*knob.size = v;
      return bytes(smaller) <= slot;
    });
    if (fit > 0 && fit < std::min(knob.given, knob.extent)) return fmt::format("{} = {}", knob.name, fit);
  }
  return {};
}

}  // namespace

base::Diagnostics pe_misfit(const PeNeeds& needs, const models::Operator& op, const TileRule& rule,
                            const arch::NpuSpec& npu, const ScheduleSpec& schedule) {
  const auto& p = op.pe;
  const auto slots = slot_bytes(npu, schedule);
  // Free sizes at their smallest: what is left is the fault of the given ones (or of the slots).
  PeSizes s;
  const std::int64_t least_k = pe_on_vector(npu, p) ? p.channels : 1;
  s.m = rule.m > 0 ? std::min(rule.m, p.out_h) : 1;
  s.w = rule.w > 0 ? std::min(rule.w, p.out_w) : 1;
  s.n = rule.n > 0 ? std::min(rule.n, p.n) : 1;
  s.k = rule.k > 0 ? std::min(rule.k, p.channels) : least_k;
  s.g = p.groups > 1 && rule.n > p.n && s.k == p.channels ? std::min(p.groups, rule.n / p.n) : 1;
  const auto bytes = [&](const PeSizes& sizes, std::size_t operand) {
    return operand == 0   ? needs.input_bytes_exact(sizes)
           : operand == 1 ? needs.weight_bytes(sizes)
                          : needs.output_bytes(sizes);
  };
  const std::array<std::int64_t, 3> needed{bytes(s, 0), bytes(s, 1), bytes(s, 2)};
  std::vector<std::string> smaller;
  std::size_t misfits = 0;
  for (std::size_t operand = 0; operand < 3; ++operand) {
    if (needed[operand] <= slots[operand]) continue;
    ++misfits;
    std::string size =
        size_that_fits(rule, p, slots[operand], s, [&](const PeSizes& sizes) { return bytes(sizes, operand); });
    if (!size.empty()) smaller.push_back(std::move(size));
  }
  if (misfits == 0)
    return base::failure(rule.where, fmt::format("operator \"{}\": its input tiles lie so unevenly in DRAM that only "
                                                 "some fit a slot of {} bytes; a smaller m or k would help",
                                                 op.name, slots[0]));
  std::string text = misfit_text(op.name, needed, npu, schedule);
  if (smaller.size() == misfits) text += fmt::format("; so would {} in the rule", fmt::join(smaller, " and "));
  return base::failure(rule.where, std::move(text));
}

}  // namespace tessera::scheduler
