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
//   base + n * pitch_n + h * pitch_h + w * pitch_w + (c / block) * pitch_block + (c % block) * bits / 8.
// nhwc: block = all channels. nchw: block = 1. nchw_c{N}: block = N. All pitches in bytes. Elements of less than a byte
// lie close along what is contiguous (the channels of a block; the row of an image with nchw, where w * bits / 8 stands
// in place of w * pitch_w), and each such stretch takes whole bytes.
struct Placement {
  std::int64_t base = 0;
  std::int64_t bits = 8;  // of one element
  std::int64_t block = 1;
  std::int64_t pitch_n = 0, pitch_h = 0, pitch_w = 0, pitch_block = 0;
  std::int64_t bytes = 0;  // size of one instance, multiple of the alignment
  models::Shape shape{1, 1, 1, 1};
  bool planes = false;  // nchw
  // Whether several elements of a row share a byte.
  [[nodiscard]] bool packs_rows() const { return bits < 8 && planes; }
  // Of the element's first bit, and of the byte that it lies in.
  [[nodiscard]] std::int64_t bit_address(const models::Shape& at) const {
    const std::int64_t column = packs_rows() ? 0 : at[2] * pitch_w, close = packs_rows() ? at[2] : at[3] % block;
    const std::int64_t byte = base + at[0] * pitch_n + at[1] * pitch_h + column + at[3] / block * pitch_block;
    return byte * 8 + close * bits;
  }
  [[nodiscard]] std::int64_t address(const models::Shape& at) const { return bit_address(at) / 8; }
};

// How one instance of a tensor of this shape lies from `base` on. `packed`: pixels are not padded (network inputs
// with fewer channels than a pixel pitch holds).
[[nodiscard]] Placement place(const arch::LayoutSpec&, const models::Shape&, std::int64_t bits, bool packed,
                              std::int64_t base);

// The bytes of `box` (not empty) as a descriptor. Channels of several blocks (nchw_c{N}) move as whole blocks, and a
// box that needs more nested strides than a descriptor has as whole rows: then more than the box moves, never less.
[[nodiscard]] arch::Strided describe(const Placement&, const models::Box& box);

}  // namespace tessera::scheduler
