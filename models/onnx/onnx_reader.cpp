#include "models/onnx/onnx_reader.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/utf8.h"
#include "models/onnx/import.h"
#include "models/onnx/mapped_file.h"
#include "models/onnx/messages.h"

namespace tessera::models {

namespace {

using base::as_utf8;

constexpr std::int64_t kOldestIr = 3;  // IR 1 and 2 are the files of 2017, with attributes without type

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
  if (model.graph.sparse_initializers) return "sparse initializers are not supported";
  return std::nullopt;
}

}  // namespace

base::Result<OnnxNetwork> read_onnx(const std::filesystem::path& path, const Bindings& bindings,
                                    const HostRules& host) {
  auto file = onnx::MappedFile::open(path);
  if (!file) return file.problems();
  const std::string_view bytes = file->bytes();
  if (bytes.empty()) return base::failure({path.string()}, "the file is empty");
  onnx::ModelMessage model;
  if (!onnx::parse(bytes, model)) return base::failure({path.string()}, "not an ONNX file, or cut off before its end");
  if (!model.has_graph) return base::failure({path.string()}, "not an ONNX file: it holds no graph");
  if (auto reason = refusal(model)) return base::failure({path.string()}, std::move(*reason));
  OnnxNetwork network;
  auto graph = onnx::Import(path, model, bindings, host).run(network.dimensions);
  if (!graph) return graph.problems();
  network.graph = std::move(graph).value();
  return network;
}

}  // namespace tessera::models
