// Conversions between formats as nodes of a graph, and the constants that they stand in front of.
#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "models/graph/graph.h"

namespace tessera::models {

inline constexpr const char *kDequantize = "DequantizeLinear", *kQuantize = "QuantizeLinear";

// Of ONNX's own operators.
[[nodiscard]] inline bool is(const Node& n, std::string_view type) { return n.domain.empty() && n.type == type; }
[[nodiscard]] inline bool converts(const Node& n) { return is(n, kDequantize) || is(n, kQuantize); }

// A constant's numbers are no shape once they are a weight's.
void make_weight(Graph&, ValueId);
// Of a constant that the file or a node holds; `unknown` where the file does not say.
[[nodiscard]] ElementType constant_type(const Graph&, ValueId);
// Of what a conversion makes: said by its zero point or scale, or by an attribute.
[[nodiscard]] ElementType result_type(const Graph&, const Node&);

// Values that are gone, and what stands for each.
using Aliases = std::map<ValueId, ValueId>;
// The node reads what stands for a value that is gone; its graphs do, too.
void read_instead(Node&, const Aliases&);

// Constants of the file, and what nodes make of such alone.
class Constants {
 public:
  // `order`: the nodes so that producers come first.
  Constants(const Graph&, const std::vector<NodeId>& order);
  // An operand that was left out is one.
  [[nodiscard]] bool contains(ValueId v) const { return v == kNone || (v < constant_.size() && constant_[v]); }
  void add(ValueId v) {
    if (v >= constant_.size()) constant_.resize(v + 1);
    constant_[v] = true;
  }

 private:
  std::vector<bool> constant_;  // by value
};

}  // namespace tessera::models
