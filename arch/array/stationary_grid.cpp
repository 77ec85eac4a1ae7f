// Weight- and input-stationary array: one operand is held in the cells, the other hops along the rows, partial sums
// travel down the columns and leave at the bottom row. The two dataflows differ only in which operand is which.
#include <algorithm>
#include <stdexcept>

#include "arch/array/delay_planes.h"
#include "arch/array/quiet_time.h"
#include "arch/array/register_record.h"
#include "arch/array/stationary_sequencer.h"

namespace tessera::arch {
namespace {

// What no fold may ever multiply with: written by the load of the next tile's first fold.
constexpr std::int32_t kPoison = 0x5A5A;

// One step of the moving operand on a row; control bits hop along with it.
struct Token {
  Element element;
  std::int32_t fold = -1;  // -1: nothing on the wire
  std::int32_t step = 0;
};

// A row's word of stationary operands on its way along the row; every cell takes its own element.
struct RowWord {
  const Element* elements = nullptr;
};

struct PartialSum {
  std::int64_t value = 0;
  std::int32_t fold = -1;
  std::int32_t step = 0;
};

// Cells, wires and edges; what enters when is the sequencer's.
class StationaryGrid {
 public:
  StationaryGrid(const PeArraySpec& spec, RegisterRecord& record, std::int64_t early)
      : a_(spec), record_(record), sequencer_(spec, record, early),
        weights_held_(spec.dataflow == Dataflow::weight_stationary), quiet_(spec),
        skew_(spec.rows, (spec.rows - 1) * spec.row_hop), word_skew_(spec.rows, (spec.rows - 1) * spec.row_hop),
        tokens_(cells(), spec.column_hop), words_(cells(), spec.column_hop), sums_(cells(), spec.row_hop),
        products_(cells(), std::max<std::int64_t>(spec.mac_stages - 1, 0)), out_(spec.columns, out_depth()),
        pass_down_(1, (spec.rows - 1) * spec.row_hop + spec.mac_stages + spec.edge_registers),
        pass_along_(spec.columns, spec.column_hop), active_(static_cast<std::size_t>(cells())),
        shadow_(static_cast<std::size_t>(cells())), held_(static_cast<std::size_t>(record.folds()) + 1) {}

  void run() {
    const bool combinational = a_.mac_stages + a_.edge_registers == 0;
    for (; !record_.finished(); ++now_) {
      clock();
      // Registered results are there at the start of a cycle, combinational ones at its end.
      if (!combinational) collect();
      sequencer_.step(now_);
      if (a_.accumulator_pass) pass_down_.put(0, sequencer_.pass());
      feed_load(sequencer_.load());
      feed_stream(sequencer_.stream());
      sweep();
      if (combinational) collect();
      if (quiet_.after(sequencer_.nothing_enters())) now_ = sequencer_.wakes_at() - 1;
    }
  }

 private:
  using Step = StationarySequencer::Step;

  [[nodiscard]] std::int64_t cells() const { return a_.rows * a_.columns; }
  [[nodiscard]] std::int64_t out_depth() const { return (a_.mac_stages > 0 ? 1 : 0) + a_.edge_registers; }

  void clock() {
    skew_.clock();
    word_skew_.clock();
    tokens_.clock();
    words_.clock();
    sums_.clock();
    products_.clock();
    out_.clock();
    pass_down_.clock();
    pass_along_.clock();
  }

  // ---- the edges -----------------------------------------------------------------------------------------------

  // The stationary operand of a fold at the array's edge, row by row.
  [[nodiscard]] std::vector<Element>& held(std::int64_t fold) { return held_[static_cast<std::size_t>(fold)]; }

  [[nodiscard]] std::vector<Element> stationary_operand(std::int64_t fold) {
    std::vector<Element> words(static_cast<std::size_t>(cells()));
    if (fold == record_.folds()) {
      std::fill(words.begin(), words.end(), Element{kPoison, -1});
      return words;
    }
    const Fold& f = record_.fold(fold);
    const std::int64_t across = weights_held_ ? f.n_count : f.m_count;
    for (std::int64_t r = 0; r < f.shape.rows; ++r)
      for (std::int64_t c = 0; c < f.shape.columns; ++c) {
        const std::int64_t group = r / f.k_count;
        if (group != c / across) continue;  // off the diagonal: zero
        words[static_cast<std::size_t>(r * a_.columns + c)] = weights_held_
                                                                  ? record_.weight(f, group, r % f.k_count, c % across)
                                                                  : record_.input(f, group, c % across, r % f.k_count);
      }
    return words;
  }

  void feed_load(const Step& load) {
    if (load.fold >= 0 && load.step == 0) begin_load(load.fold);
    const std::int64_t first = load.step * a_.load_rows_per_cycle;
    for (std::int64_t r = 0; r < a_.rows; ++r) {
      const bool now = load.fold >= 0 && r >= first && r < first + a_.load_rows_per_cycle;
      word_skew_.put(static_cast<std::size_t>(r),
                     now ? RowWord{&held(load.fold)[static_cast<std::size_t>(r * a_.columns)]} : RowWord{});
    }
  }

  void begin_load(std::int64_t fold) {
    for (; released_ < fold && record_.drained(released_, now_); ++released_) held(released_) = {};
    held(fold) = stationary_operand(fold);
  }

  void feed_stream(const Step& stream) {
    for (std::int64_t r = 0; r < a_.rows; ++r) {
      Token t{{}, stream.fold, stream.step};
      if (stream.fold >= 0 && r < record_.fold(stream.fold).shape.rows)
        t.element = moving_operand(record_.fold(stream.fold), r, stream.step);
      skew_.put(static_cast<std::size_t>(r), t);
    }
  }

  [[nodiscard]] Element moving_operand(const Fold& f, std::int64_t row, std::int64_t step) {
    const std::int64_t group = row / f.k_count, k = row % f.k_count;
    return weights_held_ ? record_.input(f, group, step, k) : record_.weight(f, group, k, step);
  }

  // ---- the cells -----------------------------------------------------------------------------------------------

  void sweep() {
    for (std::int64_t r = 0; r < a_.rows; ++r)
      for (std::int64_t c = 0; c < a_.columns; ++c) cell(r, c);
  }

  void cell(std::int64_t r, std::int64_t c) {
    const auto i = static_cast<std::size_t>(r * a_.columns + c);
    const auto row = static_cast<std::size_t>(r);
    const Token t = c == 0 ? skew_.tap(row, r * a_.row_hop) : tokens_.get(i);
    // A chased load enters every row directly; a load before the stream takes the way that the stream takes.
    const RowWord w = c == 0 ? word_skew_.tap(row, chased(a_) ? 0 : r * a_.row_hop) : words_.get(i);
    if (c + 1 < a_.columns) {
      tokens_.put(i + 1, t);
      words_.put(i + 1, w);
    }
    multiply_and_add(r, c, i, t);
    if (w.elements) (double_buffered(a_) ? shadow_ : active_)[i] = w.elements[c];
  }

  void multiply_and_add(std::int64_t r, std::int64_t c, std::size_t i, const Token& t) {
    PartialSum product;
    if (t.fold >= 0) {
      // The first step of a fold brings the second buffer's operand into use.
      if (t.step == 0 && double_buffered(a_)) active_[i] = shadow_[i];
      const Element& held = active_[i];
      if (t.element.group >= 0 && t.element.group == held.group) record_.count_mac();
      product = {static_cast<std::int64_t>(t.element.value) * held.value, t.fold, t.step};
    }
    products_.put(i, product);
    PartialSum sum = products_.get(i);
    if (r > 0) {
      const PartialSum& above = sums_.get(i);
      if (above.fold != sum.fold || (sum.fold >= 0 && above.step != sum.step))
        throw std::logic_error("stationary array: a partial sum meets another step's product");
      sum.value += above.value;
    }
    if (r + 1 < a_.rows) sums_.put(i + static_cast<std::size_t>(a_.columns), sum);
    else out_.put(static_cast<std::size_t>(c), sum);
  }

  // ---- behind the bottom row -----------------------------------------------------------------------------------

  void collect() {
    if (a_.accumulator_pass) collect_pass();
    for (std::int64_t c = 0; c < a_.columns; ++c) {
      const PartialSum s = out_.get(static_cast<std::size_t>(c));
      if (s.fold < 0) continue;
      const Fold& f = record_.fold(s.fold);
      if (c < awaited_columns(a_, f)) record_.result(s.fold, now_);
      if (c >= f.shape.columns) continue;
      if (a_.accumulator_pass) accumulate(f, c, s);
      else record_.write_output(f, group_of(f, c), m_of(f, c, s.step), n_of(f, c, s.step), s.value);
    }
  }

  [[nodiscard]] std::int64_t group_of(const Fold& f, std::int64_t c) const {
    return c / (weights_held_ ? f.n_count : f.m_count);
  }
  [[nodiscard]] std::int64_t m_of(const Fold& f, std::int64_t c, std::int64_t step) const {
    return weights_held_ ? step : c % f.m_count;
  }
  [[nodiscard]] std::int64_t n_of(const Fold& f, std::int64_t c, std::int64_t step) const {
    return weights_held_ ? c % f.n_count : step;
  }

  // Accumulators: one bank of (step, column), used again by block after block; reduction_major needs one per block.
  [[nodiscard]] std::int64_t& accumulator(const Fold& f, std::int64_t c, std::int64_t step) {
    const std::int64_t block = a_.fold_order == FoldOrder::output_major ? 0 : (f.m_begin + f.n_begin) / a_.columns;
    const auto at = static_cast<std::size_t>((block * f.shape.stream + step) * a_.columns + c);
    if (at >= accumulators_.size()) accumulators_.resize(at + 1);
    return accumulators_[at];
  }

  void accumulate(const Fold& f, std::int64_t c, const PartialSum& s) {
    std::int64_t& place = accumulator(f, c, s.step);
    place = f.first_step ? s.value : place + s.value;
    record_.count_output(f);
  }

  void collect_pass() {
    for (std::int64_t c = 0; c < a_.columns; ++c) {
      const auto column = static_cast<std::size_t>(c);
      const Step p = c == 0 ? pass_down_.get(0) : pass_along_.get(column);
      if (c + 1 < a_.columns) pass_along_.put(column + 1, p);
      if (p.fold < 0) continue;
      const Fold& f = record_.fold(p.fold);
      if (c < awaited_columns(a_, f)) record_.result(p.fold, now_);
      if (c < f.shape.columns)
        record_.output(f, group_of(f, c), m_of(f, c, p.step), n_of(f, c, p.step)) = accumulator(f, c, p.step);
    }
  }

  const PeArraySpec& a_;
  RegisterRecord& record_;
  StationarySequencer sequencer_;
  bool weights_held_;
  QuietTime quiet_;
  std::int64_t now_ = 0;
  std::int64_t released_ = 0;  // folds whose words at the edge are no longer needed
  DelayPlanes<Token> skew_;
  DelayPlanes<RowWord> word_skew_;
  DelayPlanes<Token> tokens_;
  DelayPlanes<RowWord> words_;
  DelayPlanes<PartialSum> sums_, products_, out_;
  DelayPlanes<Step> pass_down_, pass_along_;
  std::vector<Element> active_, shadow_;
  std::vector<std::vector<Element>> held_;
  std::vector<std::int64_t> accumulators_;
};

}  // namespace

void run_stationary_grid(const PeArraySpec& spec, RegisterRecord& record, SequencerFault fault) {
  StationaryGrid(spec, record, fault.early).run();
}

}  // namespace tessera::arch
