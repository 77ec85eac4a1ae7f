// Tile programs (docs/formats.md): a run's tiles, blocks, edges and work without the network that they came from.
//
// A program stands in the place of a network: machine, policy and requests stay the run's. What the reader makes of it
// is a tile graph as the tiling makes it, and a network of operators that have names, formats and functions, but no
// geometry: enough for results by operator and for energy, too little to cut other tiles.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "arch/limits/machine_limits.h"
#include "arch/spec/npu_spec.h"
#include "base/result.h"
#include "models/network/network.h"
#include "scheduler/spec/schedule_spec.h"
#include "scheduler/spec/size_limits.h"
#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

struct TileProgram {
  models::Network network;
  TileGraph graph;  // of all requests
};

// By the file's name: .yaml and .yml, .txtpb .textproto .pbtxt, anything else.
enum class ProgramForm : std::uint8_t { yaml, text, binary };
[[nodiscard]] ProgramForm program_form(const std::filesystem::path&);

// Checked as far as it can be on this machine; everything that is wrong is reported, up to a number.
[[nodiscard]] base::Result<TileProgram> read_program(const std::filesystem::path&, const arch::NpuSpec&,
                                                     const RequestSpec&, const SizeLimits&);
// Only what needs no machine.
[[nodiscard]] base::Diagnostics check_program_syntax(const std::filesystem::path&);

// One request of the run.
[[nodiscard]] std::string write_program(const models::Network&, const arch::NpuSpec&, const TileGraph&, ProgramForm);

}  // namespace tessera::scheduler
