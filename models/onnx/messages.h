// The messages of an ONNX file as far as the simulator needs them: graph, nodes, attributes, shapes. Views into the
// file's bytes; a tensor's numbers are decoded only where they may be a shape (small_numbers).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "models/graph/graph.h"

namespace tessera::models::onnx {

// A dimension of a network input: a number, or a name that the user would have to bind.
struct Dimension {
  std::optional<std::int64_t> extent;
  std::string_view symbol;
};

struct ValueInfo {
  std::string_view name;
  ElementType element_type = ElementType::unknown;
  bool has_shape = false;
  std::vector<Dimension> dimensions;
};

struct Tensor {
  std::string_view name;
  Literal literal;
};

struct NamedAttribute {
  std::string_view name;
  Attribute attribute;
};

struct NodeMessage {
  std::string_view name, type, domain;
  std::vector<std::string_view> inputs, outputs;
  std::vector<NamedAttribute> attributes;
};

struct GraphMessage {
  std::string_view name;
  std::vector<NodeMessage> nodes;
  std::vector<Tensor> initializers;
  std::vector<ValueInfo> inputs, outputs;
  bool sparse_initializers = false;
};

struct ModelMessage {
  std::int64_t ir_version = 0;
  std::int64_t opset = 0;  // of ONNX's own domain; 0 = none declared
  bool functions = false;  // model-local functions
  bool has_graph = false;
  GraphMessage graph;
};

// False where the bytes are no ONNX message or end early.
[[nodiscard]] bool parse(std::string_view bytes, ModelMessage& out);

}  // namespace tessera::models::onnx
