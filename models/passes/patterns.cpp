#include "models/passes/patterns.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "models/operators/node_reader.h"

namespace tessera::models {

namespace {

// What a region is made of. A sum or product is of two variable operands (`pair`) or of one and a constant.
struct Census {
  int nodes = 0, sums = 0, pair_sums = 0, products = 0, pair_products = 0, differences = 0, powers = 0, casts = 0;
  int negations = 0, erf = 0, tanh = 0, sigmoid = 0, hard_sigmoid = 0, softplus = 0, exponential = 0, logarithm = 0,
      clip = 0;
  int rectified = 0, absolutes = 0, larger = 0, bounds = 0;  // extremes of two tensors; of one and a number
  int comparisons = 0, selections = 0;
  int roots = 0, reciprocals = 0, quotients = 0;  // quotients of two variable operands
  int means = 0, maxima = 0, totals = 0;
  std::vector<ValueId> parameters;  // constants of more than one element
};

struct Kind {
  std::string_view type;
  int Census::*count;
};
constexpr std::array kSingle{
    Kind{"Pow", &Census::powers},
    Kind{"Cast", &Census::casts},
    Kind{"Erf", &Census::erf},
    Kind{"Tanh", &Census::tanh},
    Kind{"Sigmoid", &Census::sigmoid},
    Kind{"Clip", &Census::clip},
    Kind{"Softplus", &Census::softplus},
    Kind{"HardSigmoid", &Census::hard_sigmoid},
    Kind{"Exp", &Census::exponential},
    Kind{"Log", &Census::logarithm},
    Kind{"Sqrt", &Census::roots},
    Kind{"Reciprocal", &Census::reciprocals},
    Kind{"ReduceMean", &Census::means},
    Kind{"ReduceMax", &Census::maxima},
    Kind{"ReduceSum", &Census::totals},
    Kind{"Sub", &Census::differences},
    Kind{"Neg", &Census::negations},
    Kind{"Relu", &Census::rectified},
    Kind{"Abs", &Census::absolutes},
    Kind{"Where", &Census::selections},
    Kind{"Greater", &Census::comparisons},
    Kind{"GreaterOrEqual", &Census::comparisons},
    Kind{"Less", &Census::comparisons},
    Kind{"LessOrEqual", &Census::comparisons},
};

int variable_operands(const GraphEditor& e, const Node& node) {
  return static_cast<int>(std::ranges::count_if(node.inputs, [&](ValueId v) { return !e.constant(v); }));
}

void count(GraphEditor& e, const Node& node, Census& c) {
  ++c.nodes;
  const int operands = variable_operands(e, node);
  const bool pair = operands == 2;
  if (node.type == "Mul" && pair && node.inputs[0] == node.inputs[1]) ++c.powers;
  else if (node.type == "Add") ++(pair ? c.pair_sums : c.sums);
  else if (node.type == "Mul") ++(pair ? c.pair_products : c.products);
  else if ((node.type == "Max" || node.type == "Min") && operands < 3) ++(pair ? c.larger : c.bounds);
  else if (node.type == "Div" && pair) ++c.quotients;
  else if (node.type == "Div") ++(e.constant(node.inputs[0]) ? c.reciprocals : c.products);
  else if (const auto k = std::ranges::find(kSingle, node.type, &Kind::type); k != kSingle.end()) ++(c.*k->count);
  const bool reduces = node.type.starts_with("Reduce");
  for (const ValueId v : node.inputs)
    if (!reduces && e.constant(v) && !e.scalar(v)) c.parameters.push_back(v);
}

Census census(GraphEditor& e, const Region& region) {
  Census c;
  for (const NodeId n : region.nodes) count(e, e.node(n), c);
  return c;
}

// 1 / (1 + exp(-x)), with x for the 1 or behind it; the sign may be a factor.
std::optional<std::string> logistic(const Census& c) {
  if (c.exponential != 1 || c.sums != 1 || c.negations + c.products != 1) return std::nullopt;
  if (c.reciprocals == 1 && c.pair_products == 0 && c.nodes == 4) return "Sigmoid";
  if (c.reciprocals == 1 && c.pair_products == 1 && c.nodes == 5) return "Silu";
  if (c.quotients == 1 && c.nodes == 4) return "Silu";
  return std::nullopt;
}

// x times a function of x: SiLU and the hard swish of one node and a product; with a scale in the sigmoid the quick
// form of GELU; the hard forms spelt out as clip(x + 3, 0, 6) / 6.
std::optional<std::string> gated(const Census& c) {
  if (c.sigmoid == 1 && c.pair_products == 1) {
    if (c.nodes == 2) return "Silu";
    if (c.nodes == 3 && c.products == 1) return "Gelu";
  }
  if (c.hard_sigmoid == 1 && c.pair_products == 1 && c.nodes == 2) return "HardSwish";
  if (c.clip == 1 && c.sums == 1 && c.products == 1) {
    if (c.nodes == 3) return "HardSigmoid";
    if (c.pair_products == 1 && c.nodes == 4) return "HardSwish";
  }
  return std::nullopt;
}

// log(1 + exp(x)); x tanh(softplus(x)); x (1 + erf(x / sqrt 2)) / 2 with the half anywhere or in the weights behind it;
// x (1 + tanh(polynomial of x)) / 2 with its cube as a power or as products.
std::optional<std::string> smooth(const Census& c) {
  if (c.exponential == 1 && c.sums == 1 && c.logarithm == 1 && c.nodes == 3) return "Softplus";
  if (c.softplus == 1 && c.tanh == 1 && c.pair_products == 1 && c.nodes == 3) return "Mish";
  if (c.erf == 1 && c.sums == 1 && c.pair_products == 1 && (c.products == 1 || c.products == 2) &&
      c.nodes == 3 + c.products)
    return "Gelu";
  const bool sums = c.sums >= 1 && c.sums + c.pair_sums >= 2 && c.sums + c.pair_sums <= 3;
  if (c.tanh == 1 && sums && c.pair_products >= 1 && c.products >= 2 && c.products <= 3 &&
      c.nodes == 1 + c.sums + c.pair_sums + c.pair_products + c.products + c.powers)
    return "Gelu";
  return std::nullopt;
}

// Another slope below zero, one number or one for each channel: max(x, c x), x or c x by the sign of x, relu(x) less
// c relu(-x), relu(x) and c min(x, 0), relu(x) and c (x - |x|) / 2.
bool is_leaky(const Census& c) {
  if (c.products == 1 && c.larger == 1 && c.nodes == 2) return true;
  if (c.products == 1 && c.comparisons == 1 && c.selections == 1 && c.nodes == 3) return true;
  const bool joined = c.pair_sums + c.differences == 1;
  if (c.rectified == 2 && c.negations == 1 && c.products == 1 && joined && c.nodes == 5) return true;
  if (c.rectified + c.bounds == 2 && c.bounds > 0 && c.products == 1 && joined && c.nodes == 4) return true;
  return c.rectified == 1 && c.absolutes == 1 && c.differences == 1 && c.pair_sums == 1 && c.products > 0 &&
         c.nodes == 4 + c.products;
}

std::optional<Recognised> recognise_function(GraphEditor& e, const Region& region) {
  const Census c = census(e, region);
  if (is_leaky(c) && c.parameters.size() <= 1)
    return Recognised{c.parameters.empty() ? "LeakyRelu" : "PRelu", {}, c.parameters};
  if (!c.parameters.empty()) return std::nullopt;
  if (c.larger == 1 && c.negations == 1 && c.nodes == 2) return Recognised{"Abs", {}, {}};
  auto type = gated(c);
  if (!type) type = smooth(c);
  if (!type) type = logistic(c);
  if (!type) return std::nullopt;
  return Recognised{*type, {}, {}};
}

bool may_be_in_function(const Node& node) {
  constexpr std::array<std::string_view, 24> kTypes{
      "Abs",         "Add",        "Clip",        "Div",     "Erf",      "Exp", "Greater", "GreaterOrEqual",
      "HardSigmoid", "Less",       "LessOrEqual", "Log",     "Max",      "Min", "Mul",     "Neg",
      "Pow",         "Reciprocal", "Relu",        "Sigmoid", "Softplus", "Sub", "Tanh",    "Where"};
  return node.domain.empty() && std::ranges::find(kTypes, node.type) != kTypes.end();
}

// The axes that all reductions of the region go over and keep; empty where they differ.
std::vector<std::size_t> common_axes(GraphEditor& e, const Region& region) {
  std::vector<std::size_t> common;
  for (const NodeId n : region.nodes) {
    if (!e.node(n).type.starts_with("Reduce")) continue;
    const NodeReader node(e.graph(), n);
    const std::vector<std::size_t> axes = node.axes(1, node.dims(0).size());
    if (!node.flag("keepdims", true) || axes.empty() || (!common.empty() && axes != common)) return {};
    common = axes;
  }
  return common;
}

// Two means, of x and of its square or of that of what it differs from its mean, and a root: a layer normalization. One
// mean, of the square: the root mean square alone.
bool normalizes(const Census& c) {
  const bool squares = c.powers + c.pair_products > 0;
  const bool root = c.roots == 1 || (c.roots == 0 && (c.powers == 2 || (c.powers == 1 && c.pair_products >= 2)));
  const bool scales = c.quotients + c.pair_products > 0 && c.pair_products <= 3 && c.products <= 1 && c.sums <= 2;
  // x g / s + (b - m g / s) has a sum of two tensors and a second difference; another such sum is something else.
  const bool sums = c.pair_sums == 0 || (c.pair_sums == 1 && c.differences == 2);
  return squares && root && scales && sums && c.exponential == 0 && c.maxima == 0 && c.totals == 0;
}

bool is_softmax(const Census& c) {
  return c.maxima == 1 && c.differences == 1 && c.exponential == 1 && c.totals == 1 && c.means == 0 &&
         c.nodes - c.casts == 4 + c.quotients + c.reciprocals + c.pair_products &&
         (c.quotients == 1 || (c.reciprocals == 1 && c.pair_products == 1));
}

std::optional<Recognised> recognise_normalization(GraphEditor& e, const Region& region) {
  const Census c = census(e, region);
  if (c.means + c.maxima == 0) return std::nullopt;
  const std::vector<std::size_t> axes = common_axes(e, region);
  if (axes.empty()) return std::nullopt;
  const auto rank = e.graph().values[region.source].dims().size();
  const bool trailing = axes.back() + 1 == rank && axes.back() - axes.front() + 1 == axes.size();
  const auto first = static_cast<std::int64_t>(axes.front());
  const std::map<std::string, Attribute> axis{{"axis", Attribute::integer(first)}};
  if (is_softmax(c)) {
    const bool alone = axes.size() == 1 && (trailing || e.graph().opset >= 13) && c.parameters.empty();
    return alone ? std::optional(Recognised{"Softmax", axis, {}}) : std::nullopt;
  }
  if (!normalizes(c)) return std::nullopt;
  if (c.means == 1 && c.differences == 0 && trailing && c.parameters.size() <= 1)
    return Recognised{"RMSNormalization", axis, c.parameters};
  if (c.means != 2 || c.differences == 0 || c.parameters.size() > 2) return std::nullopt;
  if (trailing) return Recognised{"LayerNormalization", axis, c.parameters};
  const std::vector<std::int64_t> numbers(axes.begin(), axes.end());
  return Recognised{"MeanVarianceNormalization", {{"axes", Attribute::integers(numbers)}}, c.parameters};
}

bool may_be_in_normalization(const Node& node) {
  constexpr std::array<std::string_view, 12> kTypes{
      "Add", "Cast", "Div", "Exp", "Mul", "Pow", "Reciprocal", "ReduceMax", "ReduceMean", "ReduceSum", "Sqrt", "Sub"};
  return node.domain.empty() && std::ranges::find(kTypes, node.type) != kTypes.end();
}

}  // namespace

const std::vector<PatternFamily>& pattern_families() {
  static const std::vector<PatternFamily> kFamilies{
      {{"Abs", "Clip", "Erf", "Exp", "HardSigmoid", "Log", "Max", "Min", "Neg", "Sigmoid", "Tanh", "Where"},
       12,
       may_be_in_function,
       recognise_function},
      {{"ReduceMax", "ReduceMean"}, 16, may_be_in_normalization, recognise_normalization},
  };
  return kFamilies;
}

}  // namespace tessera::models
