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

bool is_open(Inference& node, std::size_t output) {
  return output < node.output_count() && node.node().outputs[output] != kNone && !node.result(output).shaped;
}

}  // namespace

void made_by_host(Inference& node, std::size_t output, Dims dims, ElementType type) {
  if (!is_open(node, output)) return;
  if (node.result(output).type() == ElementType::unknown) node.output_type(output, type);
  node.output(output, std::move(dims));
}

void made_by_host_at_most(Inference& node, std::size_t output, Dims dims, ElementType type) {
  if (!is_open(node, output)) return;
  node.note(
      fmt::format("its output '{}' is taken as large as it can be, {}", node.result(output).name, describe(dims)));
  made_by_host(node, output, std::move(dims), type);
}

namespace {

// [selected, 3]: at most so many boxes of each class of each image.
void non_max_suppression(Inference& node) {
  const Dims &boxes = node.dims(0, 3, 3), &scores = node.dims(1, 3, 3);
  std::int64_t most = boxes[1];
  if (!node.has(2)) most = 0;
  else if (const auto& given = node.in(2).literal.ints; given && !given->empty())
    most = std::clamp<std::int64_t>(given->front(), 0, most);
  made_by_host_at_most(node, 0, {scores[0] * scores[1] * most, 3}, ElementType::int64);
}

void as_input(Inference& node) { made_by_host(node, 0, node.dims(0)); }

void both_inputs(Inference& node) { made_by_host(node, 0, broadcast(node, node.dims(0), node.dims(1))); }

// One number for each n-gram of its pool.
void n_grams(Inference& node) {
  node.require_attribute("ngram_indexes");
  const auto& places = *node.integers("ngram_indexes");
  const std::int64_t grams = places.empty() ? 0 : *std::ranges::max_element(places) + 1;
  Dims out = node.dims(0, 1, 2);
  out.back() = grams;
  made_by_host(node, 0, std::move(out), ElementType::float32);
}

// Types that no rule knows.
struct ShapeOfType {
  std::string_view type;
  void (*shape)(Inference&);
};
// Sorted.
constexpr std::array kShapes{
    ShapeOfType{"Binarizer", as_input},
    ShapeOfType{"CategoryMapper", as_input},
    ShapeOfType{"Imputer", as_input},
    ShapeOfType{"LabelEncoder", as_input},
    ShapeOfType{"NonMaxSuppression", non_max_suppression},
    ShapeOfType{"Normalizer", as_input},
    ShapeOfType{"RegexFullMatch", as_input},
    ShapeOfType{"Scaler", as_input},
    ShapeOfType{"StringConcat", both_inputs},
    ShapeOfType{"StringNormalizer", as_input},
    ShapeOfType{"TfIdfVectorizer", n_grams},
};
static_assert(std::ranges::is_sorted(kShapes, {}, &ShapeOfType::type));

// Nothing where the file alone can say them.
void (*shapes_of(const Node& node))(Inference&) {
  const KnownOperator* known = find_operator(node.type, node.host ? node.host->domain : node.domain);
  if (known != nullptr) return known->rule.on_host;
  const auto at = std::ranges::lower_bound(kShapes, node.type, {}, &ShapeOfType::type);
  return at != kShapes.end() && at->type == node.type ? at->shape : nullptr;
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
  if (const auto shapes = shapes_of(node.node())) shapes(node);
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

bool host_shape_follows(const Node& node) { return of_machine(node) != nullptr || shapes_of(node) != nullptr; }

extern const OperatorRule kHost{
    .infer = infer, .layout = kAnyLayout, .lower = lower, .skips_empty_inputs = true, .runs = "a task of the host"};

}  // namespace tessera::models
