// The walk of shape inference over a graph, producers first: every node gets its shapes, or is put in place of what it
// stands for, or becomes a constant.
//
// What remains in the graph are nodes that work on data. Gone are nodes whose inputs are all constants (with their
// numbers, as far as models/constants evaluates them), those that pass their input on, the branch of an If that is not
// taken, Loop and Scan (their bodies stand there once for each iteration), and sequences of tensors.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "models/graph/graph.h"
#include "models/graph/unique_names.h"

namespace tessera::models {

class ShapeWalk {
 public:
  // Of a graph in topological order.
  explicit ShapeWalk(Graph&);
  // All operators that cannot be simulated, or else the first node that is wrong.
  [[nodiscard]] base::Diagnostics run();
  // After a failure: the types of the operators that only the host could run.
  [[nodiscard]] std::vector<std::string> for_host() const;

 private:
  // What the values of a body are called in one iteration: by their ids in the file, the ids that stand for them.
  struct Frame {
    const Frame* outer = nullptr;
    bool repeated = false;  // a body that is put in place more than once: its values are new each time
    std::string prefix;     // of the names of its nodes
    std::unordered_map<ValueId, ValueId> names = {};
  };

  // shape_walk.cpp
  void visit(Node, Frame&);
  void place(Node);
  [[nodiscard]] bool pass_on(const Node&);
  void keep_source(const Node&);
  bool fold(NodeId);
  void count_parameters(const Node&);
  [[nodiscard]] ValueId resolve(ValueId, const Frame&) const;
  [[nodiscard]] ValueId new_value(std::string name);
  [[nodiscard]] ValueId new_value_like(ValueId, std::string name);
  void alias(ValueId from, ValueId to);
  void unknown(const Node&);
  void fail(const Node&, std::string message);
  // The same of what the machine cannot run, and the host could.
  void refuse(const Node&, std::string message);
  void count_refused(const Node&);
  [[nodiscard]] base::Diagnostics unknown_problems();

  // host_nodes.cpp
  // Whether what a node of the host makes is known from the file, so that there is no task.
  [[nodiscard]] bool known_already(const Node&) const;
  void take_captures(Node&, const Frame&) const;
  [[nodiscard]] bool reads_opaque(const Node&);

  // control_flow.cpp
  [[nodiscard]] bool expand_control(const Node&, const Frame&);
  void expand_if(const Node&, const Frame&);
  void expand_loop(const Node&, const Frame&);
  void expand_scan(const Node&, const Frame&);
  struct Iteration {
    std::vector<ValueId> given;  // for the inputs of the body
    std::int64_t number = 0;
  };
  // The values of the body's outputs after one more iteration; empty where something failed.
  [[nodiscard]] std::vector<ValueId> iterate(const Node&, const Subgraph& body, const Frame&, const Iteration&);
  void give_no_parts(const Node&, const Subgraph& body, const Frame&, const std::vector<ValueId>& state);
  void give(const Node&, std::size_t output, ValueId result);
  void stack(const Node&, std::size_t output, const std::vector<ValueId>& parts, std::int64_t axis);
  [[nodiscard]] ValueId constant(std::int64_t number, ElementType, bool as_list = false);
  [[nodiscard]] const std::vector<std::int64_t>* numbers(ValueId) const;
  [[nodiscard]] std::string cause_of_unknown(ValueId) const;
  [[nodiscard]] Node node_like(const Node&, std::string type, std::vector<ValueId> inputs,
                               std::vector<ValueId> outputs) const;

  // sequences.cpp
  [[nodiscard]] bool expand_sequence(const Node&);
  void follow_sequence(const Node&);
  void split_to_sequence(const Node&);
  void concat_from_sequence(const Node&);
  [[nodiscard]] const std::vector<ValueId>& sequence(const Node&, std::size_t input) const;
  [[nodiscard]] std::optional<std::size_t> position(const Node&, std::size_t input, std::size_t count) const;

  Graph& graph_;
  Frame main_;
  UniqueNames names_;
  std::vector<ValueId> alias_;  // by value: what it passes on; kNone: itself
  std::vector<bool> computed_;  // by value: a constant that nodes computed, and no file holds
  std::vector<bool> counted_;   // by value: among the parameters
  std::unordered_map<ValueId, std::vector<ValueId>> sequences_;
  struct Unknown {
    Node first;
    int count = 0;
  };
  std::vector<Unknown> unknown_;
  base::Diagnostics problems_;      // of the first node that is wrong
  std::optional<Unknown> refused_;  // where the host could run it
  std::size_t placed_ = 0;          // nodes that bodies added
};

}  // namespace tessera::models
