// Small networks and machines made by hand, for the tests of tiling and bounds.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "arch/spec/npu_spec.h"
#include "models/network/network.h"
#include "scheduler/spec/schedule_spec.h"
#include "scheduler/tiling/build_tile_graph.h"

namespace tessera::scheduler::tests {

// Builds a Network operator by operator; tensors are images [n, h, w, c] unless said otherwise.
class NetworkMaker {
 public:
  models::TensorId input(const models::Shape&);
  models::TensorId activation(const models::Shape&);
  models::TensorId constant(const models::Shape&);
  // A view of `root` that starts at `offset`.
  models::TensorId window(models::TensorId root, const models::Shape& offset, const models::Shape&);

  struct Conv {
    std::int64_t n = 8, kernel = 1, stride = 1, pad = 0, dilation = 1, groups = 1;
    bool bias = false;
  };
  // Writes into `into` (a window of a larger tensor) or, if kNone, into a tensor of its own.
  models::TensorId conv(models::TensorId from, const Conv&, models::TensorId into = models::kNone);
  // rows x cols times cols x n; `second` kNone: constant weights.
  models::TensorId matmul(models::TensorId from, std::int64_t n, models::TensorId second = models::kNone,
                          bool transposed = false);
  models::TensorId elementwise(models::TensorId a, models::TensorId b, models::Function = models::Function::add);
  models::TensorId max_pool(models::TensorId from, std::int64_t kernel, std::int64_t stride, std::int64_t pad);
  models::TensorId global_pool(models::TensorId from);
  models::TensorId softmax(models::TensorId from);
  models::TensorId instance_norm(models::TensorId from);  // statistics over the rows and columns of each channel
  models::TensorId copy(models::TensorId from, models::TensorId into = models::kNone);

  // Marks the last operator's output as the network's.
  models::Network take();

 private:
  models::TensorId add_tensor(const models::Shape&, models::TensorRole);
  models::Operator& add(const std::string& type, models::Unit, models::TensorId output);
  models::Network network_;
};

// 2 cores of 8 x 8, slots of `slot` bytes each (double-buffered), simple DRAM.
[[nodiscard]] arch::NpuSpec small_npu(std::int64_t slot = 4096);

// The network's tiles on a machine whose limits are computed here.
[[nodiscard]] base::Result<TileGraph> tiled(const models::Network&, const arch::NpuSpec&, const ScheduleSpec&,
                                            const RequestSpec&);

// Anything of the above, a few operators long.
[[nodiscard]] models::Network random_network(std::mt19937&);
[[nodiscard]] arch::NpuSpec random_npu(std::mt19937&);
[[nodiscard]] ScheduleSpec random_schedule(std::mt19937&);

}  // namespace tessera::scheduler::tests
