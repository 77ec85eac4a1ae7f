#include "arch/array/register_record.h"

#include <algorithm>

namespace tessera::arch {

RegisterRecord::RegisterRecord(const PeArraySpec& spec, const ArrayShape& shape, const ArrayOperands& operands)
    : shape_(shape), operands_(operands) {
  for_each_fold(spec, shape, [this](const Fold& f) { folds_.push_back(f); });
  missing_.assign(folds_.size(), 1);
  last_result_.assign(folds_.size(), 0);
  run_.output.assign(static_cast<std::size_t>(shape.groups * shape.m * shape.n), 0);
  run_.work.folds = folds();
}

Element RegisterRecord::input(const Fold& f, std::int64_t group, std::int64_t m, std::int64_t k) {
  ++run_.work.input_reads;
  const std::int64_t row = (f.first_group + group) * shape_.m + f.m_begin + m;
  const std::int64_t at = row * shape_.channels * shape_.taps + f.k_begin + k;
  return {operands_.input[static_cast<std::size_t>(at)], static_cast<std::int32_t>(group)};
}

Element RegisterRecord::weight(const Fold& f, std::int64_t group, std::int64_t k, std::int64_t n) {
  ++run_.work.weight_reads;
  const std::int64_t row = (f.first_group + group) * shape_.channels * shape_.taps + f.k_begin + k;
  return {operands_.weight[static_cast<std::size_t>(row * shape_.n + f.n_begin + n)], static_cast<std::int32_t>(group)};
}

std::int64_t& RegisterRecord::output(const Fold& f, std::int64_t group, std::int64_t m, std::int64_t n) {
  const std::int64_t row = (f.first_group + group) * shape_.m + f.m_begin + m;
  return run_.output[static_cast<std::size_t>(row * shape_.n + f.n_begin + n)];
}

void RegisterRecord::count_output(const Fold& f) {
  ++run_.work.output_writes;
  if (!f.first_step || shape_.accumulates) ++run_.work.output_reads;
}

void RegisterRecord::write_output(const Fold& f, std::int64_t group, std::int64_t m, std::int64_t n, std::int64_t sum) {
  std::int64_t& place = output(f, group, m, n);
  place = f.first_step ? sum : place + sum;
  count_output(f);
}

void RegisterRecord::begin_fold(std::int64_t i, std::int64_t cycle) {
  run_.fold_starts.push_back(cycle);
  if (i == folds()) {
    run_.work.occupancy = base::Cycles{cycle};
    next_tile_known_ = true;
    return;
  }
  const FoldShape& shape = fold(i).shape;
  if (shape.rows * shape.columns > run_.work.rows * run_.work.columns) {
    run_.work.rows = shape.rows;
    run_.work.columns = shape.columns;
  }
  if (shape.final && !final_seen_) run_.work.last_step_offset = base::Cycles{cycle};
  final_seen_ = final_seen_ || shape.final;
}

void RegisterRecord::result(std::int64_t i, std::int64_t cycle) {
  run_.work.latency = std::max(run_.work.latency, base::Cycles{cycle});
  std::int64_t& last = last_result_[static_cast<std::size_t>(i)];
  last = std::max(last, cycle);
  if (--missing_[static_cast<std::size_t>(i)] == 0) ++drained_folds_;
}

}  // namespace tessera::arch
