// Tiles of one operator, by the unit that runs it. Each writes groups in loop order and returns the block shape that an
// element-wise successor inherits.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "arch/limits/machine_limits.h"
#include "base/result.h"
#include "models/network/network.h"
#include "scheduler/spec/schedule_spec.h"
#include "scheduler/tiling/pe_sizes.h"
#include "scheduler/tiling/tile_writer.h"

namespace tessera::scheduler {

// Sizes already chosen, by all that they depend on: networks repeat the same layer many times.
using KnownSizes = std::map<std::vector<std::int64_t>, PricedSizes>;

// What the writers of one run share.
struct TilingContext {
  const models::Network& network;
  const arch::NpuSpec& npu;
  const ScheduleSpec& schedule;
  const arch::MachineLimits& limits;
  AddressPlan& addresses;
  TileWriter& writer;
  KnownSizes& known_sizes;
  base::Ps& price;  // of all PE operators, added up
};

using BlockShape = models::Shape;  // extents of one output block

[[nodiscard]] base::Result<BlockShape> write_pe_tiles(const TilingContext&, models::OperatorId);
// `inherited`: block shape of the first producer; zeros: none.
[[nodiscard]] base::Result<BlockShape> write_vector_tiles(const TilingContext&, models::OperatorId,
                                                          const BlockShape& inherited);
[[nodiscard]] base::Result<BlockShape> write_movement_tiles(const TilingContext&, models::OperatorId);
[[nodiscard]] base::Result<BlockShape> write_host_tile(const TilingContext&, models::OperatorId);

}  // namespace tessera::scheduler
