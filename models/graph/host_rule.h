// Which nodes of a network the host runs instead of the machine, and how long each takes (docs/semantics.md 16.1).
// The nodes are marked as a reader makes them: every pass then meets a node of the host's domain, which follows
// one rule whatever its type is (operators/host.cpp).
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace tessera::models {

struct Node;

struct HostRule {
  std::string type;     // "NonMaxSuppression"; with its domain "ai.onnx.ml.ZipMap", without it in any; empty: any
  std::string pattern;  // of the node's name (glob: * and ?); empty: any
  base::Ps time{0};
  base::SourceLocation where;
  // Wherever they were written.
  friend bool operator==(const HostRule& a, const HostRule& b) {
    return a.type == b.type && a.pattern == b.pattern && a.time == b.time;
  }
};
using HostRules = std::vector<HostRule>;

// "NonMaxSuppression", "ai.onnx.ml.ZipMap": how a rule names the type of a node.
[[nodiscard]] std::string host_key(const Node&);
// Of several rules the first that names the node counts. A node that none names stays as it is.
void mark_for_host(const HostRules&, Node&);
// The node is the machine's again.
void unmark_for_host(Node&);

}  // namespace tessera::models
