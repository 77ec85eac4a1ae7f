// The messages of an ONNX file as far as the simulator needs them: graph, nodes, attributes, shapes, functions. Views
// into the file's bytes; a tensor's numbers are decoded only where there are few (tensor_numbers.h). A graph inside an
// attribute stays bytes until it is asked for, so that no nesting of a damaged file exhausts the stack here.
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
  bool is_tensor = false;  // else a sequence, an optional, a map
  bool is_other = false;   // one of these, and the file says so
  std::vector<Dimension> dimensions;
};

// Where a tensor's bytes stand outside the file.
struct ExternalData {
  std::string_view location;  // beside the file
  std::int64_t offset = 0;
  std::optional<std::int64_t> length;
};

struct Tensor {
  std::string_view name;
  Literal literal;
  std::optional<ExternalData> external;
};

struct NamedAttribute {
  std::string_view name;
  Attribute attribute;         // kind `graph`: its graph stands in `graph`
  std::string_view graph;      // bytes of a GraphProto
  std::string_view reference;  // inside a function: the attribute of the call whose value this one takes
};

struct NodeMessage {
  std::string_view name, type, domain, overload;
  std::vector<std::string_view> inputs, outputs;
  std::vector<NamedAttribute> attributes;
};

// An operator that the file itself defines.
struct FunctionMessage {
  std::string_view name, domain, overload;
  std::vector<std::string_view> inputs, outputs;
  std::vector<NamedAttribute> defaults;  // of attributes that a call may leave out
  std::vector<NodeMessage> nodes;
};

struct GraphMessage {
  std::string_view name;
  std::vector<NodeMessage> nodes;
  std::vector<Tensor> initializers;
  std::vector<ValueInfo> inputs, outputs;
  std::vector<std::string_view> infos;  // bytes of a ValueInfoProto each: what the file says of other tensors
  bool sparse_initializers = false;
};

struct ModelMessage {
  std::int64_t ir_version = 0;
  std::int64_t opset = 0;  // of ONNX's own domain, by the model or else by one of its functions; 0 = none declared
  bool has_graph = false;
  std::vector<FunctionMessage> functions;
  GraphMessage graph;
};

// False where the bytes are no such message or end early.
[[nodiscard]] bool parse(std::string_view bytes, ModelMessage& out);
[[nodiscard]] bool parse_graph(std::string_view bytes, GraphMessage& out);
[[nodiscard]] bool parse_value_info(std::string_view bytes, ValueInfo& out);

}  // namespace tessera::models::onnx
