// Numbers for named dimensions as text: `--bind batch=1,seq=128` and the map `bind` of a run file.
#pragma once

#include <string>
#include <vector>

#include "base/config/node.h"
#include "base/result.h"
#include "models/graph/bindings.h"

namespace tessera::sim {

// Of all `--bind` options, in order. A name may stand there once.
[[nodiscard]] base::Result<models::Bindings> parse_bindings(const std::vector<std::string>& options);
// Of the map of a run file, added to `bindings`.
void read_bindings(const base::Node&, const std::string& name, models::Bindings& bindings, base::Diagnostics&);
[[nodiscard]] base::Node write_bindings(const models::Bindings&);

// What --help says of the option.
inline constexpr const char* kBindHelp =
    "NAME=NUMBER[,...]: named dimensions of the network's inputs, as batch=1,seq=128";

}  // namespace tessera::sim
