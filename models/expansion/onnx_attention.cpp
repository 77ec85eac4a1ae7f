// Attention of operator set 23: queries, keys and values as [batch, rows, heads x size] or [batch, heads, rows, size].
#include <fmt/format.h>

#include "models/expansion/attention.h"
#include "models/operators/inference.h"
#include "models/operators/operator_rule.h"

namespace tessera::models {

namespace {

enum Input : std::size_t { kQ, kK, kV, kMask, kPastKey, kPastValue, kLengths };
constexpr std::int64_t kMostHeads = 1 << 20;

// Shapes with the heads as an axis of their own: [batch, heads, rows, size].
struct Shapes {
  bool joined = false;  // heads and sizes are one axis in the file
  Dims q, k, v;
  std::int64_t past = 0;
  [[nodiscard]] std::int64_t keys() const { return past + k[2]; }
};

Dims by_head(const NodeReader& node, std::size_t input, const char* heads, bool joined) {
  const Dims& d = node.dims(input, joined ? 3 : 4, joined ? 3 : 4);
  if (!joined) return d;
  node.require_attribute(heads);
  const std::int64_t count = node.integer(heads, 1, 1, kMostHeads);
  if (d[2] % count != 0)
    node.fail(
        fmt::format("attribute '{}' is {}, which does not divide the last axis of {}", heads, count, describe(d)));
  return {d[0], count, d[1], d[2] / count};
}

Shapes shapes_of(const NodeReader& node) {
  Shapes s;
  s.joined = node.dims(kQ, 3, 4).size() == 3;
  s.q = by_head(node, kQ, "q_num_heads", s.joined);
  s.k = by_head(node, kK, "kv_num_heads", s.joined);
  s.v = by_head(node, kV, "kv_num_heads", s.joined);
  const bool fits = s.k[0] == s.q[0] && s.k[3] == s.q[3] && s.v[0] == s.q[0] && s.v[1] == s.k[1] && s.v[2] == s.k[2];
  if (!fits)
    node.fail(fmt::format("queries {}, keys {} and values {} [batch, heads, rows, size] do not fit", describe(s.q),
                          describe(s.k), describe(s.v)));
  if (node.has(kPastKey) != node.has(kPastValue)) node.fail("it has only one of past_key and past_value");
  if (node.has(kPastKey)) s.past = node.dims(kPastKey, 4, 4)[2];
  return s;
}

void infer(Inference& node) {
  const Shapes s = shapes_of(node);
  const std::int64_t b = s.q[0], n = s.q[1], rows = s.q[2];
  node.output(0, s.joined ? Dims{b, rows, n * s.v[3]} : Dims{b, n, rows, s.v[3]});
  node.output(1, {b, s.k[1], s.keys(), s.k[3]});
  node.output(2, {b, s.v[1], s.keys(), s.v[3]});
  node.output(3, {b, n, rows, s.keys()});
}

void add_mask(Expansion& e, Attention& a) {
  if (!e.has(kMask)) return;
  const bool chooses = e.in(kMask).type() == ElementType::boolean;
  a.masks.push_back({e.input(kMask), chooses});
}

// What output 3 shows: the scaled product, with the mask, with the soft cap, or the weights.
ValueId shown(const AttentionSteps& steps, std::int64_t mode) {
  return mode == 0 ? steps.product : mode == 1 ? steps.masked : mode == 2 ? steps.capped : steps.weights;
}

void expand(Expansion& e) {
  const Shapes s = shapes_of(e);
  const std::int64_t mode = e.integer("qk_matmul_output_mode", 0, 0, 3);
  Attention a;
  a.scales = !e.has_attribute("scale") || e.real("scale") != 1.0;
  a.caps = e.has_attribute("softcap") && e.real("softcap") != 0;
  const bool causal = e.flag("is_causal", false);
  const auto heads = [&](Input input, const char* name, const Dims& d) {
    return s.joined ? cut_heads(e, name, e.input(input), d[1]) : e.input(input);
  };
  const auto ordered = [&](const char* name, ValueId cut) { return s.joined ? heads_first(e, name, cut) : cut; };
  a.q = ordered("query", heads(kQ, "query", s.q));
  const ValueId cut = heads(kK, "key", s.k);
  const bool keys_as_they_are = s.joined && !e.has(kPastKey) && !e.wants(1);
  if (keys_as_they_are) {  // one copy instead of two
    a.columns = e.transpose("keys", cut, {0, 2, 3, 1});
  } else {
    a.k = with_past(e, "key", e.input(kPastKey), ordered("key", cut));
  }
  a.v = with_past(e, "value", e.input(kPastValue), ordered("value", heads(kV, "value", s.v)));
  add_mask(e, a);
  if (causal) add_causal_mask(e, a);
  if (e.has(kLengths)) add_length_mask(e, a, e.input(kLengths));
  const AttentionSteps steps = attend(e, a);
  if (e.wants(0)) e.give(0, s.joined ? join_heads(e, "output", steps.result) : steps.result);
  if (e.wants(1)) e.give(1, a.k);
  if (e.wants(2)) e.give(2, a.v);
  if (e.wants(3)) e.give(3, shown(steps, mode));
}

}  // namespace

extern const OperatorRule kAttention{.infer = infer, .expand = expand};

}  // namespace tessera::models
