// Output-stationary array: both operands hop through the grid, sums stay in the cells until the reduction is done.
#include <algorithm>
#include <optional>
#include <stdexcept>

#include "arch/array/delay_planes.h"
#include "arch/array/quiet_time.h"
#include "arch/array/register_record.h"

namespace tessera::arch {
namespace {

// A moving operand with its control bits, which hop along with it.
struct Token {
  Element element;
  std::int32_t fold = -1;  // -1: nothing on the wire
  bool first = false, last = false;
};

struct Product {
  std::int64_t value = 0;
  std::int32_t fold = -1;
  bool first = false, last = false;
};

struct Sum {
  std::int64_t value = 0;
  std::int32_t fold = -1;
};

class OutputGrid {
 public:
  OutputGrid(const PeArraySpec& spec, RegisterRecord& record, std::int64_t early)
      : a_(spec), record_(record), early_(early), quiet_(spec), skew_a_(a_.rows, (a_.rows - 1) * a_.row_hop),
        skew_b_(a_.columns, (a_.columns - 1) * a_.column_hop), link_a_(cells(), a_.column_hop),
        link_b_(cells(), a_.row_hop), products_(cells(), std::max<std::int64_t>(a_.mac_stages - 1, 0)),
        sums_(cells(), (a_.mac_stages > 0 ? 1 : 0) + a_.edge_registers),
        accumulators_(static_cast<std::size_t>(cells())), registers_(static_cast<std::size_t>(cells())) {}

  void run() {
    const bool combinational = a_.mac_stages + a_.edge_registers == 0;
    for (; !record_.finished(); ++now_) {
      clock();
      // Registered results are there at the start of a cycle, combinational ones at its end.
      if (!combinational) collect();
      sequence();
      const bool nothing_enters = step_ < 0;
      feed();
      sweep();
      if (combinational) collect();
      if (quiet_.after(nothing_enters)) now_ = wakes_at() - 1;
    }
  }

 private:
  [[nodiscard]] std::int64_t cells() const { return a_.rows * a_.columns; }
  [[nodiscard]] bool chained() const { return a_.output_drain != OutputDrain::in_place; }
  [[nodiscard]] std::int64_t chain() const { return a_.output_drain == OutputDrain::columns ? a_.columns : a_.rows; }
  [[nodiscard]] bool padded() const { return a_.partial_folds == PartialFolds::padded; }
  [[nodiscard]] std::int64_t awaited_rows(const Fold& f) const { return padded() ? a_.rows : f.shape.rows; }
  [[nodiscard]] std::int64_t awaited_columns(const Fold& f) const { return padded() ? a_.columns : f.shape.columns; }

  void clock() {
    skew_a_.clock();
    skew_b_.clock();
    link_a_.clock();
    link_b_.clock();
    products_.clock();
    sums_.clock();
  }

  // The sequencer: a counter for the port, one for the chain, or the results themselves.
  void sequence() {
    if (next_ > record_.folds() || (next_ > 0 && step_ >= 0)) return;
    if (!ready_ && may_start()) ready_ = now_ + gap();
    if (!ready_ || now_ < *ready_) return;
    ready_.reset();
    record_.begin_fold(next_, now_);
    started_ = now_;
    if (next_ < record_.folds()) {
      const Fold& f = record_.fold(next_);
      record_.await(next_, awaited_rows(f) * awaited_columns(f));
      step_ = 0;
    }
    ++next_;
  }

  // With nothing in the cells: when the sequencer starts what it only lets time pass for, the start-up or a gap.
  [[nodiscard]] std::int64_t wakes_at() const {
    const std::int64_t at = ready_ ? *ready_ : next_ == 0 ? a_.start_up.count() : 0;
    return std::max(at, now_ + 1);
  }

  [[nodiscard]] bool may_start() const {
    if (next_ == 0) return now_ >= a_.start_up.count();
    if (!a_.drain_overlap) return record_.drained(next_ - 1, now_);
    if (!chained()) return true;
    const Fold& f = record_.fold(next_ - 1);
    const std::int64_t to_last_cell = (awaited_rows(f) - 1) * a_.row_hop + (awaited_columns(f) - 1) * a_.column_hop;
    return now_ - started_ >= to_last_cell + chain() - early_;
  }

  [[nodiscard]] std::int64_t gap() const {
    if (next_ == 0) return 0;
    return gap_after(a_, record_.fold(next_ - 1).shape).count();
  }

  // One step of the reduction enters all rows and all columns; skew registers delay it per row and per column.
  void feed() {
    const bool active = step_ >= 0;
    const std::int32_t fold = active ? static_cast<std::int32_t>(next_ - 1) : -1;
    const Fold* f = active ? &record_.fold(fold) : nullptr;
    const bool first = step_ == 0;
    const bool last = active && step_ == f->shape.stream - 1;
    for (std::int64_t r = 0; r < a_.rows; ++r) {
      const bool used = active && r < f->shape.rows;
      const Element e = used ? record_.input(*f, r / f->m_count, r % f->m_count, step_) : Element{};
      skew_a_.put(static_cast<std::size_t>(r), {e, used || padded() ? fold : -1, first, last});
    }
    for (std::int64_t c = 0; c < a_.columns; ++c) {
      const bool used = active && c < f->shape.columns;
      const Element e = used ? record_.weight(*f, c / f->n_count, step_, c % f->n_count) : Element{};
      skew_b_.put(static_cast<std::size_t>(c), {e, used || padded() ? fold : -1, first, last});
    }
    if (active) step_ = last ? -1 : step_ + 1;
  }

  void sweep() {
    for (std::int64_t r = 0; r < a_.rows; ++r)
      for (std::int64_t c = 0; c < a_.columns; ++c) cell(r, c);
  }

  void cell(std::int64_t r, std::int64_t c) {
    const auto i = static_cast<std::size_t>(r * a_.columns + c);
    const Token a = c == 0 ? skew_a_.tap(static_cast<std::size_t>(r), r * a_.row_hop) : link_a_.get(i);
    const Token b = r == 0 ? skew_b_.tap(static_cast<std::size_t>(c), c * a_.column_hop) : link_b_.get(i);
    if (c + 1 < a_.columns) link_a_.put(i + 1, a);
    if (r + 1 < a_.rows) link_b_.put(i + static_cast<std::size_t>(a_.columns), b);
    const bool both = a.fold >= 0 && b.fold >= 0;
    if (both ? a.fold != b.fold : padded() && a.fold != b.fold)
      throw std::logic_error("output-stationary array: operands of two folds meet in a cell");
    if (both && a.element.group >= 0 && a.element.group == b.element.group) record_.count_mac();
    const std::int64_t value = static_cast<std::int64_t>(a.element.value) * b.element.value;
    products_.put(i, {value, both ? a.fold : -1, a.first, a.last});
    const Product p = products_.get(i);
    Sum sum;
    if (p.fold >= 0) {
      accumulators_[i] = (p.first ? 0 : accumulators_[i]) + p.value;
      if (p.last) sum = {accumulators_[i], p.fold};
    }
    sums_.put(i, sum);
  }

  void collect() {
    for (std::int64_t r = 0; r < a_.rows; ++r)
      for (std::int64_t c = 0; c < a_.columns; ++c) {
        const Sum sum = sums_.get(static_cast<std::size_t>(r * a_.columns + c));
        if (sum.fold < 0) continue;
        if (chained()) copy_to_chain(r, c, sum);
        else leave(r, c, sum, now_);
      }
    if (shifts_left_ > 0) shift();
  }

  void copy_to_chain(std::int64_t r, std::int64_t c, const Sum& sum) {
    // A chain that has begun to move would carry the new sum away under its predecessor's place.
    if (shifts_left_ > 0)
      throw std::logic_error("output-stationary array: a sum is ready while the output chain still moves");
    Sum& place = registers_[static_cast<std::size_t>(r * a_.columns + c)];
    if (place.fold >= 0 && place.fold != sum.fold)
      throw std::logic_error("output-stationary array: a sum is overwritten in the output chain");
    place = sum;
    const Fold& f = record_.fold(sum.fold);
    if (r == awaited_rows(f) - 1 && c == awaited_columns(f) - 1) shifts_left_ = chain();
  }

  // The far end leaves, everything else moves on by one; what leaves is outside at the start of the next cycle.
  void shift() {
    const bool along_row = a_.output_drain == OutputDrain::columns;
    const std::int64_t lanes = along_row ? a_.rows : a_.columns;
    const std::int64_t came_from = shifts_left_ - 1;  // position of the cell whose sum is now at the end
    for (std::int64_t lane = 0; lane < lanes; ++lane) {
      const auto at = [&](std::int64_t i) -> Sum& {
        return registers_[static_cast<std::size_t>(along_row ? lane * a_.columns + i : i * a_.columns + lane)];
      };
      const Sum out = at(chain() - 1);
      for (std::int64_t i = chain() - 1; i > 0; --i) at(i) = at(i - 1);
      at(0) = {};
      if (out.fold >= 0) leave(along_row ? lane : came_from, along_row ? came_from : lane, out, now_ + 1);
    }
    --shifts_left_;
  }

  void leave(std::int64_t r, std::int64_t c, const Sum& sum, std::int64_t when) {
    const Fold& f = record_.fold(sum.fold);
    if (r < awaited_rows(f) && c < awaited_columns(f)) record_.result(sum.fold, when);
    const bool used = r < f.shape.rows && c < f.shape.columns;
    if (used && r / f.m_count == c / f.n_count)
      record_.write_output(f, r / f.m_count, r % f.m_count, c % f.n_count, sum.value);
  }

  const PeArraySpec& a_;
  RegisterRecord& record_;
  std::int64_t early_;
  QuietTime quiet_;
  std::int64_t now_ = 0;
  std::int64_t next_ = 0;   // fold to start next
  std::int64_t step_ = -1;  // of the fold that streams; -1: none
  std::int64_t started_ = 0;
  std::optional<std::int64_t> ready_;
  std::int64_t shifts_left_ = 0;
  DelayPlanes<Token> skew_a_, skew_b_, link_a_, link_b_;
  DelayPlanes<Product> products_;
  DelayPlanes<Sum> sums_;
  std::vector<std::int64_t> accumulators_;
  std::vector<Sum> registers_;
};

}  // namespace

void run_output_grid(const PeArraySpec& spec, RegisterRecord& record, SequencerFault fault) {
  OutputGrid(spec, record, fault.early).run();
}

}  // namespace tessera::arch
