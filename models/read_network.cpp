#include "models/read_network.h"

#include <fmt/format.h>

#include "models/expansion/expand.h"
#include "models/graph/graph.h"
#include "models/host_effects.h"
#include "models/onnx/onnx_reader.h"
#include "models/open_dimensions.h"
#include "models/passes/infer_shapes.h"
#include "models/passes/lower.h"
#include "models/passes/passes.h"
#include "models/passes/quantization/quantization.h"
#include "models/yaml/yaml_reader.h"

namespace tessera::models {

namespace {

// The nodes of a quantised network that are parts of one function, such as a layer normalization: known from the
// floating-point network that it was made from.
Joined functions_of(Graph graph) {
  drop_quantization(graph);
  if (!infer_shapes(graph).empty()) return {};  // which says it again, of the network itself
  return recognise_patterns(graph);
}

// `for_host`: as of infer_shapes().
base::Result<Network> compile(Graph graph, const ReadOptions& options = {},
                              std::vector<std::string>* for_host = nullptr) {
  const HostEffects effects(graph, options.host);
  const bool quantized = is_quantized(graph);
  if (quantized)
    if (auto problems = expand_quantized(graph); !problems.empty()) return problems;
  if (options.keeps_quantization) fold_quantization(graph, quantized ? functions_of(graph) : Joined{});
  else if (quantized) drop_quantization(graph);
  if (auto problems = infer_shapes(graph, for_host); !problems.empty()) return problems;
  if (auto problems = effects.without_effect(graph); !problems.empty()) return problems;
  drop_casts(graph);
  split_products(graph);
  slice_gathers(graph);
  if (auto problems = expand_nodes(graph); !problems.empty()) return problems;
  expand_einsum(graph);
  turn_weights_first(graph);
  recognise_block_moves(graph);
  (void)recognise_patterns(graph);
  fold_scales(graph);
  drop_expands(graph);
  join_heads(graph);
  write_reductions_alike(graph);
  drop_spatial_axes(graph);
  join_groups(graph);
  recognise_patches(graph);
  fold_padding(graph);
  hoist_functions(graph);
  go_over_axes_first(graph);
  join_reductions(graph);
  pool_images(graph);
  merge_moves(graph);
  split_transposed_axes(graph);
  join_views(graph);
  order_rows(graph);
  merge_moves(graph);
  fuse_posts(graph);
  nest_concats(graph);
  move_early(graph);
  order_operands(graph);
  auto network = lower(graph);
  if (network && !options.keeps_quantization)
    for (Tensor& t : network->tensors) t.precision.reset();
  return network;
}

// A graph of one node with constant weights.
Graph single_node(const std::string& name, const std::string& type, Dims input, Dims weight) {
  Graph g;
  g.name = g.file = name;
  g.opset = 17;
  g.file_operators = 1;
  for (const char* value : {"input", "weight", "output"}) (void)g.add_value(value);
  g.values[0].literal.dims = std::move(input);
  g.values[1].literal.dims = std::move(weight);
  g.values[0].shaped = g.values[0].network_input = g.values[1].shaped = g.values[1].constant = g.values[1].initializer =
      true;
  g.values[2].network_output = true;
  g.values[2].producer = 0;
  Node node;
  node.name = name;
  node.type = type;
  node.inputs = {0, 1};
  node.outputs = {2};
  g.nodes.push_back(std::move(node));
  return g;
}

bool reasonable(const Dims& numbers) {
  for (const std::int64_t n : numbers)
    if (n < 1 || n > (std::int64_t{1} << 31)) return false;
  return true;
}

}  // namespace

namespace {

base::Result<Network> read(const std::filesystem::path& path, const ReadOptions& options,
                           std::vector<std::string>* for_host) {
  const std::string extension = path.extension().string();
  if (extension == ".yaml" || extension == ".yml") {
    auto graph = read_yaml_graph(path, options.host);
    if (!graph) return graph.problems();
    if (!options.bind.empty())
      return base::failure({path.string()}, fmt::format("'{}' is bound to {}, but in a YAML graph every dimension is a "
                                                        "number: leave it out",
                                                        options.bind.begin()->first, options.bind.begin()->second));
    return compile(std::move(graph).value(), options, for_host);
  }
  auto read = read_onnx(path, options.bind, options.host);
  if (!read) return read.problems();
  const auto attempt = [&](const Bindings& all) -> base::Diagnostics {
    auto tried = read_onnx(path, all, options.host);
    if (!tried) return tried.problems();
    auto network = compile(std::move(tried->graph), options, for_host);
    if (network && for_host != nullptr) for_host->clear();
    return network ? base::Diagnostics{} : network.problems();
  };
  const NamedDimensions& dimensions = read->dimensions;
  if (!dimensions.unknown.empty()) return unknown_dimensions(path, dimensions, options.bind, attempt);
  if (!dimensions.open.empty()) return open_dimensions(path, dimensions.open, options.bind, attempt);
  return compile(std::move(read->graph), options, for_host);
}

}  // namespace

base::Result<Network> read_network(const std::filesystem::path& path, const ReadOptions& options) {
  std::vector<std::string> for_host;
  auto network = read(path, options, &for_host);
  if (network || for_host.empty()) return network;
  return remedied(network.problems(), for_host, [&](const HostRules& more, std::vector<std::string>& still) {
    ReadOptions with = options;
    with.host.insert(with.host.end(), more.begin(), more.end());
    auto tried = read(path, with, &still);
    return tried ? base::Diagnostics{} : tried.problems();
  });
}

base::Result<Network> gemm_network(const GemmShape& s) {
  if (!reasonable({s.m, s.k, s.n})) return base::failure("a GEMM needs M, K and N of at least 1");
  return compile(single_node("gemm", "MatMul", {s.m, s.k}, {s.k, s.n}));
}

base::Result<Network> conv_network(const ConvShape& s) {
  if (!reasonable({s.w, s.h, s.c, s.k, s.kw, s.kh, s.sx, s.sy, s.dx, s.dy, s.groups}))
    return base::failure("a convolution needs extents, strides, dilations and groups of at least 1");
  Graph g = single_node("conv", "Conv", {1, s.c, s.h, s.w}, {s.k, s.c / s.groups, s.kh, s.kw});
  auto& attributes = g.nodes.front().attributes;
  attributes = {{"strides", Attribute::integers({s.sy, s.sx})},
                {"pads", Attribute::integers({s.pt, s.pl, s.pb, s.pr})},
                {"dilations", Attribute::integers({s.dy, s.dx})},
                {"group", Attribute::integer(s.groups)}};
  return compile(std::move(g));
}

}  // namespace tessera::models
