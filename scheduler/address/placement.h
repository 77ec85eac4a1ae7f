// Where tensors lie in DRAM, and which bytes a box of one touches (docs/semantics.md 2.3, 2.4 and 2.9).
//
// One root buffer per tensor: images in the machine's layout, matrices row by row (w = 1), weights in tile order
// (placed block by block by the tiling, not here). Stands for the address plan of a compiler; it reuses no memory, so
// every address belongs to one tensor for the whole run.
#pragma once

#include <cstdint>

#include "arch/spec/npu_spec.h"
#include "arch/transfer/transfer.h"
#include "models/network/network.h"

namespace tessera::scheduler {

// One root tensor in memory: byte address of element (n, h, w, c) =
//   base + n * pitch_n + h * pitch_h + w * pitch_w + (c / block) * pitch_block + (c % block) * element.
// nhwc: block = all channels. nchw: block = 1. nchw_c{N}: block = N. All pitches in bytes.
struct Placement {
  std::int64_t base = 0;
  std::int64_t element = 1;
  std::int64_t block = 1;
  std::int64_t pitch_n = 0, pitch_h = 0, pitch_w = 0, pitch_block = 0;
  std::int64_t bytes = 0;  // size of one instance, multiple of the alignment
  models::Shape shape{1, 1, 1, 1};
  [[nodiscard]] std::int64_t address(const models::Shape& at) const {
    return base + at[0] * pitch_n + at[1] * pitch_h + at[2] * pitch_w + at[3] / block * pitch_block +
           at[3] % block * element;
  }
};

// How one instance of a tensor of this shape lies from `base` on. `packed`: pixels are not padded (network inputs
// with fewer channels than a pixel pitch holds).
[[nodiscard]] Placement place(const arch::LayoutSpec&, const models::Shape&, std::int64_t element_bytes, bool packed,
                              std::int64_t base);

// The bytes of `box` (not empty) as a descriptor. Channels of several blocks (nchw_c{N}) move as whole blocks, and a
// box that needs more nested strides than a descriptor has as whole rows: then more than the box moves, never less.
[[nodiscard]] arch::Strided describe(const Placement&, const models::Box& box);

}  // namespace tessera::scheduler
