// The graph as a file gives it, before the simulator's view (network.h): nodes with ONNX operator types and attributes,
// values with shapes. Both readers, ONNX and YAML, build this one form; inference, folding and fusion work on it.
//
// A value without producer is a network input or a constant. Constants carry their numbers where they have few enough
// of them (kMostNumbers) that a shape may depend on them; weights never do.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "models/graph/element_type.h"
#include "models/network/network.h"

namespace tessera::models {

using ValueId = std::uint32_t;
using NodeId = std::uint32_t;
using Dims = std::vector<std::int64_t>;

inline constexpr std::int64_t kMaxElements = std::int64_t{1} << 40;  // of one tensor: beyond it a file is damaged
inline constexpr std::size_t kMaxAxes = 16;
inline constexpr std::int64_t kMostOperators = 65'535;  // of a network that runs: records number them in 16 bits
inline constexpr std::int64_t kMaxMacs = std::int64_t{1} << 62;  // of a whole network
// Of a constant with more elements the shape is known and the numbers are not. Shapes, axes, scales, masks and grids
// that other shapes follow from are smaller.
inline constexpr std::int64_t kMostNumbers = 4096;

// A constant's shape and, where kept, its numbers: `ints` or `reals`, by its type. Booleans are the integers 0 and 1.
struct Literal {
  Dims dims;
  std::optional<std::vector<std::int64_t>> ints;
  std::optional<std::vector<double>> reals;
  ElementType type = ElementType::unknown;  // `unknown` in networks without types (YAML)
  [[nodiscard]] bool known() const { return ints.has_value() || reals.has_value(); }
};

struct Subgraph;

// An attribute as the file gives it; what it must be is said by the rule that reads it (operators/node_reader.h).
struct Attribute {
  // `none`: no value, or none of the type that the file declares. `other`: kinds that no operator here reads (lists of
  // tensors and of graphs, sparse tensors).
  enum class Kind : std::uint8_t { none, integer, integers, real, reals, text, texts, tensor, graph, other };
  Kind kind = Kind::none;
  std::vector<std::int64_t> ints;  // one of `integer`
  std::vector<double> reals;       // one of `real`
  std::string text;
  std::vector<std::string> texts;
  std::optional<Literal> tensor;
  std::shared_ptr<const Subgraph> graph;

  [[nodiscard]] static Attribute integer(std::int64_t);
  [[nodiscard]] static Attribute integers(std::vector<std::int64_t>);
  [[nodiscard]] static Attribute word(std::string);
  [[nodiscard]] static Attribute words(std::vector<std::string>);
};

struct Value {
  std::string name;
  Literal literal;  // literal.dims is the shape once `shaped`
  bool shaped = false;
  bool declared = false;  // literal.dims is what the file itself says of the result of a node that the host runs
  bool opaque = false;    // no tensor: a sequence or a map, which the host alone can read
  bool constant = false;
  bool initializer = false;  // a constant that the file itself holds: counts as parameters where operators read it
  bool network_input = false, network_output = false;
  NodeId producer = kNone;
  ValueId spread_of = kNone;  // the constant that an Expand or Tile has made this one of, by broadcasting alone
  [[nodiscard]] const Dims& dims() const { return literal.dims; }
  [[nodiscard]] ElementType type() const { return literal.type; }
};

// An operator that was fused behind a node's head (PostOperation before values became tensors).
struct FusedPost {
  base::Function function = base::Function::identity;
  ValueId parameter = kNone;
  std::string name;
};

// A node that the host runs.
struct HostTask {
  base::Ps time{0};
  std::size_t rule = 0;  // that named it (host_rule.h)
  std::string domain;    // of its type
};
inline constexpr const char* kHostDomain = "host";  // Node::domain of such a node

struct Node {
  std::string name;  // unique; made from the output's name where the file has none
  std::string type;
  std::string domain;           // "" = ONNX's own
  std::vector<ValueId> inputs;  // kNone = left out
  std::vector<ValueId> outputs;
  std::vector<ValueId> captures;  // what the graphs among its attributes read from around them
  std::map<std::string, Attribute> attributes;
  std::vector<FusedPost> posts;  // in order; outputs[0] is what the last of them gives
  std::optional<HostTask> host;
  base::SourceLocation where;  // file, and line and column where the file has lines
};

// The body of an If, a Loop or a Scan, in the order of the file. Its values stand in the same list as all others, so
// that what it reads from around it needs no names; no value has a producer before inference has put the body in place.
struct Subgraph {
  std::vector<Node> nodes;
  std::vector<ValueId> inputs, outputs;
};

struct Graph {
  std::string name, file;
  std::int64_t opset = 0;
  std::vector<Value> values;
  std::vector<Node> nodes;
  std::vector<PassNote> notes;
  std::int64_t file_operators = 0;
  std::int64_t parameters = 0;

  [[nodiscard]] ValueId add_value(std::string value_name);
  // The same with a shape, of the type of `like` and a constant where that is one.
  [[nodiscard]] ValueId add_value(std::string value_name, Dims shape, ValueId like);
  // The nodes that read each value, ascending; one entry for each reading node.
  [[nodiscard]] std::vector<std::vector<NodeId>> readers() const;
};

// Node ids so that producers come first, ties in file order; or an error that names the nodes of a cycle.
[[nodiscard]] base::Result<std::vector<NodeId>> topological_order(const Graph&);
// By node: whether a network output depends on it.
[[nodiscard]] std::vector<bool> live_nodes(const Graph&);
// Removes the nodes for which `keep` is false and renumbers; values stay.
void keep_nodes(Graph&, const std::vector<bool>& keep);
// Puts the nodes in that order and renumbers; nodes that `order` leaves out are gone.
void sort_nodes(Graph&, const std::vector<NodeId>& order);

// "node '/conv1/Conv' (Conv)".
[[nodiscard]] std::string describe(const Node&);
// "[1, 64, 56, 56]".
[[nodiscard]] std::string describe(const Dims&);
[[nodiscard]] std::int64_t elements(const Dims&);
// Whether a tensor may have that shape: at most kMaxAxes axes, no extent negative, at most kMaxElements elements (those
// of an empty tensor counted along its other axes).
[[nodiscard]] bool possible(const Dims&);

}  // namespace tessera::models
