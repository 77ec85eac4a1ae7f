// Tile rules as nodes of a run file, and the files that hold the tiles of another run.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/config/node.h"
#include "base/result.h"
#include "scheduler/spec/schedule_spec.h"

namespace tessera::sim {

// "auto", or b, g, n, m in any order.
[[nodiscard]] std::optional<std::string> read_loop_order(const base::Node&, const std::string& name,
                                                         base::Diagnostics&);

// A map with `pattern`, or of a held rule with `operator`.
[[nodiscard]] scheduler::TileRule read_tile_rule(const base::Node&, const std::string& name, base::Diagnostics&);
[[nodiscard]] base::Node write_tile_rule(const scheduler::TileRule&);

// Puts the rules that `tiles: {from: FILE}` names into the place of that map, and FILE's `slots` into the run's where
// it says none. FILE has rules as the list `operator_tiles` (summary.json, the document of `tessera model --tiles`) or
// `tiles` (a run file, resolved.yaml). A relative path counts from the file in which it stands, on a command line from
// `folder`.
void replace_tiles_from(base::Node& run, const std::filesystem::path& folder, base::Diagnostics&);

}  // namespace tessera::sim
