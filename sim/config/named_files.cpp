#include "sim/config/named_files.h"

#include <fmt/format.h>

#include <string>

namespace tessera::sim {

void add_file_problem(const base::Diagnostics& wrong, const base::Node* said, std::string_view key,
                      base::Diagnostics& problems) {
  for (const auto& d : wrong.list()) {
    if (said == nullptr || d.where.line > 0) problems.add(d);
    else problems.add(said->problem(fmt::format("{}: {}: {}", key, d.where.file, d.message)));
  }
}

void add_missing(const base::Node& root, std::string_view key, std::string_view what, std::string_view option,
                 base::Diagnostics& problems) {
  const std::string text = fmt::format("missing {} ({}), in the run file or by {}", key, what, option);
  if (root.source) problems.add(root.problem(text));
  else problems.add({"command line", 0, 0}, text);
}

}  // namespace tessera::sim
