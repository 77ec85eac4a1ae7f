#include "models/expansion/attention.h"

#include <fmt/format.h>

namespace tessera::models {

namespace {

// Heads that share keys as rows of one matrix: [batch, heads, rows, n] as [batch, groups, heads / groups x rows, n].
ValueId grouped(Expansion& e, const std::string& name, ValueId v, std::int64_t groups) {
  const Dims d = e.shape(v);
  return e.reshape(name, v, {d[0], groups, d[1] / groups * d[2], d[3]});
}

ValueId masked(Expansion& e, const Attention& a, ValueId scores) {
  for (std::size_t i = 0; i < a.masks.size(); ++i) {
    const std::string name = i == 0 ? "masked" : fmt::format("masked{}", i + 1);
    const auto& [mask, chooses] = a.masks[i];
    scores = chooses ? e.make(name, "Where", {mask, scores, e.number(name + ".least", scores)})
                     : e.make(name, "Add", {scores, mask});
  }
  return scores;
}

}  // namespace

AttentionSteps attend(Expansion& e, const Attention& a) {
  const Dims q = e.shape(a.q), v = e.shape(a.v);
  const std::int64_t groups = v[1], keys = v[2];
  if (groups < 1 || q[1] % groups != 0)
    e.fail(fmt::format("its {} heads are no multiple of the {} heads of its keys", q[1], groups));
  const ValueId columns = a.columns != kNone ? a.columns : e.transpose("keys", a.k, {0, 1, 3, 2});
  AttentionSteps steps;
  ValueId scores = e.make("scores", "MatMul", {grouped(e, "queries", a.q, groups), columns});
  if (a.scales) scores = e.make("scaled", "Mul", {scores, e.number("scale", scores)});
  scores = e.reshape("scores_by_head", scores, {q[0], q[1], q[2], keys});
  steps.product = scores;
  if (a.caps) {
    scores = e.make("cap_in", "Mul", {scores, e.number("inverse_cap", scores)});
    scores = e.make("cap", "Tanh", {scores});
    scores = e.make("capped", "Mul", {scores, e.number("softcap", scores)});
  }
  steps.capped = scores;
  steps.masked = scores = masked(e, a, scores);
  steps.weights = e.make("weights", "Softmax", {scores}, {{"axis", Attribute::integer(-1)}});
  const ValueId mixed = e.make("mixed", "MatMul", {grouped(e, "weights_by_group", steps.weights, groups), a.v});
  steps.result = e.reshape("mixed_by_head", mixed, {q[0], q[1], q[2], v[3]});
  return steps;
}

ValueId cut_heads(Expansion& e, const std::string& name, ValueId v, std::int64_t heads) {
  const Dims d = e.shape(v);
  if (heads < 1 || d[2] % heads != 0)
    e.fail(fmt::format("{} heads do not divide the last axis of {}", heads, describe(d)));
  return e.reshape(name + "_heads", v, {d[0], d[1], heads, d[2] / heads});
}

ValueId heads_first(Expansion& e, const std::string& name, ValueId cut) {
  return e.transpose(name + "_order", cut, {0, 2, 1, 3});
}

ValueId join_heads(Expansion& e, const std::string& name, ValueId v) {
  const Dims d = e.shape(v);
  return e.reshape(name + "_joined", e.transpose(name + "_order", v, {0, 2, 1, 3}), {d[0], d[2], d[1] * d[3]});
}

void add_causal_mask(Expansion& e, Attention& a) {
  const std::int64_t rows = e.shape(a.q)[2], keys = e.shape(a.v)[2];
  if (rows > 1) a.masks.push_back({e.constant("causal_mask", {rows, keys}, a.q), true});
}

void add_length_mask(Expansion& e, Attention& a, ValueId lengths) {
  const std::int64_t batch = e.shape(a.q)[0], keys = e.shape(a.v)[2];
  const ValueId column = e.reshape("lengths", lengths, {batch, 1, 1, 1});
  const ValueId number = e.constant("numbers_of_keys", {keys}, lengths);
  a.masks.push_back({e.make("length_mask", "Less", {number, column}), true});
}

void add_padding_mask(Expansion& e, Attention& a, ValueId mask) {
  if (mask == kNone) return;
  const Dims d = e.shape(mask), q = e.shape(a.q);
  const std::int64_t batch = q[0], rows = q[2], keys = e.shape(a.v)[2];
  if (d == Dims{batch} || d == Dims{2 * batch} || d == Dims{3 * batch + 2})
    return add_length_mask(e, a, e.part("key_lengths", mask, 0, 0, batch));
  if (d == Dims{batch, keys}) {
    mask = e.reshape("padding_mask", mask, {batch, 1, 1, keys});
  } else if (d == Dims{batch, rows, keys}) {
    mask = e.reshape("padding_mask", mask, {batch, 1, rows, keys});
  } else if (d.size() == 4 && d[0] == batch && d[1] == 1 && d[2] >= rows && d[3] >= keys) {
    mask = e.part("mask_rows", mask, 2, 0, rows);
    mask = e.part("padding_mask", mask, 3, 0, keys);
  } else {
    e.fail(fmt::format("its mask {} fits no form for {} sequences of {} rows and {} keys", describe(d), batch, rows,
                       keys));
  }
  a.masks.push_back({mask, true});
}

ValueId with_past(Expansion& e, const std::string& name, ValueId past, ValueId now) {
  if (past == kNone) return now;
  const Dims p = e.shape(past), n = e.shape(now);
  if (p.size() != 4 || p[0] != n[0] || p[1] != n[1] || p[3] != n[3])
    e.fail(fmt::format("the past {} {} does not fit the new {}", name, describe(p), describe(n)));
  return e.make("all_" + name, "Concat", {past, now}, {{"axis", Attribute::integer(2)}});
}

}  // namespace tessera::models
