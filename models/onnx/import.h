// From the messages of one file to a Graph: tensors get ids, functions that the file defines are put in place of their
// calls, bodies of If, Loop and Scan become Subgraphs.
//
// Names are looked up in scopes. A body sees the names around it; a function sees only what it is given. In a function
// every name begins with the call's ("block1/Add"), so that two calls never meet.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "models/graph/bindings.h"
#include "models/graph/graph.h"
#include "models/graph/host_rule.h"
#include "models/graph/unique_names.h"
#include "models/onnx/extents.h"
#include "models/onnx/external_data.h"
#include "models/onnx/messages.h"

namespace tessera::models::onnx {

class Import {
 public:
  Import(const std::filesystem::path&, const ModelMessage&, const Bindings&, const HostRules&);

  // Everything that is wrong is reported. `dimensions`: where names are open or unknown and nothing else is
  // wrong, the graph is of no use.
  [[nodiscard]] base::Result<Graph> run(NamedDimensions& dimensions) &&;

 private:
  struct Scope {
    const Scope* outer = nullptr;  // a body's; null for the main graph and for a function
    std::string prefix;
    const std::map<std::string, Attribute>* given = nullptr;  // attributes of the call, inside a function
    std::unordered_map<std::string_view, ValueId> ids = {};
    std::set<ValueId>* captures = nullptr;  // of a body: what it reads from outside
    int depth = 0;                          // bodies and functions around it
    const GraphMessage* graph = nullptr;    // null for a function
  };
  using FunctionKey = std::pair<std::string, std::string>;  // domain and name

  void error(std::string message) { problems_.add({graph_.file}, std::move(message)); }
  ValueId define(Scope&, std::string_view name, const std::string& by);
  // The value of that name; kNone for an input that the call of a function left out.
  [[nodiscard]] std::optional<ValueId> find(const Scope&, std::string_view name) const;

  void add_constants(Scope&, const GraphMessage&);
  void add_inputs(Scope&);
  void add_extents(const ValueInfo&, Value&);
  void take_number(Value&);
  void mark_outputs(const Scope&);
  // host_outputs.cpp: what the file says of what a node of the host makes.
  void declare_outputs(const Scope&, const NodeMessage&, const Node&);
  void declare(const ValueInfo&, const Node&, Value&);
  void take_extents(Value&);

  // Nodes of a graph, a body or a function, producers anywhere among them.
  void add_nodes(Scope&, const std::vector<NodeMessage>&, std::vector<Node>& into);
  [[nodiscard]] Node read_node(const Scope&, const NodeMessage&);
  void connect(const Scope&, const NodeMessage&, Node&);
  void add_attributes(Scope&, const NodeMessage&, Node&);
  [[nodiscard]] Attribute body(const Scope&, const NamedAttribute&, Node&);
  [[nodiscard]] const FunctionMessage* function_of(const Node&, std::string_view overload) const;
  void call(const Scope&, Node call, const FunctionMessage&, std::vector<Node>& into);

  const ModelMessage& model_;
  Graph graph_;
  base::Diagnostics problems_;
  UniqueNames value_names_, node_names_;
  Extents extents_;
  const Bindings& bindings_;
  const HostRules& host_;
  ExternalFiles external_;
  std::map<FunctionKey, std::vector<const FunctionMessage*>> functions_;
  std::vector<const FunctionMessage*> calls_;  // that are being put in place: a function must not call itself
  std::set<ValueId> awaited_;                  // outputs of these that no node has made yet
  std::size_t nodes_ = 0;                      // so far, of all functions and bodies
};

}  // namespace tessera::models::onnx
