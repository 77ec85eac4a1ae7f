// A parameter as people see it, and the walk that matches a tree against a list of them.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/config/node.h"

namespace tessera::base {

struct ParameterInfo {
  std::string path;          // "core.pe_array.rows"
  std::string kind;          // "whole number", "size", "choice", ...
  std::string unit;          // "B, KiB, MiB ..." or empty
  std::string default_text;  // as a file would write it, or in words where it follows from other parameters
  std::string range;         // "1 to 4096", "a | b", or empty
  std::string text;          // what it stands for
  bool required = false;
};

// Calls visit(index, node) for every parameter that the tree sets, in the order of the tree. Unknown keys, maps where
// a value belongs and the reverse, and required parameters that are missing are reported.
void match_parameters(const Node& root, const std::vector<const ParameterInfo*>& parameters,
                      const std::function<void(std::size_t, const Node&)>& visit, Diagnostics& problems);

// Puts a value at a path of a tree of maps, in the order of calls.
void put(Node& root, std::string_view path, Node value);

// The tree as YAML text in block style; reads back to the same tree.
[[nodiscard]] std::string write_yaml(const Node& root);

}  // namespace tessera::base
