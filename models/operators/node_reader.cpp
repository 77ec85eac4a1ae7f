#include "models/operators/node_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

#include "base/utf8.h"

namespace tessera::models {

const Value& NodeReader::in(std::size_t i) const {
  if (!has(i)) fail(fmt::format("input {} is missing", i));
  const Value& v = graph().values[node().inputs[i]];
  if (!v.shaped && v.producer != kNone)
    fail(fmt::format("it reads '{}', an output of {} that cannot be simulated", v.name,
                     describe(graph().nodes[v.producer])));
  if (!v.shaped) fail(fmt::format("it reads '{}', whose shape is not known", v.name));
  return v;
}

std::string why_unknown(const Graph& graph, ValueId id) {
  const Value& v = graph.values[id];
  if (v.constant && elements(v.dims()) > kMostNumbers)
    return fmt::format("'{}' has {} numbers, and of a constant with more than {} they are not kept", v.name,
                       elements(v.dims()), kMostNumbers);
  if (v.initializer) return fmt::format("the numbers of '{}' are not in the file", v.name);
  if (v.constant) return fmt::format("'{}' is computed from constants whose numbers are not known", v.name);
  if (v.network_input) return fmt::format("'{}' enters the network, so only a run has its numbers", v.name);
  if (v.producer == kNone) return fmt::format("'{}' is not computed by anything known", v.name);
  return fmt::format("'{}' is computed by {} from what enters the network, so only a run has its numbers", v.name,
                     describe(graph.nodes[v.producer]));
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
  if (v.literal.reals)
    fail(fmt::format("the {} (tensor '{}') holds fractions, but must hold whole numbers", what, v.name));
  if (!v.literal.ints)
    fail(fmt::format("the {} not known from the file: {}",
                     what.back() == 's' ? fmt::format("{} are", what) : fmt::format("{} is", what),
                     why_unknown(graph(), node().inputs[i])));
  return *v.literal.ints;
}

namespace {

std::string_view name_of(Attribute::Kind kind) {
  switch (kind) {
    case Attribute::Kind::none: return "nothing";
    case Attribute::Kind::integer: return "an integer";
    case Attribute::Kind::integers: return "a list of integers";
    case Attribute::Kind::real: return "a number";
    case Attribute::Kind::reals: return "a list of numbers";
    case Attribute::Kind::text: return "a string";
    case Attribute::Kind::texts: return "a list of strings";
    case Attribute::Kind::tensor: return "a tensor";
    case Attribute::Kind::graph: return "a graph";
    case Attribute::Kind::other: break;
  }
  return "of another type";
}

}  // namespace

const Attribute* NodeReader::find(const std::string& name, Attribute::Kind kind) const {
  const auto at = node().attributes.find(name);
  if (at == node().attributes.end()) return nullptr;
  if (at->second.kind == Attribute::Kind::none)
    fail(fmt::format("attribute '{}' has no value, but must be {}", name, name_of(kind)));
  if (at->second.kind != kind)
    fail(fmt::format("attribute '{}' is {}, but must be {}", name, name_of(at->second.kind), name_of(kind)));
  return &at->second;
}

void NodeReader::require_attribute(const std::string& name) const {
  if (!has_attribute(name)) fail(fmt::format("attribute '{}' is missing", name));
}

std::int64_t NodeReader::integer(const std::string& name, std::int64_t otherwise, std::int64_t least,
                                 std::int64_t most) const {
  const Attribute* given = find(name, Attribute::Kind::integer);
  if (given == nullptr) return otherwise;
  const std::int64_t value = given->ints.front();
  if (value < least || value > most)
    fail(fmt::format("attribute '{}' is {}, but must be {} to {}", name, value, least, most));
  return value;
}

double NodeReader::real(const std::string& name) const {
  require_attribute(name);
  return find(name, Attribute::Kind::real)->reals.front();
}

double NodeReader::real_or(const std::string& name, double otherwise) const {
  return has_attribute(name) ? real(name) : otherwise;
}

bool NodeReader::flag(const std::string& name, bool otherwise) const {
  return integer(name, otherwise ? 1 : 0, 0, 1) != 0;
}

const std::string& NodeReader::text(const std::string& name) const {
  require_attribute(name);
  return find(name, Attribute::Kind::text)->text;
}

std::string NodeReader::word(const std::string& name, const std::string& otherwise,
                             std::initializer_list<std::string_view> words) const {
  const Attribute* given = find(name, Attribute::Kind::text);
  if (given == nullptr) return otherwise;
  if (std::find(words.begin(), words.end(), given->text) == words.end())
    fail(fmt::format("attribute '{}' is '{}', but must be one of {}", name, base::as_utf8(given->text),
                     fmt::join(words, ", ")));
  return given->text;
}

const std::vector<std::int64_t>* NodeReader::integers(const std::string& name) const {
  const Attribute* given = find(name, Attribute::Kind::integers);
  return given == nullptr ? nullptr : &given->ints;
}

const std::vector<double>* NodeReader::reals(const std::string& name) const {
  const Attribute* given = find(name, Attribute::Kind::reals);
  return given == nullptr ? nullptr : &given->reals;
}

const std::vector<std::string>* NodeReader::words(const std::string& name) const {
  const Attribute* given = find(name, Attribute::Kind::texts);
  return given == nullptr ? nullptr : &given->texts;
}

const Literal* NodeReader::tensor_attribute(const std::string& name) const {
  const Attribute* given = find(name, Attribute::Kind::tensor);
  return given == nullptr ? nullptr : &*given->tensor;
}

std::vector<std::int64_t> NodeReader::integers(const std::string& name, std::size_t count, std::int64_t least,
                                               std::int64_t otherwise) const {
  const auto* numbers = integers(name);
  if (numbers == nullptr) return std::vector<std::int64_t>(count, otherwise);
  if (numbers->size() != count)
    fail(fmt::format("attribute '{}' has {} numbers, but {} are needed", name, numbers->size(), count));
  for (const std::int64_t n : *numbers)
    if (n < least || n > std::numeric_limits<std::int32_t>::max())
      fail(fmt::format("attribute '{}' holds {}, but {} to {} is needed", name, n, least,
                       std::numeric_limits<std::int32_t>::max()));
  return *numbers;
}

std::optional<std::vector<std::int64_t>> NodeReader::input_or_attribute(std::size_t input,
                                                                        const std::string& name) const {
  if (has(input)) return ints(input, name);
  const auto* numbers = integers(name);
  if (numbers == nullptr) return std::nullopt;
  if (numbers->empty()) fail(fmt::format("attribute '{}' is an empty list", name));
  return *numbers;
}

std::size_t NodeReader::axis(std::int64_t a, std::size_t rank, std::string_view what) const {
  const auto r = static_cast<std::int64_t>(rank);
  if (r == 0) fail(fmt::format("{} is {}, but the tensor has no axes", what, a));
  if (a < -r || a >= r) fail(fmt::format("{} is {}, but a tensor of {} axes has {} to {}", what, a, rank, -r, r - 1));
  return static_cast<std::size_t>(a < 0 ? a + r : a);
}

std::size_t NodeReader::axis_attribute(std::int64_t otherwise, std::size_t rank) const {
  constexpr std::int64_t kAny = std::numeric_limits<std::int64_t>::max();
  return axis(integer("axis", otherwise, -kAny, kAny), rank, "attribute 'axis'");
}

std::vector<std::size_t> NodeReader::axes(std::size_t input, std::size_t rank) const {
  std::vector<std::size_t> result;
  const auto numbers = input_or_attribute(input, "axes");
  if (!numbers) return result;
  const std::string_view what = has(input) ? "an element of input 'axes'" : "an element of attribute 'axes'";
  for (const std::int64_t a : *numbers) result.push_back(axis(a, rank, what));
  std::sort(result.begin(), result.end());
  if (std::adjacent_find(result.begin(), result.end()) != result.end()) fail("'axes' names an axis twice");
  return result;
}

}  // namespace tessera::models
