// Writes the tiles of one request into a TileGraph: interns blocks and fold plans, numbers tiles and groups.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "arch/array/fold_plan.h"
#include "arch/spec/npu_spec.h"
#include "base/units.h"
#include "models/network/network.h"
#include "scheduler/address/address_plan.h"
#include "scheduler/spec/size_limits.h"
#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

class TileWriter {
 public:
  TileWriter(const models::Network&, const arch::NpuSpec&, AddressPlan&, TileGraph&);

  // `box` of `tensor` (its own axes) as a block of its root.
  BlockId data_block(models::TensorId tensor, const models::Box& box);
  // A constant weight block in tile order, with `parameter_bytes` of post-operation parameters behind it.
  BlockId weight_block(models::TensorId tensor, const models::Box& box, std::int64_t parameter_bytes);
  std::uint32_t work(const arch::ArrayShape&, const arch::OperandFormat&);

  void begin_group(std::uint32_t op, BlockId output, std::uint32_t slices, std::uint32_t core_hint);
  // A tile of the group begun last; op, group and position are filled in.
  void add_tile(Tile);

  // What an operator's tiles are written by.
  void chose(std::uint32_t op, TileRule rule) { graph_.chosen[op] = std::move(rule); }
  // The task of a group of one tile, which is of kind `host`.
  void add_host_task(base::Ps time, std::vector<BlockId> reads, std::vector<BlockId> writes);

  // Asked before the tiles of an operator are written: may there be so many more? Once there are too many, all that
  // follow are only counted.
  [[nodiscard]] bool admits(double tiles);
  void bound(const SizeLimits& limits, std::int64_t requests) { limits_ = limits, requests_ = requests; }
  // The tiles of all operators that were asked for, written or not, break the limits of bound(): the message.
  [[nodiscard]] const std::optional<std::string>& refusal() const { return refusal_; }
  // Whom to tell now and then how many tiles there are.
  void on_tiles(std::function<void(std::uint64_t)> listener) { on_tiles_ = std::move(listener); }

  [[nodiscard]] const models::Network& network() const { return network_; }
  [[nodiscard]] const arch::NpuSpec& npu() const { return npu_; }
  [[nodiscard]] AddressPlan& addresses() { return addresses_; }
  [[nodiscard]] const TileGraph& graph() const { return graph_; }

 private:
  [[nodiscard]] bool is_output(models::TensorId root, const models::Box&) const;
  [[nodiscard]] bool is_input(models::TensorId root, const models::Box&) const;
  std::uint32_t new_buffer(std::int64_t begin, std::int64_t bytes);
  struct Key {
    models::TensorId root;
    models::Box box;
    std::int64_t parameter_bytes;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key&) const;
  };
  const models::Network& network_;
  const arch::NpuSpec& npu_;
  AddressPlan& addresses_;
  TileGraph& graph_;
  std::optional<SizeLimits> limits_;
  std::int64_t requests_ = 1;
  double asked_ = 0;  // tiles of one request
  std::optional<std::string> refusal_;
  std::function<void(std::uint64_t)> on_tiles_;
  std::unordered_map<Key, BlockId, KeyHash> blocks_;   // ids count in order of first use: the hash decides nothing
  std::map<models::TensorId, std::uint32_t> buffers_;  // of roots in their own layout
  // Fold plans by shape, MAC rate and the bits of both operands and of a partial sum.
  std::map<std::pair<arch::ArrayShape, std::array<std::int64_t, 4>>, std::uint32_t> works_;
  std::vector<std::pair<models::TensorId, models::Box>> outputs_;  // what of which root leaves the network
  std::vector<models::PartFedIn> inputs_;                          // what of which other root enters it
};

}  // namespace tessera::scheduler
