// Attention and MultiHeadAttention of com.microsoft: with the products for queries, keys and values inside, and
// without.
#include <fmt/format.h>

#include <array>

#include "models/expansion/attention.h"
#include "models/operators/inference.h"
#include "models/operators/operator_rule.h"

namespace tessera::models {

namespace {

constexpr std::int64_t kMostHeads = 1 << 20;

std::int64_t heads_of(const NodeReader& node) {
  node.require_attribute("num_heads");
  return node.integer("num_heads", 1, 1, kMostHeads);
}

// A cache of fixed size, of which a run fills more and more: its valid part is not known before a run.
void require_growing_cache(const NodeReader& node, std::initializer_list<std::size_t> inputs) {
  for (const std::size_t i : inputs)
    if (node.has(i))
      node.fail(
          fmt::format("input {} ('{}') belongs to a cache of fixed size; only one that grows by the new rows can "
                      "be simulated: export the network without it",
                      i, node.in(i).name));
}

bool scales(const NodeReader& node) { return !node.has_attribute("scale") || node.real("scale") != 1.0; }

// --- Attention: input, weights, bias, mask, past, what is added to the scores

struct Packed {
  std::int64_t batch = 1, rows = 1, heads = 1, past = 0;
  std::array<std::int64_t, 3> widths{};  // of queries, keys and values
};

Packed packed_of(const NodeReader& node) {
  Packed p;
  const Dims &x = node.dims(0, 3, 3), &w = node.dims(1, 2, 2);
  p.batch = x[0], p.rows = x[1], p.heads = heads_of(node);
  if (x[2] != w[0]) node.fail(fmt::format("input {} and weights {} do not multiply", describe(x), describe(w)));
  p.widths.fill(w[1] / 3);
  if (const auto* sizes = node.integers("qkv_hidden_sizes"); sizes != nullptr && !sizes->empty()) {
    if (sizes->size() != 3) node.fail(fmt::format("attribute 'qkv_hidden_sizes' has {} numbers, not 3", sizes->size()));
    std::copy(sizes->begin(), sizes->end(), p.widths.begin());
  }
  std::int64_t sum = 0;
  for (const std::int64_t width : p.widths) {
    if (width < 1 || width > w[1] || width % p.heads != 0)
      node.fail(fmt::format("{} heads do not divide the {} columns of queries, keys or values", p.heads, width));
    sum += width;
  }
  if (sum != w[1] || p.widths[0] != p.widths[1])
    node.fail(fmt::format("its weights {} are no queries, keys and values of {} + {} + {} columns", describe(w),
                          p.widths[0], p.widths[1], p.widths[2]));
  if (node.has(2) && node.dims(2) != Dims{w[1]})
    node.fail(fmt::format("its bias {} does not fit its weights {}", describe(node.dims(2)), describe(w)));
  require_growing_cache(node, {6});
  if (!node.has(4)) return p;
  const Dims& past = node.dims(4, 5, 5);
  p.past = past[3];
  if (past != Dims{2, p.batch, p.heads, p.past, p.widths[0] / p.heads})
    node.fail(
        fmt::format("the past {} does not fit {} heads of {} numbers", describe(past), p.heads, p.widths[0] / p.heads));
  return p;
}

void infer_attention(Inference& node) {
  const Packed p = packed_of(node);
  node.output(0, {p.batch, p.rows, p.widths[2]});
  node.output(1, {2, p.batch, p.heads, p.past + p.rows, p.widths[0] / p.heads});
}

// Keys (0) or values (1) of the past, [batch, heads, rows, size].
ValueId past_of(Expansion& e, std::int64_t which, const std::string& name) {
  if (!e.has(4)) return kNone;
  const Dims d = e.dims(4);
  const ValueId part = e.part("past_" + name + "/part", e.input(4), 0, which, 1);
  return e.reshape("past_" + name, part, {d[1], d[2], d[3], d[4]});
}

void expand_attention(Expansion& e) {
  const Packed p = packed_of(e);
  const bool causal = e.flag("unidirectional", false);
  if (e.integer("do_rotary", 0, 0, 1) != 0)
    e.fail("attribute 'do_rotary' is not supported here: export rotary embeddings as operators of their own");
  Attention a;
  a.scales = scales(e);
  ValueId qkv = e.make("qkv", "MatMul", {e.input(0), e.input(1)});
  if (e.has(2)) qkv = e.make("qkv_biased", "Add", {qkv, e.input(2)});
  const auto parts = e.split("qkv_parts", qkv, 2, {p.widths[0], p.widths[1], p.widths[2]}, {"query", "key", "value"});
  a.q = heads_first(e, "query", cut_heads(e, "query", parts[0], p.heads));
  const ValueId key = cut_heads(e, "key", parts[1], p.heads);
  if (e.has(4) || e.wants(1)) a.k = with_past(e, "key", past_of(e, 0, "key"), heads_first(e, "key", key));
  else a.columns = e.transpose("keys", key, {0, 2, 3, 1});
  a.v =
      with_past(e, "value", past_of(e, 1, "value"), heads_first(e, "value", cut_heads(e, "value", parts[2], p.heads)));
  if (e.has(5)) a.masks.push_back({e.input(5), false});
  add_padding_mask(e, a, e.input(3));
  if (causal) add_causal_mask(e, a);
  const AttentionSteps steps = attend(e, a);
  if (e.wants(0)) e.give(0, join_heads(e, "output", steps.result));
  if (!e.wants(1)) return;
  const Dims k = e.shape(a.k);
  const Dims one{1, k[0], k[1], k[2], k[3]};
  e.give(1, e.concat("present", {e.reshape("present_key", a.k, one), e.reshape("present_value", a.v, one)}, 0));
}

// --- MultiHeadAttention: query, key, value, bias, padding mask, what is added to the scores, past keys and values

enum Input : std::size_t { kQuery, kKey, kValue, kBias, kPadding, kAdded, kPastKey, kPastValue };

// How queries, keys and values come.
enum class Form {
  apart,      // [batch, rows, heads x size] each
  by_head,    // keys and values [batch, heads, rows, size]
  packed_kv,  // keys and values [batch, rows, heads, 2, size]
  packed      // all three [batch, rows, heads, 3, size]
};

struct Heads {
  Form form = Form::apart;
  std::int64_t batch = 1, heads = 1, rows = 1, size = 1, new_keys = 1, value_size = 1, past = 0;
};

void read_keys(const NodeReader& node, Heads& h) {
  const Dims& k = node.dims(kKey, 3, 5);
  const auto refuse = [&] {
    node.fail(fmt::format("keys {} do not fit {} heads of {} numbers", describe(k), h.heads, h.size));
  };
  h.value_size = h.size;
  if (k.size() == 5) {
    h.form = Form::packed_kv, h.new_keys = k[1];
    if (k != Dims{h.batch, h.new_keys, h.heads, 2, h.size}) refuse();
    return;
  }
  h.form = k.size() == 4 ? Form::by_head : Form::apart;
  h.new_keys = k[h.form == Form::by_head ? 2 : 1];
  if (k != (h.form == Form::by_head ? Dims{h.batch, h.heads, h.new_keys, h.size}
                                    : Dims{h.batch, h.new_keys, h.heads * h.size}))
    refuse();
  const Dims& v = node.dims(kValue, k.size(), k.size());
  if (v.back() % (h.form == Form::by_head ? 1 : h.heads) != 0 || v[0] != h.batch)
    node.fail(fmt::format("values {} do not fit keys {}", describe(v), describe(k)));
  h.value_size = h.form == Form::by_head ? v[3] : v[2] / h.heads;
  if (v[h.form == Form::by_head ? 2 : 1] != h.new_keys)
    node.fail(fmt::format("values {} do not fit keys {}", describe(v), describe(k)));
}

Heads heads_form(const NodeReader& node) {
  Heads h;
  h.heads = heads_of(node);
  const Dims& q = node.dims(kQuery, 3, 5);
  h.batch = q[0], h.rows = q[1];
  if (q.size() == 4) node.fail(fmt::format("its queries {} have 4 axes, not 3 or 5", describe(q)));
  if (q.size() == 3 && q[2] % h.heads != 0)
    node.fail(fmt::format("{} heads do not divide the last axis of {}", h.heads, describe(q)));
  h.size = q.size() == 5 ? q[4] : q[2] / h.heads;
  if (q.size() == 5) {
    if (q[2] != h.heads || q[3] != 3 || node.has(kKey))
      node.fail(fmt::format("queries {} are not packed", describe(q)));
    h.form = Form::packed, h.new_keys = h.rows, h.value_size = h.size;
  } else {
    read_keys(node, h);
  }
  const Dims needed{(2 * h.size + h.value_size) * h.heads};
  if (node.has(kBias) && node.dims(kBias) != needed)
    node.fail(fmt::format("its bias {} should be {}", describe(node.dims(kBias)), describe(needed)));
  require_growing_cache(node, {8, 9});
  if (node.has(kPastKey) != node.has(kPastValue)) node.fail("it has only one of past_key and past_value");
  if (node.has(kPastKey)) h.past = node.dims(kPastKey, 4, 4)[2];
  return h;
}

void infer_multi_head(Inference& node) {
  const Heads h = heads_form(node);
  const std::int64_t keys = h.past + h.new_keys;
  node.output(0, {h.batch, h.rows, h.heads * h.value_size});
  node.output(1, {h.batch, h.heads, keys, h.size});
  node.output(2, {h.batch, h.heads, keys, h.value_size});
  node.output(3, {h.batch, h.heads, h.rows, keys});
}

// Queries, keys and values as [batch, rows, heads, size], or as [batch, heads, rows, size] where they come so.
struct Cut {
  ValueId q = kNone, k = kNone, v = kNone;
};

ValueId biased(Expansion& e, const std::string& name, ValueId v, std::int64_t begin) {
  if (!e.has(kBias)) return v;
  const std::int64_t width = e.shape(v).back();
  return e.make(name + "_biased", "Add", {v, e.part(name + "_bias", e.input(kBias), 0, begin, width)});
}

Cut unpacked(Expansion& e, const Heads& h) {
  const auto as_heads = [&](const std::string& name, ValueId v) {
    return e.reshape(name, v, {h.batch, e.shape(v)[1], h.heads, h.size});
  };
  const bool all = h.form == Form::packed;
  if (all) {
    const auto p = e.split("qkv_parts", e.input(kQuery), 3, {1, 1, 1}, {"query/part", "key/part", "value/part"});
    return {as_heads("query", p[0]), as_heads("key", p[1]), as_heads("value", p[2])};
  }
  const auto p = e.split("kv_parts", e.input(kKey), 3, {1, 1}, {"key/part", "value/part"});
  return {cut_heads(e, "query", biased(e, "query", e.input(kQuery), 0), h.heads), as_heads("key", p[0]),
          as_heads("value", p[1])};
}

Cut cut_of(Expansion& e, const Heads& h) {
  if (h.form == Form::packed || h.form == Form::packed_kv) return unpacked(e, h);
  const std::int64_t width = h.heads * h.size;
  Cut cut;
  cut.q = cut_heads(e, "query", biased(e, "query", e.input(kQuery), 0), h.heads);
  if (h.form == Form::by_head) {
    cut.k = e.input(kKey), cut.v = e.input(kValue);
    return cut;
  }
  cut.k = cut_heads(e, "key", biased(e, "key", e.input(kKey), width), h.heads);
  cut.v = cut_heads(e, "value", biased(e, "value", e.input(kValue), 2 * width), h.heads);
  return cut;
}

void expand_multi_head(Expansion& e) {
  const Heads h = heads_form(e);
  const bool causal = e.flag("unidirectional", false);
  Attention a;
  a.scales = scales(e);
  const Cut cut = cut_of(e, h);
  a.q = heads_first(e, "query", cut.q);
  const auto ordered = [&](const char* name, ValueId v) {
    return h.form == Form::by_head ? v : heads_first(e, name, v);
  };
  const bool one_copy = h.form != Form::by_head && !e.has(kPastKey) && !e.wants(1);
  if (one_copy) a.columns = e.transpose("keys", cut.k, {0, 2, 3, 1});
  else a.k = with_past(e, "key", e.input(kPastKey), ordered("key", cut.k));
  a.v = with_past(e, "value", e.input(kPastValue), ordered("value", cut.v));
  if (e.has(kAdded)) a.masks.push_back({e.input(kAdded), false});
  add_padding_mask(e, a, e.input(kPadding));
  if (causal) add_causal_mask(e, a);
  const AttentionSteps steps = attend(e, a);
  if (e.wants(0)) e.give(0, join_heads(e, "output", steps.result));
  if (e.wants(1)) e.give(1, a.k);
  if (e.wants(2)) e.give(2, a.v);
  if (e.wants(3)) e.give(3, steps.weights);
}

}  // namespace

extern const OperatorRule kMicrosoftAttention{.infer = infer_attention, .expand = expand_attention};
extern const OperatorRule kMultiHeadAttention{.infer = infer_multi_head, .expand = expand_multi_head};

}  // namespace tessera::models
