#include "models/expansion/rotary.h"

#include <fmt/format.h>

#include "models/expansion/attention.h"
#include "models/operators/inference.h"
#include "models/operators/operator_rule.h"

namespace tessera::models {

namespace {

struct Pair {
  ValueId first, second;
};

Pair halves(Expansion& e, const std::string& name, ValueId x, bool interleaved) {
  const std::int64_t size = e.shape(x)[3];
  if (!interleaved) {
    const auto parts = e.split(name + "/halves", x, 3, {size / 2, size / 2}, {name + "/x1", name + "/x2"});
    return {parts[0], parts[1]};
  }
  const auto every_second = [&](const std::string& part, std::int64_t from) {
    return e.make(part, "Slice",
                  {x, e.integers(part + ".starts", {from}), e.integers(part + ".ends", {size}),
                   e.integers(part + ".axes", {3}), e.integers(part + ".steps", {2})});
  };
  return {every_second(name + "/x1", 0), every_second(name + "/x2", 1)};
}

ValueId joined(Expansion& e, const std::string& name, const Pair& parts, bool interleaved) {
  if (!interleaved) return e.concat(name + "/rotated", {parts.first, parts.second}, 3);
  const Dims d = e.shape(parts.first);
  const Dims column{d[0], d[1], d[2], d[3], 1};
  const ValueId both = e.concat(
      name + "/interleaved",
      {e.reshape(name + "/column1", parts.first, column), e.reshape(name + "/column2", parts.second, column)}, 4);
  return e.reshape(name + "/rotated", both, {d[0], d[1], d[2], 2 * d[3]});
}

}  // namespace

ValueId rotate(Expansion& e, const std::string& name, ValueId heads, const Rotation& r) {
  const std::int64_t all = e.shape(heads)[3], half = e.shape(r.cos).back();
  if (half < 1 || 2 * half > all)
    e.fail(fmt::format("its cosines {} turn more numbers than a head of {} has", describe(e.shape(r.cos)), all));
  const ValueId turned = e.part(name + "/turned", heads, 3, 0, 2 * half);
  const Pair x = halves(e, name, turned, r.interleaved);
  const auto product = [&](const char* what, ValueId a, ValueId b) { return e.make(name + what, "Mul", {a, b}); };
  const ValueId real =
      e.make(name + "/real", "Sub", {product("/x1_cos", x.first, r.cos), product("/x2_sin", x.second, r.sin)});
  const ValueId imaginary =
      e.make(name + "/imaginary", "Add", {product("/x1_sin", x.first, r.sin), product("/x2_cos", x.second, r.cos)});
  const ValueId result = joined(e, name, {real, imaginary}, r.interleaved);
  if (2 * half == all) return result;
  return e.concat(name + "/whole", {result, e.part(name + "/rest", heads, 3, 2 * half, all - 2 * half)}, 3);
}

namespace {

constexpr std::int64_t kMostHeads = 1 << 20;

// RotaryEmbedding in both domains: where its inputs stand, and how its tables are laid out.
struct Form {
  std::size_t positions, cos, sin;
};
constexpr Form kOnnx{3, 1, 2}, kMicrosoft{1, 2, 3};

// [batch, rows, heads x size] or [batch, heads, rows, size].
struct Shape4 {
  bool joined = false;
  std::int64_t batch = 1, heads = 1, rows = 1, size = 1;
};

Shape4 shape_of(const NodeReader& node, const Form& form) {
  const Dims& x = node.dims(0, 3, 4);
  if (x.size() == 4) return {false, x[0], x[1], x[2], x[3]};
  // Without a number of heads the tables say how large one is.
  const Dims& cos = node.dims(form.cos, 2, 3);
  const std::int64_t given = node.integer("num_heads", 0, 0, kMostHeads);
  const std::int64_t heads = given > 0 ? given : cos.back() > 0 ? x[2] / (2 * cos.back()) : 0;
  if (heads < 1 || x[2] % heads != 0)
    node.fail(fmt::format("{} heads do not divide the last axis of {}", heads, describe(x)));
  return {true, x[0], heads, x[1], x[2] / heads};
}

void infer_form(Inference& node, const Form& form) {
  const Shape4 s = shape_of(node, form);
  const Dims &cos = node.dims(form.cos, 2, 3), &sin = node.dims(form.sin, 2, 3);
  if (cos != sin) node.fail(fmt::format("its cosines {} and sines {} differ in shape", describe(cos), describe(sin)));
  const bool enough = cos.size() == 2
                          ? cos[0] >= s.rows || (node.has(form.positions) && elements(node.dims(form.positions)) > 1)
                          : cos[0] == s.batch && cos[1] == s.rows;
  if (!enough)
    node.fail(fmt::format("its cosines {} do not fit {} sequences of {} rows", describe(cos), s.batch, s.rows));
  const std::int64_t size = node.integer("rotary_embedding_dim", 0, 0, kMaxElements);
  if (2 * cos.back() != (size > 0 ? size : s.size))
    node.fail(
        fmt::format("its cosines {} do not fit {} numbers of each head", describe(cos), size > 0 ? size : s.size));
  same_shape(node);
}

// The table's rows for each position, [batch or 1, 1, rows, half] or with heads behind rows.
ValueId table(Expansion& e, const Form& form, std::size_t input, const std::string& name, const Shape4& s) {
  ValueId rows = e.input(input);
  const std::int64_t half = e.shape(rows).back();
  std::int64_t batch = s.batch;
  if (e.shape(rows).size() == 2) {
    // One number is where the rows begin, one for each row says which it is.
    const bool begin_only = !e.has(form.positions) || elements(e.dims(form.positions)) == 1;
    if (begin_only) {
      rows = e.part(name + "/rows", rows, 0, 0, s.rows), batch = 1;
    } else {
      rows = e.make(name + "/rows", "Gather", {rows, e.input(form.positions)}, {{"axis", Attribute::integer(0)}});
      batch = e.shape(rows)[0];
    }
  }
  return e.reshape(name, rows, s.joined ? Dims{batch, s.rows, 1, half} : Dims{batch, 1, s.rows, half});
}

void expand_form(Expansion& e, const Form& form) {
  const Shape4 s = shape_of(e, form);
  Rotation r;
  r.interleaved = e.flag("interleaved", false);
  r.cos = table(e, form, form.cos, "cos", s);
  r.sin = table(e, form, form.sin, "sin", s);
  const Dims whole = e.dims(0);
  const ValueId heads = s.joined ? cut_heads(e, "input", e.input(0), s.heads) : e.input(0);
  e.give(0, e.reshape("joined", rotate(e, "rotary", heads, r), whole));
}

void infer_onnx(Inference& node) { infer_form(node, kOnnx); }
void infer_microsoft(Inference& node) { infer_form(node, kMicrosoft); }
void expand_onnx(Expansion& e) { expand_form(e, kOnnx); }
void expand_microsoft(Expansion& e) { expand_form(e, kMicrosoft); }

}  // namespace

extern const OperatorRule kRotaryEmbedding{.infer = infer_onnx, .expand = expand_onnx};
extern const OperatorRule kMicrosoftRotaryEmbedding{.infer = infer_microsoft, .expand = expand_microsoft};

}  // namespace tessera::models
