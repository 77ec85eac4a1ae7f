#include "arch/array/fold_plan.h"

#include <algorithm>

namespace tessera::arch {
namespace {

using base::Cycles;

// A stretch of consecutive folds, seen from outside. Stretches join by the one rule that joins two folds, so a tile of
// thousands of folds is a few joins and repetitions.
struct Stretch {
  ArrayWork work;
  bool has_final = false;  // work.last_step_offset counts

  friend Stretch operator+(const Stretch& a, const Stretch& b) {
    if (a.work.folds == 0) return b;
    if (b.work.folds == 0) return a;
    Stretch s = a;
    s.work.occupancy += b.work.occupancy;
    s.work.latency = std::max(a.work.latency, a.work.occupancy + b.work.latency);
    if (!a.has_final && b.has_final) s.work.last_step_offset = a.work.occupancy + b.work.last_step_offset;
    s.has_final = a.has_final || b.has_final;
    s.work.folds += b.work.folds;
    s.work.macs += b.work.macs;
    if (b.work.rows * b.work.columns > a.work.rows * a.work.columns) {
      s.work.rows = b.work.rows;
      s.work.columns = b.work.columns;
    }
    s.work.input_reads += b.work.input_reads;
    s.work.weight_reads += b.work.weight_reads;
    s.work.output_reads += b.work.output_reads;
    s.work.output_writes += b.work.output_writes;
    return s;
  }
};

Stretch repeat(const Stretch& one, std::int64_t n) {
  if (n <= 0) return {};
  Stretch s = one;
  s.work.occupancy = one.work.occupancy * n;
  s.work.latency = one.work.occupancy * (n - 1) + one.work.latency;
  s.work.folds *= n;
  s.work.macs *= n;
  s.work.input_reads *= n;
  s.work.weight_reads *= n;
  s.work.output_reads *= n;
  s.work.output_writes *= n;
  return s;
}

// How an axis of a tile is cut: `full` pieces of `size` and, if `rest` > 0, one of `rest`.
struct Cut {
  std::int64_t size, full, rest;
  Cut(std::int64_t length, std::int64_t piece)
      : size(std::min(length, piece)), full(length / size), rest(length % size) {}
  [[nodiscard]] std::int64_t pieces() const { return full + (rest > 0 ? 1 : 0); }
};

// One fold by what it covers; its operand traffic and its timing.
struct Piece {
  std::int64_t groups, m, n, k;
  bool first_step, final;
};

FoldShape shape_of(const PeArraySpec& a, const Piece& p) {
  switch (a.dataflow) {
    case Dataflow::output_stationary: return {p.groups * p.m, p.groups * p.n, p.k, p.final, false};
    case Dataflow::weight_stationary: return {p.groups * p.k, p.groups * p.n, p.m, p.final, false};
    case Dataflow::input_stationary: return {p.groups * p.k, p.groups * p.m, p.n, p.final, false};
  }
  return {};
}

Stretch fold_of(const PeArraySpec& a, bool accumulates, const Piece& p) {
  const FoldShape shape = shape_of(a, p);
  const FoldTiming timing = time_fold(a, shape);
  Stretch s;
  s.has_final = p.final;
  s.work.occupancy = timing.occupancy;
  s.work.latency = timing.latency;
  s.work.folds = 1;
  s.work.macs = p.groups * p.m * p.n * p.k;
  s.work.rows = shape.rows;
  s.work.columns = shape.columns;
  s.work.input_reads = p.groups * p.m * p.k;
  s.work.weight_reads = p.groups * p.k * p.n;
  s.work.output_writes = p.groups * p.m * p.n;
  s.work.output_reads = p.first_step && !accumulates ? 0 : s.work.output_writes;
  return s;
}

// The cuts of a tile on an array: reduction steps and output blocks of one pack of groups.
struct Cuts {
  std::int64_t pack;  // groups side by side
  Cut k;              // rows of one tap (or of all taps, flattened); os: one piece
  std::int64_t taps;  // times k is run through
  Cut m, n;           // of an output block
};

Cuts cuts_of(const PeArraySpec& a, const ArrayShape& s) {
  const std::int64_t pack = groups_per_fold(a, s);
  const std::int64_t k = s.channels * s.taps;
  switch (a.dataflow) {
    case Dataflow::output_stationary: return {pack, Cut(k, k), 1, Cut(s.m, a.rows), Cut(s.n, a.columns)};
    default: break;
  }
  const bool per_tap = a.reduction == Reduction::per_tap;
  const Cut rows(per_tap ? s.channels : k, a.rows);
  const std::int64_t taps = per_tap ? s.taps : 1;
  if (a.dataflow == Dataflow::weight_stationary) return {pack, rows, taps, Cut(s.m, s.m), Cut(s.n, a.columns)};
  return {pack, rows, taps, Cut(s.m, a.columns), Cut(s.n, s.n)};
}

// Folds of one pack of `groups` groups, composed in the array's order.
class Composer {
 public:
  Composer(const PeArraySpec& a, const ArrayShape& s, const Cuts& cuts)
      : a_(a), accumulates_(s.accumulates), cuts_(cuts) {}

  [[nodiscard]] Stretch pack(std::int64_t groups) const {
    if (a_.fold_order == FoldOrder::output_major)
      return over_blocks([&](std::int64_t m, std::int64_t n) {
        return over_steps([&](std::int64_t k, bool first, bool final) { return fold(groups, m, n, k, first, final); });
      });
    return over_steps([&](std::int64_t k, bool first, bool final) {
      Stretch step = over_blocks([&](std::int64_t m, std::int64_t n) { return fold(groups, m, n, k, first, final); });
      step.work.occupancy += a_.step_gap;
      return step;
    });
  }

 private:
  [[nodiscard]] Stretch fold(std::int64_t groups, std::int64_t m, std::int64_t n, std::int64_t k, bool first,
                             bool final) const {
    return fold_of(a_, accumulates_, Piece{groups, m, n, k, first, final});
  }

  // one(m, n) for every output block: rows of blocks outer.
  template <class One>
  [[nodiscard]] Stretch over_blocks(One one) const {
    const auto line = [&](std::int64_t m) {
      Stretch s = repeat(one(m, cuts_.n.size), cuts_.n.full);
      return cuts_.n.rest > 0 ? s + one(m, cuts_.n.rest) : s;
    };
    Stretch s = repeat(line(cuts_.m.size), cuts_.m.full);
    return cuts_.m.rest > 0 ? s + line(cuts_.m.rest) : s;
  }

  // one(k, first, final) for every reduction step: taps outer, pieces of a tap inner.
  template <class One>
  [[nodiscard]] Stretch over_steps(One one) const {
    const Cut& k = cuts_.k;
    const std::int64_t steps = cuts_.taps * k.pieces();
    if (steps == 1) return one(k.size, true, true);
    const std::int64_t last = k.rest > 0 ? k.rest : k.size;
    // The first and the last step differ from those between, so they stand alone.
    const Stretch tap = repeat(one(k.size, false, false), k.full) + rest_of(one, k);
    if (k.pieces() == 1) return one(k.size, true, false) + repeat(tap, cuts_.taps - 2) + one(last, false, true);
    const Stretch head = one(k.size, true, false);
    const Stretch middle_full = one(k.size, false, false);
    const std::int64_t full_before_last =
        k.rest > 0 ? k.full : k.full - 1;  // full pieces of a tap whose last piece stands alone
    if (cuts_.taps == 1) return head + repeat(middle_full, full_before_last - 1) + one(last, false, true);
    return head + repeat(middle_full, k.full - 1) + rest_of(one, k) + repeat(tap, cuts_.taps - 2) +
           repeat(middle_full, full_before_last) + one(last, false, true);
  }

  template <class One>
  [[nodiscard]] static Stretch rest_of(One one, const Cut& k) {
    return k.rest > 0 ? one(k.rest, false, false) : Stretch{};
  }

  const PeArraySpec& a_;
  bool accumulates_;
  const Cuts& cuts_;
};

}  // namespace

std::int64_t groups_per_fold(const PeArraySpec& a, const ArrayShape& s) {
  if (a.grouped != Grouped::block_diagonal || s.groups == 1) return 1;
  const std::int64_t k = a.reduction == Reduction::per_tap ? s.channels : s.channels * s.taps;
  const std::int64_t down = a.dataflow == Dataflow::output_stationary ? s.m : k;
  const std::int64_t across = a.dataflow == Dataflow::input_stationary ? s.m : s.n;
  return std::clamp(std::min(a.rows / down, a.columns / across), std::int64_t{1}, s.groups);
}

std::vector<ArrayShape> ArrayShape::parts() const {
  std::vector<ArrayShape> list;
  ArrayShape one{m, n, channels, taps, groups, accumulates};
  for (const ArrayPhase& p : phases) {
    one.m = p.m;
    one.taps = p.taps;
    list.push_back(one);
  }
  if (list.empty()) list.push_back(one);
  return list;
}

namespace {

Stretch stretch_of(const PeArraySpec& a, const ArrayShape& s) {
  const Cuts cuts = cuts_of(a, s);
  const Composer composer(a, s, cuts);
  const Cut packs(s.groups, cuts.pack);
  Stretch all = repeat(composer.pack(packs.size), packs.full);
  return packs.rest > 0 ? all + composer.pack(packs.rest) : all;
}

void add_start_up(const PeArraySpec& a, ArrayWork& work) {
  work.occupancy += a.start_up;
  work.latency += a.start_up;
  work.last_step_offset += a.start_up;
}

}  // namespace

ArrayWork plan_folds(const PeArraySpec& a, const ArrayShape& s) {
  Stretch all;
  for (const ArrayShape& part : s.parts()) all = all + stretch_of(a, part);
  add_start_up(a, all.work);
  if (s.macs) all.work.macs = *s.macs;
  return all.work;
}

ArrayWork joined(const PeArraySpec& a, const ArrayWork& first, ArrayWork second) {
  second.occupancy -= a.start_up;
  second.latency -= a.start_up;
  return (Stretch{first, true} + Stretch{second, true}).work;
}

void for_each_fold(const PeArraySpec& a, const ArrayShape& s, const std::function<void(const Fold&)>& visit) {
  if (!s.phases.empty()) {
    for (const ArrayShape& part : s.parts()) for_each_fold(a, part, visit);
    return;
  }
  const Cuts cuts = cuts_of(a, s);
  const std::int64_t tap_length = cuts.k.size * cuts.k.full + cuts.k.rest;
  const std::int64_t steps = cuts.taps * cuts.k.pieces();
  const std::int64_t blocks = cuts.m.pieces() * cuts.n.pieces();
  const bool output_major = a.fold_order == FoldOrder::output_major;
  for (std::int64_t group = 0; group < s.groups; group += cuts.pack)
    for (std::int64_t i = 0; i < steps * blocks; ++i) {
      const std::int64_t step = output_major ? i % steps : i / blocks;
      const std::int64_t block = output_major ? i / steps : i % blocks;
      const std::int64_t in_tap = step % cuts.k.pieces() * cuts.k.size;
      Fold f;
      f.first_group = group;
      f.groups = std::min(cuts.pack, s.groups - group);
      f.m_begin = block / cuts.n.pieces() * cuts.m.size;
      f.m_count = std::min(cuts.m.size, s.m - f.m_begin);
      f.n_begin = block % cuts.n.pieces() * cuts.n.size;
      f.n_count = std::min(cuts.n.size, s.n - f.n_begin);
      f.k_begin = step / cuts.k.pieces() * tap_length + in_tap;
      f.k_count = std::min(cuts.k.size, tap_length - in_tap);
      f.first_step = step == 0;
      f.shape = shape_of(a, Piece{f.groups, f.m_count, f.n_count, f.k_count, f.first_step, step == steps - 1});
      f.shape.ends_step = !output_major && block == blocks - 1;
      visit(f);
    }
}

}  // namespace tessera::arch
