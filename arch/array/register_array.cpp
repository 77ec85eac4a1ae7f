#include "arch/array/register_array.h"

#include <stdexcept>

#include "arch/array/register_record.h"

namespace tessera::arch {
namespace {

// Values in -8 .. 7 from a linear congruential sequence (Knuth's MMIX constants).
std::vector<std::int32_t> sequence(std::int64_t length, std::uint64_t seed) {
  std::vector<std::int32_t> values(static_cast<std::size_t>(length));
  for (auto& v : values) {
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    v = static_cast<std::int32_t>(seed >> 60) - 8;
  }
  return values;
}

}  // namespace

ArrayOperands make_operands(const ArrayShape& s) {
  const std::int64_t k = s.channels * s.taps;
  return {sequence(s.groups * s.m * k, 1), sequence(s.groups * k * s.n, 2)};
}

std::vector<std::int64_t> multiply(const ArrayShape& s, const ArrayOperands& operands) {
  const std::int64_t k_length = s.channels * s.taps;
  std::vector<std::int64_t> output(static_cast<std::size_t>(s.groups * s.m * s.n), 0);
  for (std::int64_t row = 0; row < s.groups * s.m; ++row)
    for (std::int64_t k = 0; k < k_length; ++k) {
      const std::int64_t a = operands.input[static_cast<std::size_t>(row * k_length + k)];
      const std::int64_t weight_row = (row / s.m * k_length + k) * s.n;
      for (std::int64_t n = 0; n < s.n; ++n)
        output[static_cast<std::size_t>(row * s.n + n)] +=
            a * operands.weight[static_cast<std::size_t>(weight_row + n)];
    }
  return output;
}

RegisterRun simulate_registers(const PeArraySpec& spec, const ArrayShape& shape, const ArrayOperands& operands,
                               SequencerFault fault) {
  RegisterRecord record(spec, shape, operands);
  if (spec.dataflow == Dataflow::output_stationary) run_output_grid(spec, record, fault);
  else run_stationary_grid(spec, record, fault);
  return record.take();
}

ArrayWork run_register_array(const PeArraySpec& spec, const ArrayShape& shape) {
  const ArrayOperands operands = make_operands(shape);
  RegisterRun run = simulate_registers(spec, shape, operands);
  if (run.output != multiply(shape, operands))
    throw std::logic_error("register-level PE array: an output differs from the plain product of the operands");
  return run.work;
}

ArrayWork array_work(const PeArraySpec& spec, const ArrayShape& shape) {
  if (spec.fidelity == Fidelity::closed_form) return plan_folds(spec, shape);
  const std::vector<ArrayShape> parts = shape.parts();
  ArrayWork work = run_register_array(spec, parts.front());
  for (std::size_t i = 1; i < parts.size(); ++i) work = joined(spec, work, run_register_array(spec, parts[i]));
  if (shape.macs) work.macs = *shape.macs;
  return work;
}

}  // namespace tessera::arch
