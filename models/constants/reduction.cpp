// Along axes: sums and the like, positions of the largest, running sums.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "models/constants/evaluation.h"
#include "models/constants/indices.h"

namespace tessera::models::constants {

namespace {

// By element of operand 0: the element of the result that it belongs to. Axes that are reduced have one place there,
// whether the result keeps them or not.
std::vector<std::size_t> groups(const Dims& in, const std::vector<std::size_t>& axes) {
  Dims kept = in;
  for (const std::size_t a : axes) kept[a] = 1;
  const auto strides = strides_of(kept);
  std::vector<std::size_t> group;
  for (Positions p(in); p.more(); p.next()) {
    Dims at = p.at();
    for (const std::size_t a : axes) at[a] = 0;
    group.push_back(place_of(at, strides));
  }
  return group;
}

struct Reduction {
  std::string_view type;
  double start;
  double (*add)(double, double);
  double (*finish)(double sum, double count);
};

double as_it_is(double sum, double /*count*/) { return sum; }
double plus(double sum, double v) { return sum + v; }
double plus_square(double sum, double v) { return sum + v * v; }

constexpr double kInfinite = std::numeric_limits<double>::infinity();
constexpr std::array kReductions{
    Reduction{"ReduceL1", 0, [](double s, double v) { return s + std::abs(v); }, as_it_is},
    Reduction{"ReduceL2", 0, plus_square, [](double s, double) { return std::sqrt(s); }},
    Reduction{"ReduceLogSum", 0, plus, [](double s, double) { return std::log(s); }},
    Reduction{"ReduceLogSumExp", 0, [](double s, double v) { return s + std::exp(v); },
              [](double s, double) { return std::log(s); }},
    Reduction{"ReduceMax", -kInfinite, [](double s, double v) { return std::max(s, v); }, as_it_is},
    Reduction{"ReduceMean", 0, plus, [](double s, double count) { return s / count; }},
    Reduction{"ReduceMin", kInfinite, [](double s, double v) { return std::min(s, v); }, as_it_is},
    Reduction{"ReduceProd", 1, [](double s, double v) { return s * v; }, as_it_is},
    Reduction{"ReduceSum", 0, plus, as_it_is},
    Reduction{"ReduceSumSquare", 0, plus_square, as_it_is},
};

void reduce(Evaluation& e) {
  const auto* r =
      std::find_if(kReductions.begin(), kReductions.end(), [&](const auto& k) { return k.type == e.type(); });
  const Dims& in = e.dims(0);
  std::vector<std::size_t> axes = e.axes(1, in.size());
  if (axes.empty() && !e.flag("noop_with_empty_axes", false)) {
    axes.resize(in.size());
    std::iota(axes.begin(), axes.end(), std::size_t{0});
  }
  const auto group = groups(in, axes);
  Reals sums(e.result_size(), r->start);
  for (std::size_t i = 0; i < group.size(); ++i) sums[group[i]] = r->add(sums[group[i]], e.real(0, i));
  const double count = sums.empty() ? 1 : static_cast<double>(group.size()) / static_cast<double>(sums.size());
  for (double& s : sums) s = r->finish(s, count);
  if (!e.is_ints(0)) return e.set(std::move(sums));
  Ints ints;
  for (const double s : sums) ints.push_back(truncated(s));
  e.set(std::move(ints));
}

void position_of_extreme(Evaluation& e) {
  const Dims& in = e.dims(0);
  const std::size_t axis = e.axis_attribute(0, in.size());
  const bool largest = e.type() == "ArgMax", last = e.flag("select_last_index", false);
  const auto group = groups(in, {axis});
  Ints best(e.result_size(), -1);
  Reals value(e.result_size(), 0);
  std::size_t i = 0;
  for (Positions p(in); p.more(); p.next(), ++i) {
    const double v = e.real(0, i);
    const std::size_t g = group[i];
    const bool better = largest ? v > value[g] : v < value[g];
    if (best[g] >= 0 && !better && !(last && v == value[g])) continue;
    best[g] = p.at()[axis];
    value[g] = v;
  }
  e.set(std::move(best));
}

void running_sum(Evaluation& e) {
  const Dims& in = e.dims(0);
  const std::size_t axis = e.axis(e.integer(1, 0), in.size(), "input 'axis'");
  const bool without = e.flag("exclusive", false), backwards = e.flag("reverse", false);
  const auto group = groups(in, {axis});
  std::vector<std::size_t> order(group.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (backwards) std::reverse(order.begin(), order.end());
  Reals sums(group.size(), 0), result(group.size(), 0);
  for (const std::size_t i : order) {
    const double before = sums[group[i]];
    sums[group[i]] += e.real(0, i);
    result[i] = without ? before : sums[group[i]];
  }
  if (!e.is_ints(0)) return e.set(std::move(result));
  Ints ints;
  for (const double v : result) ints.push_back(truncated(v));
  e.set(std::move(ints));
}

}  // namespace

Evaluator reduction_of(std::string_view type) {
  if (type == "ArgMax" || type == "ArgMin") return position_of_extreme;
  if (type == "CumSum") return running_sum;
  const bool known = std::any_of(kReductions.begin(), kReductions.end(), [&](const auto& r) { return r.type == type; });
  return known ? reduce : nullptr;
}

}  // namespace tessera::models::constants
