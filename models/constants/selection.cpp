// Elements that numbers choose: gathers, scatters, masks, sorting; and tensors made from few numbers.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "models/constants/evaluation.h"
#include "models/constants/indices.h"

namespace tessera::models::constants {

namespace {

using Places = std::vector<std::size_t>;

// An index along an axis of that extent; a negative one counts from the end.
std::int64_t index_at(const Evaluation& e, std::size_t input, std::size_t place, std::int64_t extent) {
  const std::int64_t given = e.integer(input, place), index = given < 0 ? given + extent : given;
  if (index < 0 || index >= extent)
    e.fail(fmt::format("index {} along an axis of {} element(s) lies outside", given, extent));
  return index;
}

void gather(Evaluation& e) {
  const Dims &in = e.dims(0), &index = e.dims(1);
  const std::size_t axis = e.axis_attribute(0, in.size());
  const auto strides = strides_of(in), index_strides = strides_of(index);
  Places places;
  for (Positions p(e.result_dims()); p.more(); p.next()) {
    const auto from = p.at().begin() + static_cast<std::ptrdiff_t>(axis);
    const auto behind = from + static_cast<std::ptrdiff_t>(index.size());
    Dims at(p.at().begin(), from);
    at.push_back(index_at(e, 1, place_of(Dims(from, behind), index_strides), in[axis]));
    at.insert(at.end(), behind, p.at().end());
    places.push_back(place_of(at, strides));
  }
  e.pick(0, places);
}

void gather_elements(Evaluation& e) {
  const std::size_t axis = e.axis_attribute(0, e.dims(0).size());
  const auto strides = strides_of(e.dims(0)), index_strides = strides_of(e.dims(1));
  Places places;
  for (Positions p(e.result_dims()); p.more(); p.next()) {
    Dims at = p.at();
    at[axis] = index_at(e, 1, place_of(p.at(), index_strides), e.dims(0)[axis]);
    places.push_back(place_of(at, strides));
  }
  e.pick(0, places);
}

void gather_nd(Evaluation& e) {
  const Dims &in = e.dims(0), &index = e.dims(1);
  const auto batch =
      static_cast<std::size_t>(e.integer("batch_dims", 0, 0, static_cast<std::int64_t>(index.size()) - 1));
  const auto depth = static_cast<std::size_t>(index.back());
  const auto strides = strides_of(in), index_strides = strides_of(index);
  Places places;
  for (Positions p(e.result_dims()); p.more(); p.next()) {
    Dims tuple(p.at().begin(), p.at().begin() + static_cast<std::ptrdiff_t>(index.size()) - 1);
    tuple.push_back(0);
    Dims at(p.at().begin(), p.at().begin() + static_cast<std::ptrdiff_t>(batch));
    for (std::size_t i = 0; i < depth; ++i) {
      tuple.back() = static_cast<std::int64_t>(i);
      at.push_back(index_at(e, 1, place_of(tuple, index_strides), in[batch + i]));
    }
    at.insert(at.end(), p.at().begin() + static_cast<std::ptrdiff_t>(index.size()) - 1, p.at().end());
    places.push_back(place_of(at, strides));
  }
  e.pick(0, places);
}

double combined(const std::string& how, double old, double update) {
  if (how == "add") return old + update;
  if (how == "mul") return old * update;
  if (how == "max") return std::max(old, update);
  return how == "min" ? std::min(old, update) : update;
}

// Operand 0 with the elements of operand 2 at the places that `place` gives for each of these.
template <class PlaceOf>
void scatter(Evaluation& e, PlaceOf place) {
  const std::string how = e.word("reduction", "none", {"none", "add", "mul", "max", "min"});
  const auto strides = strides_of(e.dims(2));
  Ints ints;
  Reals reals;
  for (std::size_t i = 0; i < e.size(0); ++i) {
    if (e.is_ints(0)) ints.push_back(e.integer(0, i));
    else reals.push_back(e.real(0, i));
  }
  for (Positions p(e.dims(2)); p.more(); p.next()) {
    const std::size_t to = place(p.at()), from = place_of(p.at(), strides);
    if (e.is_ints(0) && how == "none") ints[to] = e.integer(2, from);
    else if (e.is_ints(0)) ints[to] = truncated(combined(how, static_cast<double>(ints[to]), e.real(2, from)));
    else reals[to] = combined(how, reals[to], e.real(2, from));
  }
  if (e.is_ints(0)) e.set(std::move(ints));
  else e.set(std::move(reals));
}

void scatter_elements(Evaluation& e) {
  const std::size_t axis = e.axis_attribute(0, e.dims(0).size());
  const auto strides = strides_of(e.dims(0)), index_strides = strides_of(e.dims(1));
  scatter(e, [&](Dims at) {
    at[axis] = index_at(e, 1, place_of(at, index_strides), e.dims(0)[axis]);
    return place_of(at, strides);
  });
}

void scatter_nd(Evaluation& e) {
  const Dims &in = e.dims(0), &index = e.dims(1);
  const auto strides = strides_of(in), index_strides = strides_of(index);
  const auto outer = static_cast<std::ptrdiff_t>(index.size()) - 1;
  scatter(e, [&](const Dims& update) {
    Dims tuple(update.begin(), update.begin() + outer);
    tuple.push_back(0);
    Dims at;
    for (std::int64_t i = 0; i < index.back(); ++i) {
      tuple.back() = i;
      at.push_back(index_at(e, 1, place_of(tuple, index_strides), in[static_cast<std::size_t>(i)]));
    }
    at.insert(at.end(), update.begin() + outer, update.end());
    return place_of(at, strides);
  });
}

// By axis, then by element: the positions of what is not zero.
void non_zero(Evaluation& e) {
  std::vector<Ints> along(e.dims(0).size());
  std::size_t place = 0;
  for (Positions p(e.dims(0)); p.more(); p.next()) {
    if (e.real(0, place++) == 0) continue;
    for (std::size_t a = 0; a < along.size(); ++a) along[a].push_back(p.at()[a]);
  }
  Ints all;
  for (const Ints& one : along) all.insert(all.end(), one.begin(), one.end());
  e.set(std::move(all));
}

void compress(Evaluation& e) {
  const bool flat = !e.has_attribute("axis");
  const std::size_t axis = flat ? 0 : e.axis_attribute(0, e.dims(0).size());
  const auto limit = e.size(1);
  Places places;
  std::size_t place = 0;
  for (Positions p(e.dims(0)); p.more(); p.next(), ++place) {
    const std::size_t which = flat ? place : static_cast<std::size_t>(p.at()[axis]);
    if (which < limit && e.integer(1, which) != 0) places.push_back(place);
  }
  e.pick(0, places);
}

void one_hot(Evaluation& e) {
  const Dims out = e.result_dims();
  const std::size_t axis = e.axis_attribute(-1, out.size());
  const auto strides = strides_of(e.dims(0));
  Places places;  // of `values`: off, on
  for (Positions p(out); p.more(); p.next()) {
    Dims at = p.at();
    at.erase(at.begin() + static_cast<std::ptrdiff_t>(axis));
    const std::int64_t given = e.integer(0, place_of(at, strides));
    places.push_back((given < 0 ? given + out[axis] : given) == p.at()[axis] ? 1 : 0);
  }
  e.pick(2, places);
}

void eye_like(Evaluation& e) {
  const std::int64_t k = e.integer("k", 0, -kMaxElements, kMaxElements);
  Ints ints;
  for (Positions p(e.result_dims()); p.more(); p.next()) ints.push_back(p.at()[0] + k == p.at()[1] ? 1 : 0);
  if (is_integer(e.result_type())) e.set(std::move(ints));
  else e.set(Reals(ints.begin(), ints.end()));
}

void trilu(Evaluation& e) {
  const bool upper = e.flag("upper", true);
  const std::int64_t k = e.has(1) ? e.integer(1, 0) : 0;
  Ints ints;
  Reals reals;
  std::size_t place = 0;
  for (Positions p(e.result_dims()); p.more(); p.next(), ++place) {
    const std::int64_t row = p.at()[p.at().size() - 2], column = p.at().back();
    const bool kept = upper ? column - row >= k : column - row <= k;
    if (e.is_ints(0)) ints.push_back(kept ? e.integer(0, place) : 0);
    else reals.push_back(kept ? e.real(0, place) : 0);
  }
  if (e.is_ints(0)) e.set(std::move(ints));
  else e.set(std::move(reals));
}

// Equal elements in the order of their places, as every runtime sorts them.
void top_k(Evaluation& e) {
  const Dims& in = e.dims(0);
  const std::size_t axis = e.axis_attribute(-1, in.size());
  const bool largest = e.flag("largest", true);
  const Dims out = e.result_dims();
  const auto strides = strides_of(in), out_strides = strides_of(out);
  Places places(e.result_size());
  Ints indices(e.result_size());
  Dims lines = in;
  lines[axis] = 1;
  for (Positions p(lines); p.more(); p.next()) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(in[axis]));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    const std::size_t first = place_of(p.at(), strides);
    const auto value = [&](std::int64_t i) { return e.real(0, first + static_cast<std::size_t>(i) * strides[axis]); };
    std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
      return largest ? value(a) > value(b) : value(a) < value(b);
    });
    for (std::int64_t i = 0; i < out[axis]; ++i) {
      Dims at = p.at();
      at[axis] = i;
      const std::int64_t from = order[static_cast<std::size_t>(i)];
      places[place_of(at, out_strides)] = first + static_cast<std::size_t>(from) * strides[axis];
      indices[place_of(at, out_strides)] = from;
    }
  }
  e.pick(0, places);
  e.set(std::move(indices), 1);
}

void range(Evaluation& e) {
  if (!e.is_ints(0) || !e.is_ints(1) || !e.is_ints(2)) {
    Reals reals;
    for (std::size_t i = 0; i < e.result_size(); ++i)
      reals.push_back(e.real(0, 0) + static_cast<double>(i) * e.real(2, 0));
    return e.set(std::move(reals));
  }
  Ints ints;
  for (std::size_t i = 0; i < e.result_size(); ++i)
    ints.push_back(wrapped(bits(e.integer(0, 0)) + static_cast<std::uint64_t>(i) * bits(e.integer(2, 0))));
  e.set(std::move(ints));
}

void constant_of_shape(Evaluation& e) {
  const Literal* given = e.tensor_attribute("value");
  if (given != nullptr && given->ints && given->ints->size() == 1)
    return e.set(Ints(e.result_size(), given->ints->front()));
  if (given != nullptr && !(given->reals && given->reals->size() == 1)) return;
  e.set(Reals(e.result_size(), given == nullptr ? 0.0 : given->reals->front()));
}

constexpr std::array kSelections{
    std::pair<std::string_view, Evaluator>{"Compress", compress},
    std::pair<std::string_view, Evaluator>{"ConstantOfShape", constant_of_shape},
    std::pair<std::string_view, Evaluator>{"EyeLike", eye_like},
    std::pair<std::string_view, Evaluator>{"Gather", gather},
    std::pair<std::string_view, Evaluator>{"GatherElements", gather_elements},
    std::pair<std::string_view, Evaluator>{"GatherND", gather_nd},
    std::pair<std::string_view, Evaluator>{"NonZero", non_zero},
    std::pair<std::string_view, Evaluator>{"OneHot", one_hot},
    std::pair<std::string_view, Evaluator>{"Range", range},
    std::pair<std::string_view, Evaluator>{"Scatter", scatter_elements},
    std::pair<std::string_view, Evaluator>{"ScatterElements", scatter_elements},
    std::pair<std::string_view, Evaluator>{"ScatterND", scatter_nd},
    std::pair<std::string_view, Evaluator>{"TopK", top_k},
    std::pair<std::string_view, Evaluator>{"Trilu", trilu},
};

}  // namespace

Evaluator selection_of(std::string_view type) {
  for (const auto& [name, evaluator] : kSelections)
    if (name == type) return evaluator;
  return nullptr;
}

}  // namespace tessera::models::constants
