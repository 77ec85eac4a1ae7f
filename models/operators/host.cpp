// Nodes that the host runs, whatever their type: shapes of what they make, and the copies around them.
//
// Where the machine knows the operator, its shapes hold. Else the file's own words do, where they are numbers; else a
// bound that the type has (NonMaxSuppression finds at most so many boxes): the host's result is then taken as large.
#include "models/operators/host.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "models/operators/inference.h"
#include "models/operators/lowering.h"

namespace tessera::models {

namespace {

// Sets an output whose shape nothing has said yet.
void bound(Inference& node, std::size_t output, Dims dims, ElementType type = ElementType::unknown) {
  if (output >= node.output_count() || node.node().outputs[output] == kNone || node.result(output).shaped) return;
  if (node.result(output).type() == ElementType::unknown) node.output_type(output, type);
  node.output(output, std::move(dims));
}

void bound_and_say(Inference& node, std::size_t output, Dims dims, ElementType type = ElementType::unknown) {
  if (output >= node.output_count() || node.node().outputs[output] == kNone || node.result(output).shaped) return;
  node.note(
      fmt::format("its output '{}' is taken as large as it can be, {}", node.result(output).name, describe(dims)));
  bound(node, output, std::move(dims), type);
}

// [selected, 3]: at most so many boxes of each class of each image.
void non_max_suppression(Inference& node) {
  const Dims &boxes = node.dims(0, 3, 3), &scores = node.dims(1, 3, 3);
  std::int64_t most = boxes[1];
  if (!node.has(2)) most = 0;
  else if (const auto& given = node.in(2).literal.ints; given && !given->empty())
    most = std::clamp<std::int64_t>(given->front(), 0, most);
  bound_and_say(node, 0, {scores[0] * scores[1] * most, 3}, ElementType::int64);
}

void non_zero(Inference& node) {
  bound_and_say(node, 0, {static_cast<std::int64_t>(node.dims(0).size()), elements(node.dims(0))}, ElementType::int64);
}

void compress(Inference& node) {
  Dims out = node.has_attribute("axis") ? node.dims(0) : Dims{elements(node.dims(0))};
  bound_and_say(node, 0, std::move(out));
}

void unique(Inference& node) {
  const bool flat = !node.has_attribute("axis");
  const Dims out = flat ? Dims{elements(node.dims(0))} : node.dims(0);
  const std::int64_t count = flat ? out[0] : out[node.axis_attribute(0, out.size())];
  bound_and_say(node, 0, out);
  for (std::size_t i = 1; i < 4; ++i) bound_and_say(node, i, {count}, ElementType::int64);
}

void as_input(Inference& node) { bound(node, 0, node.dims(0)); }

void of_attribute(Inference& node) {
  node.require_attribute("shape");
  bound(node, 0, *node.integers("shape"), ElementType::float32);
}

void multinomial(Inference& node) {
  bound(node, 0, {node.dims(0, 2, 2)[0], node.integer("sample_size", 1, 1, kMaxElements)}, ElementType::int32);
}

void both_inputs(Inference& node) { bound(node, 0, broadcast(node, node.dims(0), node.dims(1))); }

// One number for each n-gram of its pool.
void n_grams(Inference& node) {
  node.require_attribute("ngram_indexes");
  const auto& places = *node.integers("ngram_indexes");
  const std::int64_t grams = places.empty() ? 0 : *std::ranges::max_element(places) + 1;
  Dims out = node.dims(0, 1, 2);
  out.back() = grams;
  bound(node, 0, std::move(out), ElementType::float32);
}

// [rois, channels, height, width].
void roi_pool(Inference& node) {
  const auto pooled = node.integers("pooled_shape", 2, 1, 1);
  bound(node, 0, {node.dims(1, 2, 2)[0], node.dims(0, 4, 4)[1], pooled[0], pooled[1]});
}

struct ShapeOfType {
  std::string_view type;
  void (*shape)(Inference&);
};
// Sorted.
constexpr std::array kShapes{
    ShapeOfType{"Bernoulli", as_input},
    ShapeOfType{"Binarizer", as_input},
    ShapeOfType{"CategoryMapper", as_input},
    ShapeOfType{"Compress", compress},
    ShapeOfType{"Imputer", as_input},
    ShapeOfType{"LabelEncoder", as_input},
    ShapeOfType{"MaxRoiPool", roi_pool},
    ShapeOfType{"Multinomial", multinomial},
    ShapeOfType{"NonMaxSuppression", non_max_suppression},
    ShapeOfType{"NonZero", non_zero},
    ShapeOfType{"Normalizer", as_input},
    ShapeOfType{"RandomNormal", of_attribute},
    ShapeOfType{"RandomNormalLike", as_input},
    ShapeOfType{"RandomUniform", of_attribute},
    ShapeOfType{"RandomUniformLike", as_input},
    ShapeOfType{"RegexFullMatch", as_input},
    ShapeOfType{"Scaler", as_input},
    ShapeOfType{"StringConcat", both_inputs},
    ShapeOfType{"StringNormalizer", as_input},
    ShapeOfType{"TfIdfVectorizer", n_grams},
    ShapeOfType{"Unique", unique},
};
static_assert(std::ranges::is_sorted(kShapes, {}, &ShapeOfType::type));

const ShapeOfType* shape_of(std::string_view type) {
  const auto at = std::ranges::lower_bound(kShapes, type, {}, &ShapeOfType::type);
  return at != kShapes.end() && at->type == type ? &*at : nullptr;
}

const KnownOperator* of_machine(const Node& node) {
  const KnownOperator* known = find_operator(node.type, node.host->domain);
  return known != nullptr && known->rule.host_only == OperatorRule::HostOnly::no ? known : nullptr;
}

// What is wrong with the node as the machine's operator.
std::optional<std::string> infer_as_machine(Inference& node) {
  const KnownOperator* known = of_machine(node.node());
  if (known == nullptr) return std::nullopt;
  try {
    check_arity(node, *known);
    known->rule.infer(node);
  } catch (const NodeError& e) {
    return e.message;
  }
  return std::nullopt;
}

void infer(Inference& node) {
  const std::optional<std::string> wrong = infer_as_machine(node);
  for (std::size_t i = 0; i < node.output_count(); ++i) {
    if (node.node().outputs[i] == kNone || node.result(i).shaped) continue;
    if (node.result(i).declared) node.output(i, Dims(node.result(i).literal.dims));
    else if (node.result(i).opaque) node.output(i, {});
  }
  if (const ShapeOfType* known = shape_of(node.node().type)) known->shape(node);
  for (std::size_t i = 0; i < node.output_count(); ++i) {
    if (node.node().outputs[i] == kNone || node.result(i).shaped) continue;
    const std::string& name = node.result(i).name;
    node.fail(
        wrong.value_or(fmt::format("the file does not say what shape its output '{0}' has, nor does its type: "
                                   "give the extent of each axis by --bind {0}.0=NUMBER,{0}.1=NUMBER,... or in "
                                   "the run file by bind:",
                                   name)));
  }
}

// Reads what was copied to the host; what the machine reads again is copied back.
void lower(Lowering& node) {
  std::vector<TensorId> reads, makes;
  for (const ValueId v : node.node().inputs) {
    if (v == kNone || node.value(v).constant || elements(node.value(v).dims()) == 0) continue;
    const TensorId copy = node.on_host(v);
    if (std::ranges::find(reads, copy) == reads.end()) reads.push_back(copy);
  }
  std::vector<ValueId> wanted;
  for (const ValueId v : node.node().outputs)
    if (node.is_used(v) && elements(node.value(v).dims()) > 0) wanted.push_back(v);
  for (const ValueId v : wanted) makes.push_back(node.made_on_host(v));
  Operator& op = node.add(Unit::host, makes.front());
  op.inputs = reads;
  op.access = Operator::Access::axes;
  for (const TensorId read : reads) op.maps.emplace_back(node.at(read).dims.size());
  op.host_time = node.node().host->time;
  op.more_outputs.assign(makes.begin() + 1, makes.end());
  for (const TensorId made : makes) node.made(made);
  for (const ValueId v : wanted) node.copy_back(v);
}

}  // namespace

bool host_shape_follows(const Node& node) { return of_machine(node) != nullptr || shape_of(node.type) != nullptr; }

extern const OperatorRule kHost{
    .infer = infer, .layout = kAnyLayout, .lower = lower, .skips_empty_inputs = true, .runs = "a task of the host"};

}  // namespace tessera::models
