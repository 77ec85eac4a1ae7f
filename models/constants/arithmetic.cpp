// Element by element, operands broadcast.
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <optional>

#include "models/constants/evaluation.h"
#include "models/constants/indices.h"

namespace tessera::models::constants {

namespace {

// A function of one element. Without a form for integers they are taken as fractions.
struct OneOperand {
  std::string_view type;
  double (*reals)(double);
  std::int64_t (*ints)(std::int64_t) = nullptr;
  bool gives_truth = false;  // 0 or 1 whatever the operand is
};

// Half to even, as ONNX and IEEE 754 have it (the rounding mode is never changed here).
double half_to_even(double v) { return std::nearbyint(v); }
double sign(double v) { return v > 0 ? 1 : v < 0 ? -1 : 0; }
std::int64_t same(std::int64_t v) { return v; }

constexpr std::array kOneOperand{
    OneOperand{"Abs", [](double v) { return std::abs(v); },
               [](std::int64_t v) { return v < 0 ? wrapped(0 - bits(v)) : v; }},
    OneOperand{"Acos", [](double v) { return std::acos(v); }},
    OneOperand{"Asin", [](double v) { return std::asin(v); }},
    OneOperand{"Atan", [](double v) { return std::atan(v); }},
    OneOperand{"BitwiseNot", [](double v) { return v; }, [](std::int64_t v) { return ~v; }},
    OneOperand{"Ceil", [](double v) { return std::ceil(v); }, same},
    OneOperand{"Cos", [](double v) { return std::cos(v); }},
    OneOperand{"Cosh", [](double v) { return std::cosh(v); }},
    OneOperand{"Erf", [](double v) { return std::erf(v); }},
    OneOperand{"Exp", [](double v) { return std::exp(v); }},
    OneOperand{"Floor", [](double v) { return std::floor(v); }, same},
    OneOperand{"Identity", [](double v) { return v; }, same},
    OneOperand{"IsInf", [](double v) { return std::isinf(v) ? 1.0 : 0.0; }, nullptr, true},
    OneOperand{"IsNaN", [](double v) { return std::isnan(v) ? 1.0 : 0.0; }, nullptr, true},
    OneOperand{"Log", [](double v) { return std::log(v); }},
    OneOperand{"Neg", [](double v) { return -v; }, [](std::int64_t v) { return wrapped(0 - bits(v)); }},
    OneOperand{"Not", [](double v) { return v == 0 ? 1.0 : 0.0; }, nullptr, true},
    OneOperand{"Reciprocal", [](double v) { return 1 / v; }},
    OneOperand{"Relu", [](double v) { return std::max(v, 0.0); },
               [](std::int64_t v) { return std::max<std::int64_t>(v, 0); }},
    OneOperand{"Round", half_to_even, same},
    OneOperand{"Sigmoid", [](double v) { return 1 / (1 + std::exp(-v)); }},
    OneOperand{"Sign", sign, [](std::int64_t v) { return static_cast<std::int64_t>(v > 0) - (v < 0); }},
    OneOperand{"Sin", [](double v) { return std::sin(v); }},
    OneOperand{"Sinh", [](double v) { return std::sinh(v); }},
    OneOperand{"Softplus", [](double v) { return std::log1p(std::exp(v)); }},
    OneOperand{"Sqrt", [](double v) { return std::sqrt(v); }},
    OneOperand{"Tan", [](double v) { return std::tan(v); }},
    OneOperand{"Tanh", [](double v) { return std::tanh(v); }},
};

void one_operand(Evaluation& e) {
  const auto* f =
      std::find_if(kOneOperand.begin(), kOneOperand.end(), [&](const auto& o) { return o.type == e.type(); });
  const std::size_t count = e.size(0);
  if (f->gives_truth || (e.is_ints(0) && f->ints != nullptr)) {
    Ints result;
    for (std::size_t i = 0; i < count; ++i)
      result.push_back(f->gives_truth ? truncated(f->reals(e.real(0, i))) : f->ints(e.integer(0, i)));
    return e.set(std::move(result));
  }
  Reals result;
  for (std::size_t i = 0; i < count; ++i) result.push_back(f->reals(e.real(0, i)));
  e.set(std::move(result));
}

// Of two elements. Integer operands without a result (a division by zero) leave the numbers unknown.
struct TwoOperands {
  std::string_view type;
  double (*reals)(double, double);
  std::optional<std::int64_t> (*ints)(std::int64_t, std::int64_t);
  bool gives_truth = false;
};
using MaybeInt = std::optional<std::int64_t>;

MaybeInt divide(std::int64_t a, std::int64_t b) {
  if (b == 0) return std::nullopt;
  return b == -1 ? wrapped(0 - bits(a)) : a / b;
}

// The sign of the divisor, as Python has it.
MaybeInt modulo(std::int64_t a, std::int64_t b) {
  if (b == 0) return std::nullopt;
  if (b == -1) return 0;
  const std::int64_t rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

MaybeInt power(std::int64_t base, std::int64_t exponent) {
  if (exponent < 0) return base == 1 ? 1 : base == -1 ? (exponent % 2 != 0 ? -1 : 1) : 0;
  std::uint64_t result = 1, factor = bits(base);
  for (; exponent > 0; exponent >>= 1, factor *= factor)
    if ((exponent & 1) != 0) result *= factor;
  return wrapped(result);
}

// Operations that are the same in both forms.
template <class Operation>
constexpr TwoOperands calculates(std::string_view type) {
  return {type, [](double a, double b) { return Operation{}(a, b); },
          [](std::int64_t a, std::int64_t b) -> MaybeInt { return wrapped(Operation{}(bits(a), bits(b))); }};
}
template <class Operation>
constexpr TwoOperands compares(std::string_view type) {
  return {type, [](double a, double b) { return Operation{}(a, b) ? 1.0 : 0.0; },
          [](std::int64_t a, std::int64_t b) -> MaybeInt { return Operation{}(a, b) ? 1 : 0; }, true};
}
// Of integers only.
template <class Operation>
constexpr TwoOperands of_bits(std::string_view type) {
  return {type, [](double a, double /*b*/) { return a; },
          [](std::int64_t a, std::int64_t b) -> MaybeInt { return wrapped(Operation{}(bits(a), bits(b))); }};
}
struct Differs {
  template <class T>
  constexpr bool operator()(T a, T b) const {
    return (a != 0) != (b != 0);
  }
};

constexpr std::array kTwoOperands{
    calculates<std::plus<>>("Add"),
    compares<std::logical_and<>>("And"),
    of_bits<std::bit_and<>>("BitwiseAnd"),
    of_bits<std::bit_or<>>("BitwiseOr"),
    of_bits<std::bit_xor<>>("BitwiseXor"),
    TwoOperands{"Div", [](double a, double b) { return a / b; }, divide},
    compares<std::equal_to<>>("Equal"),
    compares<std::greater<>>("Greater"),
    compares<std::greater_equal<>>("GreaterOrEqual"),
    compares<std::less<>>("Less"),
    compares<std::less_equal<>>("LessOrEqual"),
    TwoOperands{"Max", [](double a, double b) { return std::max(a, b); },
                [](std::int64_t a, std::int64_t b) -> MaybeInt { return std::max(a, b); }},
    calculates<std::plus<>>("Mean"),  // divided in the end
    TwoOperands{"Min", [](double a, double b) { return std::min(a, b); },
                [](std::int64_t a, std::int64_t b) -> MaybeInt { return std::min(a, b); }},
    TwoOperands{"Mod", [](double a, double b) { return std::fmod(a, b); }, modulo},
    calculates<std::multiplies<>>("Mul"),
    compares<std::logical_or<>>("Or"),
    TwoOperands{"Pow", [](double a, double b) { return std::pow(a, b); }, power},
    calculates<std::minus<>>("Sub"),
    calculates<std::plus<>>("Sum"),
    compares<Differs>("Xor"),
};

// Integers by integers; with fmod the remainder has the sign of the dividend.
MaybeInt apply(const TwoOperands& f, const Evaluation& e, std::int64_t a, std::int64_t b) {
  if (f.type == "Mod" && e.flag("fmod", false)) return b == 0 ? MaybeInt{} : b == -1 ? MaybeInt{0} : MaybeInt{a % b};
  return f.ints(a, b);
}

void fold_ints(Evaluation& e, const TwoOperands& f) {
  const Dims out = e.result_dims();
  Ints result;
  for (const std::size_t place : broadcast_places(e.dims(0), out)) result.push_back(e.integer(0, place));
  for (std::size_t i = 1; i < e.input_count(); ++i) {
    const auto places = broadcast_places(e.dims(i), out);
    for (std::size_t at = 0; at < result.size(); ++at) {
      const auto r = apply(f, e, result[at], e.integer(i, places[at]));
      if (!r) return;
      result[at] = *r;
    }
  }
  e.set(std::move(result));
}

void fold_reals(Evaluation& e, const TwoOperands& f) {
  const Dims out = e.result_dims();
  Reals result;
  for (const std::size_t place : broadcast_places(e.dims(0), out)) result.push_back(e.real(0, place));
  for (std::size_t i = 1; i < e.input_count(); ++i) {
    const auto places = broadcast_places(e.dims(i), out);
    for (std::size_t at = 0; at < result.size(); ++at) result[at] = f.reals(result[at], e.real(i, places[at]));
  }
  if (f.type == "Mean")
    for (double& v : result) v /= static_cast<double>(e.input_count());
  // A power has the type of its base; comparisons give truth.
  if (!f.gives_truth && !(f.type == "Pow" && e.is_ints(0))) return e.set(std::move(result));
  Ints cut;
  for (const double v : result) cut.push_back(truncated(v));
  e.set(std::move(cut));
}

void two_operands(Evaluation& e) {
  const auto* f =
      std::find_if(kTwoOperands.begin(), kTwoOperands.end(), [&](const auto& o) { return o.type == e.type(); });
  bool ints = true;
  for (std::size_t i = 0; i < e.input_count(); ++i) ints = ints && e.is_ints(i);
  if (ints) fold_ints(e, *f);
  else fold_reals(e, *f);
}

std::int64_t in_type(std::int64_t v, ElementType type) {
  const int width = about(type).bits;
  if (width == 0 || width >= 64) return v;
  const std::uint64_t mask = (std::uint64_t{1} << width) - 1;
  const std::uint64_t low = bits(v) & mask;
  const bool negative = is_signed_integer(type) && (low >> (width - 1)) != 0;
  return wrapped(negative ? low | ~mask : low);
}

void cast(Evaluation& e) {
  const ElementType to = e.result_type();
  if (!is_integer(to)) {
    Reals result;
    for (std::size_t i = 0; i < e.size(0); ++i) result.push_back(e.real(0, i));
    return e.set(std::move(result));
  }
  Ints result;
  for (std::size_t i = 0; i < e.size(0); ++i) {
    const bool truth = to == ElementType::boolean;
    result.push_back(truth ? (e.real(0, i) != 0 ? 1 : 0) : in_type(e.integer(0, i), to));
  }
  e.set(std::move(result));
}

void clip(Evaluation& e) {
  const double low = e.number(1, "min", -HUGE_VAL), high = e.number(2, "max", HUGE_VAL);
  Ints ints;
  Reals reals;
  for (std::size_t i = 0; i < e.size(0); ++i) {
    const double v = e.real(0, i), bounded = std::min(std::max(v, low), high);
    if (e.is_ints(0)) ints.push_back(bounded == v ? e.integer(0, i) : truncated(bounded));
    else reals.push_back(bounded);
  }
  if (e.is_ints(0)) e.set(std::move(ints));
  else e.set(std::move(reals));
}

void where(Evaluation& e) {
  const Dims out = e.result_dims();
  const auto condition = broadcast_places(e.dims(0), out), yes = broadcast_places(e.dims(1), out),
             no = broadcast_places(e.dims(2), out);
  Ints ints;
  Reals reals;
  const bool whole = e.is_ints(1) && e.is_ints(2);
  for (std::size_t i = 0; i < condition.size(); ++i) {
    const bool taken = e.integer(0, condition[i]) != 0;
    const std::size_t from = taken ? 1 : 2, place = taken ? yes[i] : no[i];
    if (whole) ints.push_back(e.integer(from, place));
    else reals.push_back(e.real(from, place));
  }
  if (whole) e.set(std::move(ints));
  else e.set(std::move(reals));
}

void bit_shift(Evaluation& e) {
  const Dims out = e.result_dims();
  const auto a = broadcast_places(e.dims(0), out), b = broadcast_places(e.dims(1), out);
  const bool left = e.word("direction", "LEFT", {"LEFT", "RIGHT"}) == "LEFT";
  Ints result;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::int64_t by = e.integer(1, b[i]);
    const std::uint64_t v = bits(e.integer(0, a[i]));
    const bool whole = by >= 0 && by < 64;
    result.push_back(whole ? in_type(wrapped(left ? v << by : v >> by), e.result_type()) : 0);
  }
  e.set(std::move(result));
}

}  // namespace

Evaluator arithmetic_of(std::string_view type) {
  if (type == "Cast" || type == "CastLike") return cast;
  if (type == "Clip") return clip;
  if (type == "Where") return where;
  if (type == "BitShift") return bit_shift;
  const auto named = [&](const auto& f) { return f.type == type; };
  if (std::any_of(kOneOperand.begin(), kOneOperand.end(), named)) return one_operand;
  if (std::any_of(kTwoOperands.begin(), kTwoOperands.end(), named)) return two_operands;
  return nullptr;
}

}  // namespace tessera::models::constants
