#include "scheduler/tiling/misfit.h"

#include <algorithm>
#include <functional>

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

std::string misfit_text(const std::string& op, int operand, std::int64_t bytes, std::int64_t slot) {
  const std::string name = kOperand[operand];
  return "operator \"" + op + "\": the " + name + " of its smallest tile needs " + std::to_string(bytes) +
         " bytes, but a slot of the " + name + " region holds " + std::to_string(slot) + " bytes";
}

base::Diagnostics pe_misfit(const PeNeeds& needs, const models::Operator& op, const TileRule& rule,
                            const std::array<std::int64_t, 3>& slots) {
  const auto& p = op.pe;
  // Free sizes at their smallest: what is left is the fault of the given ones (or of the slots).
  PeSizes s;
  const std::int64_t least_k = p.groups == 1 ? 1 : p.channels;
  s.m = rule.m > 0 ? std::min(rule.m, p.out_h) : 1;
  s.w = rule.w > 0 ? std::min(rule.w, p.out_w) : 1;
  s.n = rule.n > 0 ? std::min(rule.n, p.n) : p.groups == 1 ? 1 : p.n;
  s.k = rule.k > 0 ? std::min(rule.k, p.channels) : least_k;
  s.g = p.groups > 1 && rule.n > p.n && s.k == p.channels ? std::min(p.groups, rule.n / p.n) : 1;
  const auto bytes = [&](const PeSizes& sizes, int operand) {
    return operand == 0   ? needs.input_bytes_exact(sizes)
           : operand == 1 ? needs.weight_bytes(sizes)
                          : needs.output_bytes(sizes);
  };
  for (int operand = 0; operand < 3; ++operand) {
    const std::int64_t slot = slots[static_cast<std::size_t>(operand)];
    const std::int64_t needed = bytes(s, operand);
    if (needed <= slot) continue;
    std::string text = misfit_text(op.name, operand, needed, slot);
    const Knob knobs[] = {{"m", &PeSizes::m, rule.m, p.out_h},
                          {"n", &PeSizes::n, rule.n, p.n},
                          {"k", &PeSizes::k, rule.k, p.channels},
                          {"w", &PeSizes::w, rule.w, p.out_w}};
    bool given = false;
    for (const auto& knob : knobs) {
      if (knob.given == 0 || (p.groups > 1 && knob.size == &PeSizes::n)) continue;
      given = true;
      const std::int64_t fit = largest(std::min(knob.given, knob.extent), [&](std::int64_t v) {
        PeSizes smaller = s;
        smaller.*knob.size = v;
        return bytes(smaller, operand) <= slot;
      });
      if (fit > 0 && fit < std::min(knob.given, knob.extent))
        return base::failure(rule.where, text + "; " + knob.name + " = " + std::to_string(fit) + " would fit");
    }
    text += given ? "; no size of the rule alone makes it fit" : "";
    const std::string name = kOperand[operand];
    return base::failure(rule.where, text + "; fewer buffers (buffers." + name + ") or a larger region (core.sram." +
                                         name + ".capacity) would help");
  }
  return base::failure(rule.where, "operator \"" + op.name +
                                       "\": its input tiles lie so unevenly in DRAM that only some "
                                       "fit a slot of " +
                                       std::to_string(slots[0]) + " bytes; a smaller m or k would help");
}

}  // namespace tessera::scheduler
