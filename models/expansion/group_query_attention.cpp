// GroupQueryAttention of com.microsoft: causal, over a cache that grows or one of fixed size, with rotary embedding.
#include <fmt/format.h>

#include <algorithm>

#include "models/expansion/attention.h"
#include "models/expansion/rotary.h"
#include "models/operators/inference.h"
#include "models/operators/operator_rule.h"

namespace tessera::models {

namespace {

enum Input : std::size_t {
  kQuery,
  kKey,
  kValue,
  kPastKey,
  kPastValue,
  kLengths,
  kTotal,
  kCos,
  kSin,
  kPositions,
  kAdded,
  kSink
};
constexpr std::int64_t kMostHeads = 1 << 20;

struct Groups {
  bool packed = false;  // queries, keys and values in one tensor
  std::int64_t batch = 1, rows = 1, heads = 1, kv_heads = 1, size = 1;
  std::int64_t past = 0;     // rows of the cache that are read
  std::int64_t present = 1;  // rows of the cache afterwards
};

void read_cache(const NodeReader& node, Groups& g) {
  g.present = g.rows;
  if (node.has(kPastKey) != node.has(kPastValue)) node.fail("it has only one of past_key and past_value");
  if (!node.has(kPastKey)) return;
  const Dims& past = node.dims(kPastKey, 4, 4);
  if (past[0] != g.batch || past[1] != g.kv_heads || past[3] != g.size)
    node.fail(fmt::format("the past {} does not fit {} heads of {} numbers", describe(past), g.kv_heads, g.size));
  g.past = past[2];
  g.present = past[2] + g.rows;
  // A constant total that the cache has room for: the cache stays as large as it is.
  if (!node.has(kTotal) || !node.in(kTotal).literal.ints || node.in(kTotal).literal.ints->size() != 1) return;
  const std::int64_t total = node.in(kTotal).literal.ints->front();
  if (total < g.rows || total > past[2] + g.rows)
    node.fail(
        fmt::format("total_sequence_length is {}, but {} past and {} new rows are there", total, past[2], g.rows));
  g.past = total - g.rows;
  g.present = std::max(total, past[2]);
}

Groups groups_of(const NodeReader& node) {
  Groups g;
  node.require_attribute("num_heads");
  node.require_attribute("kv_num_heads");
  g.heads = node.integer("num_heads", 1, 1, kMostHeads);
  g.kv_heads = node.integer("kv_num_heads", 1, 1, kMostHeads);
  if (g.heads % g.kv_heads != 0)
    node.fail(fmt::format("its {} heads are no multiple of the {} heads of its keys", g.heads, g.kv_heads));
  const Dims& q = node.dims(kQuery, 3, 3);
  g.batch = q[0], g.rows = q[1], g.packed = !node.has(kKey);
  const std::int64_t columns = g.packed ? g.heads + 2 * g.kv_heads : g.heads;
  if (q[2] % columns != 0) node.fail(fmt::format("{} heads do not divide the last axis of {}", columns, describe(q)));
  g.size = q[2] / columns;
  for (const Input input : {kKey, kValue})
    if (!g.packed && node.dims(input) != Dims{g.batch, g.rows, g.kv_heads * g.size})
      node.fail(fmt::format("input {} {} does not fit {} heads of {} numbers", static_cast<int>(input),
                            describe(node.dims(input)), g.kv_heads, g.size));
  read_cache(node, g);
  return g;
}

void infer(Inference& node) {
  const Groups g = groups_of(node);
  node.output(0, {g.batch, g.rows, g.heads * g.size});
  for (const std::size_t cache : {1, 2}) node.output(cache, {g.batch, g.kv_heads, g.present, g.size});
  node.output(3, {g.batch, g.heads, g.rows, g.past + g.rows});
}

// The rows of a table that the new rows' positions name; which they are does not matter for the time.
ValueId table(Expansion& e, Input input, const std::string& name, const Groups& g) {
  const Dims d = e.dims(input, 2, 2);
  if (e.has(kPositions)) {
    const ValueId rows =
        e.make(name + "/rows", "Gather", {e.input(input), e.input(kPositions)}, {{"axis", Attribute::integer(0)}});
    return e.reshape(name, rows, {e.shape(rows)[0], g.rows, 1, d[1]});
  }
  if (d[0] < g.rows) e.fail(fmt::format("its cosines {} have no {} rows", describe(d), g.rows));
  return e.reshape(name, e.part(name + "/rows", e.input(input), 0, 0, g.rows), {1, g.rows, 1, d[1]});
}

// The valid rows of a cache, then the new ones.
ValueId keys_with_past(Expansion& e, const std::string& name, Input past, ValueId now, const Groups& g) {
  if (!e.has(past) || g.past == 0) return now;
  return with_past(e, name, e.part("past_" + name, e.input(past), 2, 0, g.past), now);
}

// The cache afterwards: what was read, and behind it the room that a cache of fixed size has left.
void give_cache(Expansion& e, std::size_t output, Input past, ValueId all, const Groups& g) {
  if (!e.wants(output)) return;
  const std::int64_t left = g.present - e.shape(all)[2];
  const std::string name = fmt::format("room{}", output);
  if (left > 0) all = e.concat(name + "/cache", {all, e.part(name, e.input(past), 2, g.present - left, left)}, 2);
  e.give(output, all);
}

void expand(Expansion& e) {
  const Groups g = groups_of(e);
  Attention a;
  a.scales = !e.has_attribute("scale") || e.real("scale") != 1.0;
  a.caps = e.has_attribute("softcap") && e.real("softcap") > 0;
  const bool rotary = e.flag("do_rotary", false), interleaved = e.flag("rotary_interleaved", false);
  std::vector<ValueId> parts{e.input(kQuery), e.input(kKey), e.input(kValue)};
  if (g.packed)
    parts = e.split("qkv_parts", e.input(kQuery), 2, {g.heads * g.size, g.kv_heads * g.size, g.kv_heads * g.size},
                    {"query", "key", "value"});
  ValueId q = cut_heads(e, "query", parts[0], g.heads), k = cut_heads(e, "key", parts[1], g.kv_heads);
  if (rotary) {
    if (!e.has(kCos) || !e.has(kSin)) e.fail("attribute 'do_rotary' is 1, but it has no cosines and sines");
    const Rotation r{table(e, kCos, "cos", g), table(e, kSin, "sin", g), interleaved};
    q = rotate(e, "query_rotary", q, r);
    k = rotate(e, "key_rotary", k, r);
  }
  a.q = heads_first(e, "query", q);
  const bool one_copy = g.past == 0 && !e.wants(1);
  if (one_copy) a.columns = e.transpose("keys", k, {0, 2, 3, 1});
  else a.k = keys_with_past(e, "key", kPastKey, heads_first(e, "key", k), g);
  a.v = keys_with_past(e, "value", kPastValue, heads_first(e, "value", cut_heads(e, "value", parts[2], g.kv_heads)), g);
  if (e.has(kAdded)) a.masks.push_back({e.input(kAdded), false});
  add_causal_mask(e, a);
  // Of one sequence all rows of the cache count; of several some may be shorter.
  if (e.has(kLengths) && g.batch > 1) add_length_mask(e, a, e.input(kLengths));
  const AttentionSteps steps = attend(e, a);
  if (e.wants(0)) e.give(0, join_heads(e, "output", steps.result));
  give_cache(e, 1, kPastKey, a.k, g);
  give_cache(e, 2, kPastValue, a.v, g);
  if (e.wants(3)) e.give(3, steps.weights);
}

}  // namespace

extern const OperatorRule kGroupQueryAttention{.infer = infer, .expand = expand};

}  // namespace tessera::models
