// Normalizations of com.microsoft with the sum before them: a residual connection, or three embeddings.
#include <fmt/format.h>

#include <initializer_list>

#include "models/expansion/expansion.h"
#include "models/operators/inference.h"
#include "models/operators/operator_rule.h"

namespace tessera::models {

namespace {

// SkipLayerNormalization: input, skip, gamma, beta, bias. The form without mean has no beta.
struct Form {
  const char* normalization;
  bool shifts;
  [[nodiscard]] std::size_t bias() const { return shifts ? 4 : 3; }
};
constexpr Form kLayer{"LayerNormalization", true}, kSimplified{"SimplifiedLayerNormalization", false};

void require_widths(const NodeReader& node, std::initializer_list<std::size_t> inputs, std::int64_t width) {
  for (const std::size_t i : inputs)
    if (node.has(i) && node.dims(i) != Dims{width})
      node.fail(
          fmt::format("input {} has the shape {}, but {} is needed", i, describe(node.dims(i)), describe(Dims{width})));
}

void infer_form(Inference& node, const Form& form) {
  const Dims& in = node.dims(0, 2, 3);
  if (broadcast(node, in, node.dims(1)) != in)
    node.fail(fmt::format("the skip {} does not broadcast to {}", describe(node.dims(1)), describe(in)));
  if (form.shifts) require_widths(node, {2, 3, 4}, in.back());
  else require_widths(node, {2, 3}, in.back());
  Dims one = in;
  one.back() = 1;
  node.output(0, in);
  node.output(1, one);
  node.output(2, one);
  node.output(3, in);
}

void require_no_statistics(const Expansion& e) {
  for (const std::size_t i : {1, 2})
    if (e.wants(i)) e.fail(fmt::format("somebody reads output {} (mean or deviation), which cannot be simulated", i));
}

void expand_form(Expansion& e, const Form& form) {
  require_no_statistics(e);
  ValueId sum = e.input(0);
  if (e.has(form.bias())) sum = e.make("biased", "Add", {sum, e.input(form.bias())});
  sum = e.make("sum", "Add", {sum, e.input(1)});
  std::vector<ValueId> inputs{sum, e.input(2)};
  if (form.shifts && e.has(3)) inputs.push_back(e.input(3));
  const ValueId y = e.make("normalized", form.normalization, std::move(inputs), {{"axis", Attribute::integer(-1)}});
  if (e.wants(0)) e.give(0, y);
  if (e.wants(3)) e.give(3, sum);
}

void infer_layer(Inference& node) { infer_form(node, kLayer); }
void infer_simplified(Inference& node) { infer_form(node, kSimplified); }
void expand_layer(Expansion& e) { expand_form(e, kLayer); }
void expand_simplified(Expansion& e) { expand_form(e, kSimplified); }

// EmbedLayerNormalization: word ids, segment ids, tables of words, positions and segments, gamma, beta, mask, position
// ids. Rows of the three tables, summed and normalized.
enum Input : std::size_t {
  kIds,
  kSegments,
  kWordTable,
  kPositionTable,
  kSegmentTable,
  kGamma,
  kBeta,
  kMask,
  kPositions
};

void infer_embedding(Inference& node) {
  const Dims &ids = node.dims(kIds, 2, 2), &words = node.dims(kWordTable, 2, 2);
  require_widths(node, {kGamma, kBeta}, words[1]);
  if (node.dims(kPositionTable, 2, 2)[1] != words[1] || node.dims(kPositionTable)[0] < ids[1])
    node.fail(fmt::format("the table of positions {} does not fit ids {} and words {}",
                          describe(node.dims(kPositionTable)), describe(ids), describe(words)));
  node.output(0, {ids[0], ids[1], words[1]});
  node.output_type(0, node.in(kWordTable).type());
  node.output(1, {ids[0]});
  node.output(2, {ids[0], ids[1], words[1]});
  node.output_type(2, node.in(kWordTable).type());
}

void expand_embedding(Expansion& e) {
  const Dims ids = e.dims(kIds), words = e.dims(kWordTable);
  const auto gather = [&](const char* name, Input table, Input which) {
    return e.make(name, "Gather", {e.input(table), e.input(which)}, {{"axis", Attribute::integer(0)}});
  };
  ValueId sum = gather("words", kWordTable, kIds);
  const ValueId positions = e.has(kPositions)
                                ? gather("positions", kPositionTable, kPositions)
                                : e.reshape("positions", e.part("position_rows", e.input(kPositionTable), 0, 0, ids[1]),
                                            {1, ids[1], words[1]});
  sum = e.make("with_positions", "Add", {sum, positions});
  if (e.has(kSegments) && e.has(kSegmentTable))
    sum = e.make("with_segments", "Add", {sum, gather("segments", kSegmentTable, kSegments)});
  const ValueId y = e.make("normalized", "LayerNormalization", {sum, e.input(kGamma), e.input(kBeta)},
                           {{"axis", Attribute::integer(-1)}});
  if (e.wants(0)) e.give(0, y);
  if (e.wants(1)) {
    if (!e.has(kMask)) e.fail("somebody reads its mask index, but it has no mask");
    e.give(1, e.make("mask_index", "ReduceSum", {e.input(kMask), e.integers("axes", {1})},
                     {{"keepdims", Attribute::integer(0)}}));
  }
  if (e.wants(2)) e.give(2, sum);
}

}  // namespace

extern const OperatorRule kSkipLayerNormalization{.infer = infer_layer, .expand = expand_layer};
extern const OperatorRule kSkipSimplifiedLayerNormalization{.infer = infer_simplified, .expand = expand_simplified};
extern const OperatorRule kEmbedLayerNormalization{.infer = infer_embedding, .expand = expand_embedding};

}  // namespace tessera::models
