// Operators that are known, and known to be impossible here: what they make depends on numbers that only a run has.
#include <algorithm>
#include <string>

#include "models/operators/host.h"
#include "models/operators/inference.h"
#include "models/operators/lowering.h"

namespace tessera::models {

namespace {

[[noreturn]] void refuse_extent(const NodeReader& node) {
  node.fail(
      "how many elements its output has depends on the numbers in its input, which are known only when the network "
      "runs");
}

// How many numbers of a constant are not zero. What they are is evaluated with all other constants.
std::int64_t count_of_set(const NodeReader& node, std::size_t input) {
  const Literal& from = node.in(input).literal;
  if (from.ints) return std::ranges::count_if(*from.ints, [](std::int64_t v) { return v != 0; });
  if (from.reals) return std::ranges::count_if(*from.reals, [](double v) { return v != 0; });
  refuse_extent(node);
}

void infer_compress(Inference& node) {
  Dims out = node.has_attribute("axis") ? node.dims(0) : Dims{0};
  out[node.has_attribute("axis") ? node.axis_attribute(0, out.size()) : 0] = count_of_set(node, 1);
  node.output(0, std::move(out));
}
void compress_on_host(Inference& node) {
  Dims out = node.has_attribute("axis") ? node.dims(0) : Dims{elements(node.dims(0))};
  made_by_host_at_most(node, 0, std::move(out));
}

void infer_non_zero(Inference& node) {
  const auto rank = static_cast<std::int64_t>(node.dims(0).size());
  node.output(0, {rank, count_of_set(node, 0)});
  node.output_type(0, ElementType::int64);
}
void non_zero_on_host(Inference& node) {
  const auto rank = static_cast<std::int64_t>(node.dims(0).size());
  made_by_host_at_most(node, 0, {rank, elements(node.dims(0))}, ElementType::int64);
}

void infer_unique(Inference& node) { refuse_extent(node); }
void unique_on_host(Inference& node) {
  const bool flat = !node.has_attribute("axis");
  const Dims out = flat ? Dims{elements(node.dims(0))} : node.dims(0);
  const std::int64_t count = flat ? out[0] : out[node.axis_attribute(0, out.size())];
  made_by_host_at_most(node, 0, out);
  for (std::size_t i = 1; i < 4; ++i) made_by_host_at_most(node, i, {count}, ElementType::int64);
}

void random_like_on_host(Inference& node) { made_by_host(node, 0, node.dims(0)); }
void random_on_host(Inference& node) {
  node.require_attribute("shape");
  made_by_host(node, 0, *node.integers("shape"), ElementType::float32);
}
void multinomial_on_host(Inference& node) {
  const std::int64_t samples = node.integer("sample_size", 1, 1, kMaxElements);
  made_by_host(node, 0, {node.dims(0, 2, 2)[0], samples}, ElementType::int32);
}

void refuse_random(Inference& node) {
  node.fail("its output is random numbers, which no unit makes (or export the network with them as an input)");
}

void lower(Lowering& node) { node.fail("this operator cannot be simulated"); }

constexpr OperatorRule extent_unknown(void (*infer)(Inference&), void (*on_host)(Inference&)) {
  return {.infer = infer,
          .layout = kAnyLayout,
          .lower = lower,
          .host_only = OperatorRule::HostOnly::unless_known,
          .on_host = on_host,
          .runs = "the host alone: only a run knows how many elements it makes"};
}
constexpr OperatorRule random_numbers(void (*on_host)(Inference&)) {
  return {.infer = refuse_random,
          .layout = kAnyLayout,
          .lower = lower,
          .host_only = OperatorRule::HostOnly::always,
          .on_host = on_host,
          .runs = "the host alone: makes random numbers"};
}

}  // namespace

extern const OperatorRule kCompress = extent_unknown(infer_compress, compress_on_host);
extern const OperatorRule kNonZero = extent_unknown(infer_non_zero, non_zero_on_host);
extern const OperatorRule kUnique = extent_unknown(infer_unique, unique_on_host);
extern const OperatorRule kRandom = random_numbers(random_on_host);
extern const OperatorRule kRandomLike = random_numbers(random_like_on_host);
extern const OperatorRule kMultinomial = random_numbers(multinomial_on_host);

}  // namespace tessera::models
