// Weight- and input-stationary array: one operand is held in the cells, the other hops along the rows, partial sums
// travel down the columns and leave at the bottom row. The two dataflows differ only in which operand is which.
#include <algorithm>
#include <cassert>
#include <optional>
#include <stdexcept>

#include "arch/array/delay_planes.h"
#include "arch/array/register_record.h"

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

// A step of an accumulator pass on its way through the delays of the array.
struct PassStep {
  std::int32_t fold = -1;
  std::int32_t step = 0;
};

class StationaryGrid {
 public:
  StationaryGrid(const PeArraySpec& spec, RegisterRecord& record, std::int64_t early)
      : a_(spec), record_(record), early_(early), weights_held_(spec.dataflow == Dataflow::weight_stationary),
        load_cycles_(base::ceil_div(spec.rows, spec.load_rows_per_cycle)),
        skew_(spec.rows, (spec.rows - 1) * spec.row_hop), word_skew_(spec.rows, (spec.rows - 1) * spec.row_hop),
        tokens_(cells(), spec.column_hop), words_(cells(), spec.column_hop), sums_(cells(), spec.row_hop),
        products_(cells(), std::max<std::int64_t>(spec.mac_stages - 1, 0)), out_(spec.columns, out_depth()),
        pass_down_(1, (spec.rows - 1) * spec.row_hop + spec.mac_stages + spec.edge_registers),
        pass_along_(spec.columns, spec.column_hop), active_(static_cast<std::size_t>(cells())),
        shadow_(static_cast<std::size_t>(cells())), loads_(static_cast<std::size_t>(record.folds()) + 1) {}

  void run() {
    const bool combinational = a_.mac_stages + a_.edge_registers == 0;
    for (; !record_.finished(); ++now_) {
      clock();
      // Registered results are there at the start of a cycle, combinational ones at its end.
      if (!combinational) collect();
      sequence_stream();
      sequence_load();
      sequence_pass();
      feed_load();
      feed_stream();
      sweep();
      if (combinational) collect();
    }
  }

 private:
  // Times of one fold as the sequencer saw them happen.
  struct Issue {
    std::optional<std::int64_t> load_start, stream_start, pass_start;
    std::vector<Element> words;  // the stationary operand at the array's edge, row by row
  };

  [[nodiscard]] std::int64_t cells() const { return a_.rows * a_.columns; }
  [[nodiscard]] std::int64_t out_depth() const { return (a_.mac_stages > 0 ? 1 : 0) + a_.edge_registers; }
  [[nodiscard]] bool double_buffered() const { return a_.stationary_buffers > 1; }
  // The second buffer is filled under the drain of the fold before, whose end only its results tell.
  [[nodiscard]] bool loads_ahead() const { return double_buffered() && !a_.drain_overlap; }
  [[nodiscard]] bool chased() const { return a_.stationary_load == StationaryLoad::chased; }
  [[nodiscard]] Issue& issue(std::int64_t fold) { return loads_[static_cast<std::size_t>(fold)]; }
  [[nodiscard]] std::int64_t stream_length(std::int64_t fold) const {
    return record_.fold(std::min(fold, record_.folds() - 1)).shape.stream;
  }
  [[nodiscard]] std::int64_t gap(std::int64_t fold) const { return gap_after(a_, record_.fold(fold).shape).count(); }
  [[nodiscard]] std::int64_t awaited_columns(const Fold& f) const {
    return a_.partial_folds == PartialFolds::padded ? a_.columns : f.shape.columns;
  }
  // Cycles between the write of a row and the arrival of the moving operand that its own hops already give.
  [[nodiscard]] std::int64_t lead() const { return chased() && a_.row_hop > 0 ? 1 : load_cycles_; }
  // By when the last row has let go of an operand, against the cycle in which a load would write it.
  [[nodiscard]] std::int64_t row_delay() const {
    if (!chased()) return 0;
    return std::max<std::int64_t>(0, (a_.rows - 1) * a_.row_hop - (a_.rows - 1) / a_.load_rows_per_cycle);
  }

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

  // ---- the sequencer -------------------------------------------------------------------------------------------

  // Starts the load of the next fold (after the last: of the next tile's first) when its place is free.
  void sequence_load() {
    if (next_load_ > record_.folds() || (next_load_ > 0 && load_step_ < load_cycles_)) return;
    if (!load_ready_ && may_load()) load_ready_ = now_ + (next_load_ == 0 || loads_ahead() ? 0 : gap(next_load_ - 1));
    if (!load_ready_ || now_ < *load_ready_) return;
    load_ready_.reset();
    for (; released_ < next_load_ && record_.drained(released_, now_); ++released_) issue(released_).words = {};
    Issue& next = issue(next_load_);
    next.load_start = now_;
    next.words = stationary_operand(next_load_);
    load_step_ = 0;
    ++next_load_;
  }

  [[nodiscard]] bool may_load() {
    if (next_load_ == 0) return now_ >= a_.start_up.count();
    const auto& streamed = issue(next_load_ - 1).stream_start;
    if (!streamed) return false;
    const std::int64_t stream_end = *streamed + stream_length(next_load_ - 1);
    if (loads_ahead()) return now_ >= *streamed + row_delay();
    // Just in time: the moving operand's port is free when the load has led far enough.
    if (double_buffered()) return now_ >= *streamed + row_delay() - early_ && now_ + lead() >= stream_end;
    if (!a_.drain_overlap) return record_.drained(next_load_ - 1, now_);
    return now_ >= stream_end + row_delay() - early_;
  }

  // Starts to stream when the operand is (far enough) loaded and, if the load ran ahead, the array has drained.
  void sequence_stream() {
    if (next_stream_ > record_.folds() || (next_stream_ > 0 && stream_step_ >= 0)) return;
    if (!stream_ready_ && may_stream())
      stream_ready_ = now_ + (loads_ahead() && next_stream_ > 0 ? gap(next_stream_ - 1) : 0);
    if (!stream_ready_ || now_ < *stream_ready_) return;
    stream_ready_.reset();
    issue(next_stream_).stream_start = now_;
    // A fold begins with its load; a load that ran ahead into the second buffer counts from where it had to begin.
    record_.begin_fold(next_stream_, now_ - lead());
    if (next_stream_ < record_.folds()) {
      const Fold& f = record_.fold(next_stream_);
      const bool pass = a_.accumulator_pass && f.shape.final;
      record_.await(next_stream_, f.shape.stream * awaited_columns(f) * (pass ? 2 : 1));
      stream_step_ = 0;
    }
    ++next_stream_;
  }

  [[nodiscard]] bool may_stream() {
    const auto& loaded = issue(next_stream_).load_start;
    if (!loaded || now_ < *loaded + lead()) return false;
    return next_stream_ == 0 || !loads_ahead() || record_.drained(next_stream_ - 1, now_);
  }

  // The pass follows the last fold of an output block at the distance of two folds.
  void sequence_pass() {
    if (!a_.accumulator_pass) return;
    PassStep entering;
    const std::int64_t streamed = std::min(next_stream_, record_.folds());
    while (next_pass_ < streamed && !record_.fold(next_pass_).shape.final) ++next_pass_;
    if (next_pass_ < streamed) {
      const std::int64_t begin = *issue(next_pass_).stream_start + stream_length(next_pass_) + a_.fold_gap.count();
      if (now_ >= begin) entering = {static_cast<std::int32_t>(next_pass_), static_cast<std::int32_t>(now_ - begin)};
      if (now_ - begin == stream_length(next_pass_) - 1) ++next_pass_;
    }
    pass_down_.put(0, entering);
  }

  // ---- the edges -----------------------------------------------------------------------------------------------

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
        words[static_cast<std::size_t>(r * a_.columns + c)] =
            weights_held_ ? record_.weight(f, group, r % f.k_count, c % across) : record_.input(f, group, c % across, r % f.k_count);
      }
    return words;
  }

  void feed_load() {
    const std::int64_t first = load_step_ * a_.load_rows_per_cycle;
    const bool loading = next_load_ > 0 && load_step_ < load_cycles_;
    for (std::int64_t r = 0; r < a_.rows; ++r) {
      const bool now = loading && r >= first && r < first + a_.load_rows_per_cycle;
      word_skew_.put(static_cast<std::size_t>(r), now ? RowWord{&issue(next_load_ - 1).words[static_cast<std::size_t>(r * a_.columns)]} : RowWord{});
    }
    if (loading) ++load_step_;
  }

  void feed_stream() {
    const bool active = stream_step_ >= 0;
    const std::int64_t fold = active ? next_stream_ - 1 : -1;
    for (std::int64_t r = 0; r < a_.rows; ++r) {
      Token t{{}, static_cast<std::int32_t>(fold), static_cast<std::int32_t>(stream_step_)};
      if (active && r < record_.fold(fold).shape.rows) t.element = moving_operand(record_.fold(fold), r);
      skew_.put(static_cast<std::size_t>(r), t);
    }
    if (active && ++stream_step_ == stream_length(fold)) stream_step_ = -1;
  }

  [[nodiscard]] Element moving_operand(const Fold& f, std::int64_t row) {
    const std::int64_t group = row / f.k_count, k = row % f.k_count;
    return weights_held_ ? record_.input(f, group, stream_step_, k) : record_.weight(f, group, k, stream_step_);
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
    const RowWord w = c == 0 ? word_skew_.tap(row, chased() ? 0 : r * a_.row_hop) : words_.get(i);
    if (c + 1 < a_.columns) {
      tokens_.put(i + 1, t);
      words_.put(i + 1, w);
    }
    multiply_and_add(r, c, i, t);
    if (w.elements) (double_buffered() ? shadow_ : active_)[i] = w.elements[c];
  }

  void multiply_and_add(std::int64_t r, std::int64_t c, std::size_t i, const Token& t) {
    PartialSum product;
    if (t.fold >= 0) {
      // The first step of a fold brings the second buffer's operand into use.
      if (t.step == 0 && double_buffered()) active_[i] = shadow_[i];
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
      if (c < awaited_columns(f)) record_.result(s.fold, now_);
      if (c >= f.shape.columns) continue;
      if (a_.accumulator_pass) accumulate(f, c, s);
      else record_.write_output(f, group_of(f, c), m_of(f, c, s.step), n_of(f, c, s.step), s.value);
    }
  }

  [[nodiscard]] std::int64_t group_of(const Fold& f, std::int64_t c) const { return c / (weights_held_ ? f.n_count : f.m_count); }
  [[nodiscard]] std::int64_t m_of(const Fold& f, std::int64_t c, std::int64_t step) const { return weights_held_ ? step : c % f.m_count; }
  [[nodiscard]] std::int64_t n_of(const Fold& f, std::int64_t c, std::int64_t step) const { return weights_held_ ? c % f.n_count : step; }

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
      const PassStep p = c == 0 ? pass_down_.get(0) : pass_along_.get(column);
      if (c + 1 < a_.columns) pass_along_.put(column + 1, p);
      if (p.fold < 0) continue;
      const Fold& f = record_.fold(p.fold);
      if (c < awaited_columns(f)) record_.result(p.fold, now_);
      if (c < f.shape.columns) record_.output(f, group_of(f, c), m_of(f, c, p.step), n_of(f, c, p.step)) = accumulator(f, c, p.step);
    }
  }

  const PeArraySpec& a_;
  RegisterRecord& record_;
  std::int64_t early_;
  bool weights_held_;
  std::int64_t load_cycles_;
  std::int64_t now_ = 0;
  std::int64_t next_load_ = 0, load_step_ = 0;
  std::int64_t next_stream_ = 0, stream_step_ = -1;
  std::int64_t next_pass_ = 0;
  std::int64_t released_ = 0;        // folds whose words at the edge are no longer needed
  std::optional<std::int64_t> load_ready_, stream_ready_;
  DelayPlanes<Token> skew_;
  DelayPlanes<RowWord> word_skew_;
  DelayPlanes<Token> tokens_;
  DelayPlanes<RowWord> words_;
  DelayPlanes<PartialSum> sums_, products_, out_;
  DelayPlanes<PassStep> pass_down_, pass_along_;
  std::vector<Element> active_, shadow_;
  std::vector<Issue> loads_;
  std::vector<std::int64_t> accumulators_;
};

}  // namespace

void run_stationary_grid(const PeArraySpec& spec, RegisterRecord& record, SequencerFault fault) {
  StationaryGrid(spec, record, fault.early).run();
}

}  // namespace tessera::arch
