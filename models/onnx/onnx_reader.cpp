#include "models/onnx/onnx_reader.h"

#include <fmt/format.h>

#include <set>
#include <unordered_map>
#include <utility>

#include "models/onnx/mapped_file.h"
#include "models/onnx/messages.h"

namespace tessera::models {

namespace {

using base::Diagnostics;

constexpr std::int64_t kOldestIr = 3;  // IR 1 and 2 are the files of 2017, with attributes without type

// Moves the messages of one file into a Graph, collecting what is wrong on the way.
class Import {
 public:
  Import(const std::filesystem::path& path, const onnx::ModelMessage& model) : model_(model) {
    graph_.file = path.string();
    graph_.name = path.stem().string();
    graph_.opset = model.opset;
  }

  base::Result<Graph> run() && {
    add_constants();
    add_inputs();
    declare_outputs();
    connect();
    mark_outputs();
    if (!problems_.empty()) return std::move(problems_);
    return std::move(graph_);
  }

 private:
  void error(std::string message) { problems_.add({graph_.file}, std::move(message)); }

  // A new value under a name that must be new in this file.
  ValueId define(std::string_view name, const std::string& by) {
    const auto [at, fresh] = ids_.emplace(name, static_cast<ValueId>(graph_.values.size()));
    if (!fresh) {
      error(fmt::format("tensor '{}' is defined twice, the second time by {}", name, by));
      return at->second;
    }
    return graph_.add_value(std::string(name));
  }

  void add_constants() {
    for (const onnx::Tensor& t : model_.graph.initializers) {
      const ValueId id = define(t.name, "an initializer");
      Value& v = graph_.values[id];
      for (const std::int64_t d : t.literal.dims)
        if (d < 0 || d > kMaxElements) return error(fmt::format("initializer '{}' has the extent {}", t.name, d));
      v.literal = t.literal;
      v.shaped = v.constant = v.initializer = true;
    }
  }

  void add_inputs() {
    for (const onnx::ValueInfo& info : model_.graph.inputs) {
      if (ids_.count(info.name) != 0 && graph_.values[ids_.at(info.name)].initializer)
        continue;  // IR 3 lists weights here
      const ValueId id = define(info.name, "an input");
      Value& v = graph_.values[id];
      v.network_input = v.shaped = true;
      v.literal.integer = info.element_type == 6 || info.element_type == 7 || info.element_type == 9;
      if (!info.has_shape)
        error(fmt::format("input '{}' has no shape: export the network with fixed shapes", info.name));
      for (std::size_t i = 0; i < info.dimensions.size(); ++i) {
        const onnx::Dimension& d = info.dimensions[i];
        if (d.extent > 0 && d.extent <= kMaxElements) {
          v.literal.dims.push_back(d.extent);
          continue;
        }
        error(d.symbol.empty()
                  ? fmt::format("input '{}': dimension {} has no fixed extent: export the network with fixed shapes",
                                info.name, i)
                  : fmt::format("input '{}': dimension {} is the symbol '{}': export the network with a number there",
                                info.name, i, d.symbol));
      }
    }
  }

  void declare_outputs() {
    std::set<std::string> names;
    for (const onnx::NodeMessage& message : model_.graph.nodes) {
      Node node;
      node.type = std::string(message.type);
      node.domain = message.domain == "ai.onnx" ? "" : std::string(message.domain);
      node.where = {graph_.file};
      node.name = std::string(message.name);
      if (node.name.empty()) node.name = message.outputs.empty() ? node.type : std::string(message.outputs.front());
      while (!names.insert(node.name).second) node.name += "'";
      for (const onnx::NamedAttribute& a : message.attributes) node.attributes.emplace(a.name, a.attribute);
      const auto id = static_cast<NodeId>(graph_.nodes.size());
      for (const std::string_view output : message.outputs) {
        node.outputs.push_back(output.empty() ? kNone : define(output, describe(node)));
        if (!output.empty()) graph_.values[node.outputs.back()].producer = id;
      }
      graph_.nodes.push_back(std::move(node));
    }
    graph_.file_operators = static_cast<std::int64_t>(graph_.nodes.size());
  }

  void connect() {
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n)
      for (const std::string_view input : model_.graph.nodes[n].inputs) {
        ValueId id = kNone;
        if (!input.empty()) {
          const auto at = ids_.find(input);
          if (at == ids_.end())
            error(fmt::format("{} reads tensor '{}', which no node, input or initializer defines",
                              describe(graph_.nodes[n]), input));
          else id = at->second;
        }
        graph_.nodes[n].inputs.push_back(id);
      }
  }

  void mark_outputs() {
    if (model_.graph.outputs.empty()) error("the graph has no outputs");
    for (const onnx::ValueInfo& info : model_.graph.outputs) {
      const auto at = ids_.find(info.name);
      if (at == ids_.end()) error(fmt::format("network output '{}' is defined by no node", info.name));
      else graph_.values[at->second].network_output = true;
    }
  }

  const onnx::ModelMessage& model_;
  Graph graph_;
  Diagnostics problems_;
  std::unordered_map<std::string_view, ValueId> ids_;
};

// Files that are ONNX but of a kind that cannot be read.
std::optional<std::string> refusal(const onnx::ModelMessage& model) {
  if (model.ir_version < kOldestIr || model.opset == 0) {
    const std::string first =
        model.graph.nodes.empty()
            ? ""
            : fmt::format(" (first node: {} '{}')", model.graph.nodes.front().type,
                          model.graph.nodes.front().outputs.empty() ? "" : model.graph.nodes.front().outputs.front());
    return fmt::format(
        "ONNX IR version {} without an operator set, the format of 2017{}: export the network again with "
        "operator set 9 or later",
        model.ir_version, first);
  }
  if (model.functions) return "the file defines functions of its own: inline them first";
  if (model.graph.sparse_initializers) return "sparse initializers are not supported";
  return std::nullopt;
}

}  // namespace

base::Result<Graph> read_onnx(const std::filesystem::path& path) {
  auto file = onnx::MappedFile::open(path);
  if (!file) return file.problems();
  const std::string_view bytes = file->bytes();
  if (bytes.empty()) return base::failure({path.string()}, "the file is empty");
  onnx::ModelMessage model;
  if (!onnx::parse(bytes, model)) return base::failure({path.string()}, "not an ONNX file, or cut off before its end");
  if (!model.has_graph) return base::failure({path.string()}, "not an ONNX file: it holds no graph");
  if (auto reason = refusal(model)) return base::failure({path.string()}, std::move(*reason));
  return Import(path, model).run();
}

}  // namespace tessera::models
