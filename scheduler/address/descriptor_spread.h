// How a descriptor falls on DMA packets and on the memory's channels.
#pragma once

#include <cstdint>
#include <vector>

#include "arch/spec/npu_spec.h"
#include "arch/transfer/transfer.h"

namespace tessera::scheduler {

// DMA packets that the descriptor is cut into: a run that crosses a multiple of the largest packet takes one more. An
// estimate: its first runs stand for all.
[[nodiscard]] std::int64_t packet_count(const arch::Strided&, std::int64_t burst, std::int64_t max_packet);

// A number of bytes as if every memory channel moved as many as the fullest one. Runs at a stride near a multiple of
// channels x interleave fall on few channels, and cores go through their slices in step. Never below the bytes
// themselves.
struct Crowding {
  std::int64_t fullest = 1, all = 1;  // the fullest channel's bytes times the channels; the bytes of all channels
  [[nodiscard]] std::int64_t of(std::int64_t bytes) const {
    return fullest == all ? bytes : static_cast<std::int64_t>(static_cast<__int128>(bytes) * fullest / all);
  }
};
// Of the descriptor's innermost runs.
[[nodiscard]] Crowding crowding_of(const arch::Strided&, const arch::DramSpec&);

// Bytes by memory channel of the descriptor's innermost runs until the channels repeat; empty: about even.
[[nodiscard]] std::vector<std::int64_t> channel_bytes(const arch::Strided&, const arch::DramSpec&);

}  // namespace tessera::scheduler
