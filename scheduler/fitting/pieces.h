// Into which pieces a tensor is cut, so that each fits an input slot and as little as possible moves.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "arch/spec/npu_spec.h"
#include "models/network/layout.h"
#include "models/network/network.h"
#include "scheduler/address/address_plan.h"
#include "scheduler/spec/schedule_spec.h"

namespace tessera::scheduler {

// The file's axis whose elements lie next to each other in memory.
[[nodiscard]] std::size_t innermost_axis(const models::Tensor&, arch::LayoutKind);

class PieceSearch {
 public:
  // `reduced`: by axis of `input`, whether it may be cut in pieces that leave a partial result of `partial_bytes`
  // each. The other axes may be read in blocks. All outlive the search.
  PieceSearch(const models::Network&, const arch::NpuSpec&, AddressPlan&, models::TensorId input,
              std::vector<bool> reduced, std::int64_t partial_bytes);

  // By axis the extent of a piece (of a block, on axes that are not reduced): the cheapest of which every one moves at
  // most `slot` bytes. There are two pieces or more. Nothing where no piece fits.
  [[nodiscard]] std::optional<models::Dims> best(std::int64_t slot) const;

 private:
  [[nodiscard]] models::Box box(const models::Dims& cut, const models::Dims& at) const;
  [[nodiscard]] bool fits(const models::Dims& cut, std::int64_t slot) const;
  // The reduced axes cut into about `pieces`, the outermost first: what is left of the inner ones lies together.
  [[nodiscard]] models::Dims cut_into(std::int64_t pieces, const models::Dims& block) const;
  [[nodiscard]] std::int64_t tiles(const models::Dims& cut) const;
  [[nodiscard]] std::int64_t cost(const models::Dims& cut) const;
  // The fewest pieces that fit, and more where that leaves cores without work.
  [[nodiscard]] std::optional<models::Dims> with_block(const models::Dims& block, std::int64_t slot) const;
  // A smaller block; false after the smallest.
  [[nodiscard]] bool shrink(models::Dims& block) const;

  const models::Network& network_;
  const arch::NpuSpec& npu_;
  AddressPlan& addresses_;
  models::TensorId input_;
  const models::Tensor& tensor_;
  std::vector<bool> reduced_;
  std::vector<std::size_t> order_;  // axes of more than one element, outermost first
  std::size_t innermost_;
  std::int64_t grain_;          // elements of a burst
  std::int64_t partial_bytes_;  // of one partial result
};

}  // namespace tessera::scheduler
