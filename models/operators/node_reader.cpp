#include "models/operators/node_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace tessera::models {

const Value& NodeReader::in(std::size_t i) const {
  if (!has(i)) fail(fmt::format("input {} is missing", i));
  const Value& v = graph().values[node().inputs[i]];
  if (!v.shaped) fail(fmt::format("it reads '{}', an output whose shape is not known", v.name));
  return v;
}

const Dims& NodeReader::dims(std::size_t i, std::size_t least, std::size_t most) const {
  const Dims& d = dims(i);
  if (d.size() < least || d.size() > most)
    fail(least == most
             ? fmt::format("input {} has the shape {}, but {} axes are needed", i, describe(d), least)
             : fmt::format("input {} has the shape {}, but {} to {} axes are needed", i, describe(d), least, most));
  return d;
}

const std::vector<std::int64_t>& NodeReader::ints(std::size_t i, std::string_view what) const {
  const Value& v = in(i);
  if (!v.literal.ints)
    fail(fmt::format("the {} (tensor '{}') is no constant whose numbers are in the file", what, v.name));
  return *v.literal.ints;
}

std::int64_t NodeReader::attribute(const std::string& name, std::int64_t otherwise) const {
  const auto& numbers = list(name);
  if (numbers.size() > 1) fail(fmt::format("attribute '{}' must be one integer", name));
  return numbers.empty() ? otherwise : numbers.front();
}

const std::vector<std::int64_t>& NodeReader::list(const std::string& name) const {
  static const std::vector<std::int64_t> kEmpty;
  const auto at = node().attributes.find(name);
  return at == node().attributes.end() ? kEmpty : at->second.ints;
}

std::string NodeReader::text(const std::string& name, const std::string& otherwise) const {
  const auto at = node().attributes.find(name);
  return at == node().attributes.end() || at->second.text.empty() ? otherwise : at->second.text;
}

std::vector<std::int64_t> NodeReader::list(const std::string& name, std::size_t count, std::int64_t least,
                                           std::int64_t otherwise) const {
  std::vector<std::int64_t> numbers = list(name);
  if (numbers.empty()) numbers.assign(count, otherwise);
  if (numbers.size() != count)
    fail(fmt::format("attribute '{}' has {} numbers, but {} are needed", name, numbers.size(), count));
  for (const std::int64_t n : numbers)
    if (n < least || n > std::numeric_limits<std::int32_t>::max())
      fail(fmt::format("attribute '{}' holds {}, but at least {} is needed", name, n, least));
  return numbers;
}

std::size_t NodeReader::axis(std::int64_t a, std::size_t rank) const {
  const auto r = static_cast<std::int64_t>(rank);
  if (a < -r || a >= r) fail(fmt::format("axis {} of a tensor with {} axes", a, rank));
  return static_cast<std::size_t>(a < 0 ? a + r : a);
}

std::vector<std::size_t> NodeReader::axes(std::size_t input, std::size_t rank) const {
  std::vector<std::size_t> result;
  for (const std::int64_t a : has(input) ? ints(input, "axes") : list("axes")) result.push_back(axis(a, rank));
  std::sort(result.begin(), result.end());
  if (std::adjacent_find(result.begin(), result.end()) != result.end()) fail("an axis is named twice");
  return result;
}

}  // namespace tessera::models
