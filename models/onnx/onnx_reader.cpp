#include "models/onnx/onnx_reader.h"

#include <fmt/format.h>

#include <unordered_map>
#include <utility>

#include "base/utf8.h"
#include "models/graph/unique_names.h"
#include "models/onnx/mapped_file.h"
#include "models/onnx/messages.h"

namespace tessera::models {

namespace {

using base::as_utf8;
using base::Diagnostics;

constexpr std::int64_t kOldestIr = 3;  // IR 1 and 2 are the files of 2017, with attributes without type

// Moves the messages of one file into a Graph, collecting what is wrong on the way.
class Import {
 public:
  Import(const std::filesystem::path& path, const onnx::ModelMessage& model) : model_(model) {
    graph_.file = path.string();
    graph_.name = base::as_utf8(path.stem().string());
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

  // A new value under a name that must be new in this file. Tensors are told apart by the bytes of their names,
  // whatever they are; from here on a name is UTF-8.
  ValueId define(std::string_view name, const std::string& by) {
    const auto [at, fresh] = ids_.emplace(name, static_cast<ValueId>(graph_.values.size()));
    if (!fresh) {
      error(fmt::format("tensor '{}' is defined twice, the second time by {}", as_utf8(name), by));
      return at->second;
    }
    return graph_.add_value(value_names_.add(as_utf8(name)));
  }

  void add_constants() {
    for (const onnx::Tensor& t : model_.graph.initializers) {
      const ValueId id = define(t.name, "an initializer");
      Value& v = graph_.values[id];
      if (!possible(t.literal.dims)) {
        error(fmt::format("initializer '{}' has the impossible shape {}", v.name, describe(t.literal.dims)));
        continue;
      }
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
      v.literal.type = info.element_type;
      v.literal.integer = info.element_type == ElementType::int32 || info.element_type == ElementType::int64 ||
                          info.element_type == ElementType::boolean;
      if (!info.has_shape) error(fmt::format("input '{}' has no shape: export the network with fixed shapes", v.name));
      if (info.dimensions.size() > kMaxAxes) {
        error(fmt::format("input '{}' has {} axes, at most {} can be", v.name, info.dimensions.size(), kMaxAxes));
        continue;
      }
      add_extents(info, v);
    }
  }

  void add_extents(const onnx::ValueInfo& info, Value& v) {
    bool fixed = true;
    for (std::size_t i = 0; i < info.dimensions.size(); ++i) {
      const onnx::Dimension& d = info.dimensions[i];
      v.literal.dims.push_back(d.extent.value_or(0));
      if (d.extent) continue;
      fixed = false;
      error(d.symbol.empty()
                ? fmt::format("input '{}': dimension {} has no fixed extent: export the network with fixed shapes",
                              v.name, i)
                : fmt::format("input '{}': dimension {} is the symbol '{}': export the network with a number there",
                              v.name, i, as_utf8(d.symbol)));
    }
    if (fixed && !possible(v.literal.dims))
      error(fmt::format("input '{}' has the impossible shape {}", v.name, describe(v.literal.dims)));
  }

  void declare_outputs() {
    UniqueNames names;
    for (const onnx::NodeMessage& message : model_.graph.nodes) {
      Node node;
      node.type = as_utf8(message.type);
      node.domain = message.domain == "ai.onnx" ? "" : as_utf8(message.domain);
      node.where = {graph_.file};
      std::string_view name = message.name;
      if (name.empty() && !message.outputs.empty()) name = message.outputs.front();
      node.name = names.add(name.empty() ? node.type : as_utf8(name));
      for (const onnx::NamedAttribute& a : message.attributes)
        if (!node.attributes.emplace(a.name, a.attribute).second)
          error(fmt::format("{}: attribute '{}' is given twice", describe(node), as_utf8(a.name)));
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
                              describe(graph_.nodes[n]), as_utf8(input)));
          else id = at->second;
        }
        graph_.nodes[n].inputs.push_back(id);
      }
  }

  void mark_outputs() {
    if (model_.graph.outputs.empty()) error("the graph has no outputs");
    for (const onnx::ValueInfo& info : model_.graph.outputs) {
      const auto at = ids_.find(info.name);
      if (at == ids_.end()) error(fmt::format("network output '{}' is defined by no node", as_utf8(info.name)));
      else graph_.values[at->second].network_output = true;
    }
  }

  const onnx::ModelMessage& model_;
  Graph graph_;
  Diagnostics problems_;
  UniqueNames value_names_;
  std::unordered_map<std::string_view, ValueId> ids_;
};

// Files that are ONNX but of a kind that cannot be read.
std::optional<std::string> refusal(const onnx::ModelMessage& model) {
  if (model.ir_version < kOldestIr || model.opset <= 0) {
    std::string first;
    if (!model.graph.nodes.empty()) {
      const onnx::NodeMessage& node = model.graph.nodes.front();
      first = fmt::format(" (first node: {} '{}')", as_utf8(node.type),
                          node.outputs.empty() ? "" : as_utf8(node.outputs.front()));
    }
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
