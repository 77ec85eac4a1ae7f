// Operators that are known, and known to be impossible here: what they make depends on numbers that only a run has.
#include <algorithm>
#include <optional>
#include <string>

#include "models/operators/inference.h"
#include "models/operators/lowering.h"

namespace tessera::models {

namespace {

// How many numbers of a constant are not zero; nothing where they are not known.
std::optional<std::int64_t> count_of_set(const NodeReader& node, std::size_t input) {
  const Literal& from = node.in(input).literal;
  if (from.ints) return std::ranges::count_if(*from.ints, [](std::int64_t v) { return v != 0; });
  if (from.reals) return std::ranges::count_if(*from.reals, [](double v) { return v != 0; });
  return std::nullopt;
}

// Of a constant the numbers are here; what they are is evaluated with all other constants.
void infer_extent(Inference& node) {
  const std::string& type = node.node().type;
  const std::size_t by = type == "Compress" ? 1 : 0;
  const auto count = type == "Unique" ? std::nullopt : count_of_set(node, by);
  if (!count)
    node.fail(
        "how many elements its output has depends on the numbers in its input, which are known only when the network "
        "runs");
  if (type == "NonZero") {
    const auto rank = static_cast<std::int64_t>(node.dims(0).size());
    node.output(0, {rank, *count});
    return node.output_type(0, ElementType::int64);
  }
  Dims out = node.has_attribute("axis") ? node.dims(0) : Dims{0};
  out[node.has_attribute("axis") ? node.axis_attribute(0, out.size()) : 0] = *count;
  node.output(0, std::move(out));
}

void refuse_random(Inference& node) {
  node.fail("its output is random numbers, which no unit makes (or export the network with them as an input)");
}

void lower(Lowering& node) { node.fail("this operator cannot be simulated"); }

}  // namespace

extern const OperatorRule kExtentUnknown{.infer = infer_extent,
                                         .layout = kAnyLayout,
                                         .lower = lower,
                                         .host_only = OperatorRule::HostOnly::unless_known,
                                         .runs = "the host alone: only a run knows how many elements it makes"};
extern const OperatorRule kRandom{.infer = refuse_random,
                                  .layout = kAnyLayout,
                                  .lower = lower,
                                  .host_only = OperatorRule::HostOnly::always,
                                  .runs = "the host alone: makes random numbers"};

}  // namespace tessera::models
