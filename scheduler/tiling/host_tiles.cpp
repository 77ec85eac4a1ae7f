// An operator of the host is one tile: what it reads and makes is whole tensors.
#include <vector>

#include "scheduler/tiling/operator_tiles.h"

namespace tessera::scheduler {

base::Result<BlockShape> write_host_tile(const TilingContext& c, models::OperatorId id) {
  const auto& op = c.network.operators[id];
  if (!c.writer.admits(1)) return base::failure("too many tiles");
  const auto block = [&](models::TensorId t) {
    return c.writer.data_block(t, models::whole(c.network.tensors[t].shape));
  };
  std::vector<BlockId> reads, writes;
  for (const models::TensorId t : op.inputs) reads.push_back(block(t));
  for (const models::TensorId t : op.more_outputs) writes.push_back(block(t));
  c.writer.begin_group(id, block(op.output), 1, 0);
  c.writer.add_host_task(op.host_time, std::move(reads), std::move(writes));
  return c.network.tensors[op.output].shape;
}

}  // namespace tessera::scheduler
