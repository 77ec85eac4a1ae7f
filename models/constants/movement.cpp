// The same elements elsewhere: views, transposes, cuts, joins, copies.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <utility>

#include "models/constants/evaluation.h"
#include "models/constants/indices.h"

namespace tessera::models::constants {

namespace {

using Places = std::vector<std::size_t>;

// Another shape, the same order.
void reshape(Evaluation& e) {
  Places places(e.size(0));
  std::iota(places.begin(), places.end(), std::size_t{0});
  e.pick(0, places);
}

void expand(Evaluation& e) { e.pick(0, broadcast_places(e.dims(0), e.result_dims())); }

void tile(Evaluation& e) {
  const auto strides = strides_of(e.dims(0));
  Places places;
  for (Positions p(e.result_dims()); p.more(); p.next()) {
    Dims at = p.at();
    for (std::size_t a = 0; a < at.size(); ++a) at[a] %= e.dims(0)[a];
    places.push_back(place_of(at, strides));
  }
  e.pick(0, places);
}

void transpose(Evaluation& e) {
  const std::size_t rank = e.dims(0).size();
  const auto* given = e.integers("perm");
  const auto strides = strides_of(e.dims(0));
  std::vector<std::size_t> along(rank);
  for (std::size_t a = 0; a < rank; ++a)
    along[a] = strides[given == nullptr ? rank - 1 - a : static_cast<std::size_t>((*given)[a])];
  Places places;
  for (Positions p(e.result_dims()); p.more(); p.next()) places.push_back(place_of(p.at(), along));
  e.pick(0, places);
}

// Starts and steps by axis; the extents of the result are known.
void slice(Evaluation& e) {
  const Dims& in = e.dims(0);
  const auto starts = e.has(1) ? e.ints(1, "starts") : *e.integers("starts");
  const auto axes = e.input_or_attribute(3, "axes");
  Dims begin(in.size(), 0), step(in.size(), 1);
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const std::size_t a = e.axis(axes ? (*axes)[i] : static_cast<std::int64_t>(i), in.size(), "an element of 'axes'");
    step[a] = e.has(4) ? e.ints(4, "steps")[i] : 1;
    const std::int64_t from = starts[i] < 0 && starts[i] > -kMaxElements ? starts[i] + in[a] : starts[i];
    begin[a] = std::clamp<std::int64_t>(from, 0, step[a] < 0 ? std::max<std::int64_t>(in[a] - 1, 0) : in[a]);
  }
  const auto strides = strides_of(in);
  Places places;
  for (Positions p(e.result_dims()); p.more(); p.next()) {
    Dims at = p.at();
    for (std::size_t a = 0; a < at.size(); ++a) at[a] = begin[a] + at[a] * step[a];
    places.push_back(place_of(at, strides));
  }
  e.pick(0, places);
}

// Parts of different kinds are taken as fractions.
void concat(Evaluation& e) {
  const std::size_t axis = e.axis_attribute(1, e.dims(0).size());
  bool whole = true;
  std::vector<std::vector<std::size_t>> strides;
  for (std::size_t i = 0; i < e.input_count(); ++i) {
    whole = whole && e.is_ints(i);
    strides.push_back(strides_of(e.dims(i)));
  }
  Ints ints;
  Reals reals;
  for (Positions p(e.result_dims()); p.more(); p.next()) {
    Dims at = p.at();
    std::size_t part = 0;
    for (; at[axis] >= e.dims(part)[axis]; ++part) at[axis] -= e.dims(part)[axis];
    const std::size_t place = place_of(at, strides[part]);
    if (whole) ints.push_back(e.integer(part, place));
    else reals.push_back(e.real(part, place));
  }
  if (whole) e.set(std::move(ints));
  else e.set(std::move(reals));
}

void split(Evaluation& e) {
  const std::size_t axis = e.axis_attribute(0, e.dims(0).size());
  const auto strides = strides_of(e.dims(0));
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < e.output_count(); ++i) {
    if (e.node().outputs[i] == kNone) return;
    const Dims out = e.result_dims(i);
    Places places;
    for (Positions p(out); e.wants(i) && p.more(); p.next()) {
      Dims at = p.at();
      at[axis] += offset;
      places.push_back(place_of(at, strides));
    }
    if (e.wants(i)) e.pick(0, places, i);
    offset += out[axis];
  }
}

// The place that a padded one stands for; nothing for one that is filled.
std::optional<std::int64_t> unpadded(std::int64_t at, std::int64_t extent, const std::string& mode) {
  if (at >= 0 && at < extent) return at;
  if (mode == "constant" || extent == 0) return std::nullopt;
  if (mode == "edge") return std::clamp<std::int64_t>(at, 0, extent - 1);
  const std::int64_t period = mode == "wrap" ? extent : std::max<std::int64_t>(2 * (extent - 1), 1);
  const std::int64_t in_period = ((at % period) + period) % period;
  return mode == "wrap" || in_period < extent ? in_period : period - in_period;
}

// Padding before the elements of each axis.
Dims begins(const Evaluation& e) {
  const std::vector<std::int64_t> pads = *e.input_or_attribute(1, "pads");
  const std::size_t rank = e.dims(0).size(), given = pads.size() / 2;
  Dims begin(rank, 0);
  for (std::size_t i = 0; i < given; ++i) {
    const std::int64_t a = e.has(3) ? e.ints(3, "axes")[i] : static_cast<std::int64_t>(i);
    begin[e.axis(a, rank, "an element of input 'axes'")] = pads[i];
  }
  return begin;
}

void pad(Evaluation& e) {
  const Dims begin = begins(e);
  const std::string mode = e.word("mode", "constant", {"constant", "reflect", "edge", "wrap"});
  const auto strides = strides_of(e.dims(0));
  const double fill = e.number(2, "value", 0);
  Ints ints;
  Reals reals;
  for (Positions p(e.result_dims()); p.more(); p.next()) {
    Dims at = p.at();
    bool filled = false;
    for (std::size_t a = 0; a < at.size(); ++a) {
      const auto from = unpadded(at[a] - begin[a], e.dims(0)[a], mode);
      filled = filled || !from;
      at[a] = from.value_or(0);
    }
    const std::size_t place = filled ? 0 : place_of(at, strides);
    if (e.is_ints(0)) ints.push_back(filled ? truncated(fill) : e.integer(0, place));
    else reals.push_back(filled ? fill : e.real(0, place));
  }
  if (e.is_ints(0)) e.set(std::move(ints));
  else e.set(std::move(reals));
}

constexpr std::array kMovements{
    std::pair<std::string_view, Evaluator>{"Concat", concat},
    std::pair<std::string_view, Evaluator>{"Dropout", reshape},
    std::pair<std::string_view, Evaluator>{"Expand", expand},
    std::pair<std::string_view, Evaluator>{"Flatten", reshape},
    std::pair<std::string_view, Evaluator>{"Pad", pad},
    std::pair<std::string_view, Evaluator>{"Reshape", reshape},
    std::pair<std::string_view, Evaluator>{"Slice", slice},
    std::pair<std::string_view, Evaluator>{"Split", split},
    std::pair<std::string_view, Evaluator>{"Squeeze", reshape},
    std::pair<std::string_view, Evaluator>{"Tile", tile},
    std::pair<std::string_view, Evaluator>{"Transpose", transpose},
    std::pair<std::string_view, Evaluator>{"Unsqueeze", reshape},
};

}  // namespace

Evaluator movement_of(std::string_view type) {
  for (const auto& [name, evaluator] : kMovements)
    if (name == type) return evaluator;
  return nullptr;
}

}  // namespace tessera::models::constants
