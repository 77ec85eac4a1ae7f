// Sizes of a PE operator's tiles: what fits the slots, and which of it is best.
//
// `auto` is a compiler's guess, not an optimum: it walks a grid of even cuts of every loop, keeps what fits, and of it
// the few that are cheapest by an analytic estimate (array cycles over the cores; traffic with the re-reads that the
// loop order and the slots leave, and how it spreads over the memory's channels; packets, latency and dispatch). These
// are rehearsed (pe_choice). Integers only, so every machine picks the same.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "arch/limits/machine_limits.h"
#include "arch/spec/npu_spec.h"
#include "base/result.h"
#include "models/network/network.h"
#include "scheduler/address/address_plan.h"
#include "scheduler/address/descriptor_spread.h"
#include "scheduler/spec/schedule_spec.h"
#include "scheduler/tiling/operand_boxes.h"

namespace tessera::scheduler {

struct PeSizes {
  std::int64_t m = 1, w = 1;  // output rows and columns
  std::int64_t n = 1, g = 1;  // output channels within a group; groups (g > 1: whole n and k)
  std::int64_t k = 1;         // input channels of one slice
  std::int64_t b = 1;         // images; more than one only where m and w are all rows and columns
  std::string order = "bgnm";
  bool whole_input = false;  // one block for all tiles of an image
  Deal deal = Deal::chunks;
  std::int64_t cores = 0;  // that the groups are dealt to; 0: all
  // Whether the loop over positions runs inside the one over channels.
  [[nodiscard]] bool m_inside_n() const {
    for (const char loop : order)
      if (loop == 'n' || loop == 'm') return loop == 'n';
    return false;
  }
  // Whether the loop over images runs inside the one over channels: then weights serve all images.
  [[nodiscard]] bool b_inside_n() const { return order.find('n') < order.find('b'); }
  [[nodiscard]] std::int64_t positions() const { return b * m * w; }
  [[nodiscard]] bool operator==(const PeSizes&) const = default;
};

// Tiles along each loop.
struct PeCounts {
  std::int64_t b, g, n, m, w, k;
  PeCounts(const models::PeGeometry&, const PeSizes&);
  [[nodiscard]] std::int64_t groups() const { return b * g * n * m * w; }
  [[nodiscard]] std::int64_t tiles() const { return groups() * k; }
};

// The block of a tile by its position along each loop.
[[nodiscard]] PeBlock pe_block(const models::PeGeometry&, const PeSizes&, std::int64_t b, std::int64_t g,
                               std::int64_t n, std::int64_t m, std::int64_t w, std::int64_t k);

// What a tile of one operator needs of the slots, in bytes as moved (output: accumulators).
class PeNeeds {
 public:
  PeNeeds(const models::Network&, const arch::NpuSpec&, AddressPlan&, const models::Operator&);

  // Over sample tiles: corners and interior; stops at one that exceeds `limit`.
  [[nodiscard]] std::int64_t input_bytes(const PeSizes&,
                                         std::int64_t limit = std::numeric_limits<std::int64_t>::max()) const;
  [[nodiscard]] std::int64_t least_input_bytes(const PeSizes&) const;  // had the layout no gaps
  [[nodiscard]] std::int64_t weight_bytes(const PeSizes&) const;
  [[nodiscard]] std::int64_t output_bytes(const PeSizes&) const;
  // Of the input over every tile: what decides in the end.
  [[nodiscard]] std::int64_t input_bytes_exact(const PeSizes&) const;
  [[nodiscard]] std::int64_t stored_bytes(const PeSizes&) const;
  [[nodiscard]] std::int64_t least_stored_bytes(const PeSizes&) const;
  // DMA packets of one input tile, of one store (samples).
  [[nodiscard]] std::int64_t input_packets(const PeSizes&) const;
  [[nodiscard]] std::int64_t stored_packets(const PeSizes&) const;
  [[nodiscard]] std::int64_t parameter_bytes(const PeBlock&) const;
  // Element-wise operators that inherit the block: their tiles move it twice in and once out.
  [[nodiscard]] std::int64_t heirs() const { return heirs_; }
  // Whether another operator multiplies the same constant weights, as the steps of a recurrent layer do.
  [[nodiscard]] bool shares_weights() const { return shares_weights_; }
  // Of input tiles, of stores. `slices`: as many as a core loads at one time.
  [[nodiscard]] Crowding crowded_inputs(const PeSizes&, std::int64_t slices) const;
  [[nodiscard]] Crowding crowded_stores(const PeSizes&) const;
  // What one operand of the tile at a position moves.
  struct Moved {
    std::int64_t bytes = 0, packets = 0;
    std::vector<std::int64_t> channels = {};  // shares of the memory's channels; empty: about even
  };
  [[nodiscard]] Moved input_of(const PeBlock&) const;
  [[nodiscard]] Moved weight_of(const PeBlock&) const;  // parameters included where the block is a last slice
  [[nodiscard]] Moved output_of(const PeBlock&) const;
  // What the formats of its operands mean for the array, and the array as it computes them.
  [[nodiscard]] const arch::OperandFormat& format() const { return format_; }
  [[nodiscard]] const arch::PeArraySpec& array() const { return array_; }
  // Whether a shared SRAM holds the tensor between the operators that write and read it. One that takes more than half
  // of it is taken to be replaced in between.
  [[nodiscard]] bool stays_on_chip(models::TensorId) const;

 private:
  [[nodiscard]] std::int64_t packets(const arch::Strided&) const;
  [[nodiscard]] std::int64_t moved_input(const PeSizes&, std::int64_t g, std::int64_t m, std::int64_t w,
                                         std::int64_t k) const;
  [[nodiscard]] std::int64_t weight_bytes_of(const PeBlock&) const;
  const models::Network& network_;
  const arch::NpuSpec& npu_;
  AddressPlan& addresses_;
  const models::Operator& op_;
  arch::OperandFormat format_;
  arch::PeArraySpec array_;
  std::int64_t heirs_ = 0;
  bool shares_weights_ = false;
  std::int64_t fullest_ = 0;  // the place in the batch that stands for all: the output slice that reads the most
};

// Sizes and what the operator costs with them (PeChoice::price).
struct PricedSizes {
  PeSizes sizes;
  base::Ps price{0};
  models::OperatorId op = 0;  // the first of those alike, and how many they are
  std::int64_t uses = 0;
};

// Sizes for `op` under `rule` (null: all automatic). Fails with the operand that does not fit and a size that would.
[[nodiscard]] base::Result<PricedSizes> choose_pe_sizes(const models::Network&, const arch::NpuSpec&,
                                                        const ScheduleSpec&, const arch::MachineLimits&, AddressPlan&,
                                                        const models::Operator&, const TileRule*);

// What choose_pe_sizes() chooses from, by its estimate; empty: nothing fits, or the rule is held.
[[nodiscard]] std::vector<PeSizes> pe_candidates(const models::Network&, const arch::NpuSpec&, const ScheduleSpec&,
                                                 const arch::MachineLimits&, AddressPlan&, const models::Operator&,
                                                 const TileRule*);

}  // namespace tessera::scheduler
