// Shape inference of one node: what its rule reads, and where the rule puts shapes and numbers of the outputs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/operators/node_reader.h"

namespace tessera::models {

struct KnownOperator;

class Inference : public NodeReader {
 public:
  Inference(Graph& graph, NodeId id) : NodeReader(graph, id), values_(graph.values), notes_(graph.notes) {}

  void output(std::size_t i, Dims dims);             // checks every extent; the element type is that of input 0
  void output_type(std::size_t i, ElementType);      // of an output with another one; nothing where it is not there
  Value& result(std::size_t i = 0);                  // of an output that is there
  void set_ints(std::vector<std::int64_t> numbers);  // output 0 is a constant with these numbers (few enough only)
  void note(std::string what) { notes_.push_back({node().name, std::move(what)}); }

 private:
  std::vector<Value>& values_;
  std::vector<PassNote>& notes_;
};

// One node whose inputs are inferred: its outputs' shapes, or what is wrong with it.
[[nodiscard]] std::optional<std::string> infer_node(Graph&, NodeId);

// As many inputs and outputs as the operator has. An input may be left out (no name) behind the required ones only,
// and nowhere in a list of any length. Throws NodeError.
void check_arity(const Inference&, const KnownOperator&);

// Numpy's rule: ranks aligned at the last axis, extents equal or 1.
[[nodiscard]] Dims broadcast(const NodeReader&, const Dims& a, const Dims& b);
// Whether that makes `to` of `from` alone.
[[nodiscard]] bool broadcasts_to(const Dims& from, const Dims& to);
// The rule of operators whose output has the shape of their first input.
void same_shape(Inference&);

}  // namespace tessera::models
