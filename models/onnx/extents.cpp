#include "models/onnx/extents.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"

namespace tessera::models::onnx {

std::optional<std::int64_t> Extents::bound(const std::string& name) {
  names_.insert(name);
  const auto at = bindings_.find(name);
  if (at == bindings_.end()) return std::nullopt;
  return at->second;
}

std::optional<std::int64_t> Extents::number(const std::string& name) { return bound(name); }

void Extents::leave_open(const std::string& name, const ValueInfo& input, std::size_t axis) {
  auto at = std::find_if(open_.begin(), open_.end(), [&](const OpenDimension& d) { return d.name == name; });
  if (at == open_.end()) at = open_.insert(open_.end(), {name, {}, {}, {}, false});
  at->places.push_back(fmt::format("axis {} of '{}'", axis, base::as_utf8(input.name)));
  at->axes.push_back(axis);
  at->ranks.push_back(input.dimensions.size());
}

std::optional<std::int64_t> Extents::extent(const ValueInfo& input, std::size_t axis) {
  const Dimension& d = input.dimensions[axis];
  if (d.extent && *d.extent >= 0) return d.extent;
  const std::string name =
      d.extent || d.symbol.empty() ? fmt::format("{}.{}", base::as_utf8(input.name), axis) : base::as_utf8(d.symbol);
  // A name may look like arithmetic: what the user gave it as a whole comes first.
  const auto expression = bindings_.count(name) != 0 ? std::nullopt : Expression::parse(name);
  if (!expression) {
    const auto value = bound(name);
    if (!value) leave_open(name, input, axis);
    return value;
  }
  bool whole = true;
  for (const std::string& part : expression->names()) {
    if (bound(part)) continue;
    leave_open(part, input, axis);
    whole = false;
  }
  if (!whole) return std::nullopt;
  const auto value = expression->value(bindings_);
  if (!value)
    wrong_.push_back(fmt::format("axis {} of '{}' is '{}', which with the numbers given is no extent from 0 to {}",
                                 axis, base::as_utf8(input.name), name, kMaxElements));
  return value;
}

std::optional<std::int64_t> Extents::extent_of_host(const ValueInfo& made, std::size_t axis, bool needed) {
  if (needed) {
    const std::size_t before = open_.size();
    const auto value = extent(made, axis);
    if (!value && open_.size() > before) open_.back().of_host = true;
    return value;
  }
  Extents apart(bindings_);
  const auto value = apart.extent(made, axis);
  names_.insert(apart.names_.begin(), apart.names_.end());
  return value;
}

NamedDimensions Extents::dimensions() const {
  NamedDimensions dimensions{{names_.begin(), names_.end()}, open_, {}};
  for (const auto& [name, value] : bindings_)
    if (names_.count(name) == 0) dimensions.unknown.push_back(name);
  return dimensions;
}

base::Diagnostics Extents::problems(const std::string& file) const {
  base::Diagnostics problems;
  for (const std::string& message : wrong_) problems.add({file}, message);
  return problems;
}

}  // namespace tessera::models::onnx
