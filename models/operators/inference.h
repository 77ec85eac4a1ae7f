// Shape inference of one node: what its rule reads, and where the rule puts shapes and numbers of the outputs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/operators/node_reader.h"

namespace tessera::models {

class Inference : public NodeReader {
 public:
  Inference(Graph& graph, NodeId id) : NodeReader(graph, id), values_(graph.values) {}

  void output(std::size_t i, Dims dims);             // checks every extent; the element type is that of input 0
  void output_type(std::size_t i, ElementType);      // of an output with another one; nothing where it is not there
  Value& result(std::size_t i = 0);                  // of an output that is there
  void set_ints(std::vector<std::int64_t> numbers);  // output 0 is a constant with these numbers (few enough only)

 private:
  std::vector<Value>& values_;
};

// One node whose inputs are inferred: its outputs' shapes, or what is wrong with it.
[[nodiscard]] std::optional<std::string> infer_node(Graph&, NodeId);

// Numpy's rule: ranks aligned at the last axis, extents equal or 1.
[[nodiscard]] Dims broadcast(const NodeReader&, const Dims& a, const Dims& b);
// The rule of operators whose output has the shape of their first input.
void same_shape(Inference&);

}  // namespace tessera::models
