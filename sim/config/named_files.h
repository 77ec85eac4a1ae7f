// Files that a run names, and what it leaves out: how the messages name them.
#pragma once

#include <string_view>

#include "base/config/node.h"
#include "base/result.h"

namespace tessera::sim {

// What is wrong with a file that the key `said` names (null: an option does). A message without a line of that file
// points at the key.
void add_file_problem(const base::Diagnostics& wrong, const base::Node* said, std::string_view key,
                      base::Diagnostics& problems);

// The run `root` lacks the key; `what` says what it is, `option` the command line's way to give it.
void add_missing(const base::Node& root, std::string_view key, std::string_view what, std::string_view option,
                 base::Diagnostics& problems);

}  // namespace tessera::sim
