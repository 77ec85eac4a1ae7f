// What the scheduler hands to the DMA engine: descriptors and transfers. Plain data.
#pragma once

#include <array>
#include <cstdint>

#include "base/units.h"

namespace tessera::arch {

// DMA descriptor: a contiguous run repeated under up to three nested strides. Every burst that a run touches moves;
// runs ascend, and a burst that two neighbouring runs share moves once (arch/engine/packets cuts it).
struct Strided {
  std::int64_t base = 0;                        // byte address of the first run
  std::int64_t run_bytes = 0;                   // contiguous useful bytes
  std::array<std::int64_t, 3> count{1, 1, 1};   // inner to outer; 1 = dimension not used
  std::array<std::int64_t, 3> stride{0, 0, 0};  // bytes between starts
  [[nodiscard]] std::int64_t useful_bytes() const { return run_bytes * count[0] * count[1] * count[2]; }
  friend bool operator==(const Strided&, const Strided&) = default;
};

// Bytes that move: the union of the bursts that the runs touch, times the burst size.
[[nodiscard]] std::int64_t moved_bytes(const Strided&, std::int64_t burst_bytes);

enum class TransferClass : std::uint8_t { demand, prefetch };

struct TransferRequest {
  std::uint32_t id = 0;  // dense, counted by the dispatcher from 0 in order of submission
  bool write = false;    // a store
  TransferClass cls = TransferClass::demand;
  std::uint16_t core = 0;
  std::uint16_t channel = 0;
  std::uint8_t operand = 0;  // 0 input, 1 weight, 2 output: the SRAM region
  std::uint8_t slot = 0;
  Strided where;
  std::int64_t first_byte = 0;  // the part of the moved bytes [first_byte, first_byte + bytes) that this transfer
  std::int64_t bytes = 0;       // carries: multiples of a burst (dma.split)
  // For the shared SRAM: which tensor's lines these are, and how to treat them.
  std::uint32_t tensor = 0;
  bool write_through = false;  // network output
  bool keep = true;            // shared_sram.replacement: policy; false: its lines go before others
};

// Told when the last answer of a transfer is in.
struct TransferDone {
  std::uint32_t id = 0;
  base::Ps first_issue{0};                              // first packet granted
  base::Ps wait_channel{0}, wait_noc{0}, wait_dram{0};  // its packets' waits, overlapping ones once
  std::int64_t dram_bytes = 0, shared_sram_bytes = 0;   // where its bytes came from or went
};

}  // namespace tessera::arch
