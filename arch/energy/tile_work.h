// What one tile does to the machine, known before the run: what its compute, vector and post records are charged for.
//
// Plain numbers, so that this folder needs neither fold plans nor tile graphs; whoever has those fills them in.
#pragma once

#include <array>
#include <cstdint>

#include "arch/energy/event.h"
#include "arch/energy/vector_cost.h"
#include "arch/spec/stream_width.h"

namespace tessera::arch {

struct SramBytes {
  std::int64_t read = 0, written = 0;
  friend bool operator==(const SramBytes&, const SramBytes&) = default;
};

struct TileWork {
  std::int64_t macs = 0;
  Precision macs_at = Precision::int8;          // of the wider operand
  std::array<SramBytes, kRegionCount> array{};  // by the PE array: input, weight, output
  VectorOperations vector;                      // of its vector task or post-operations
  Precision vector_at = Precision::int8;        // of the widest tensor that the vector unit reads or writes
  std::array<SramBytes, kRegionCount> vector_unit{};
  friend bool operator==(const TileWork&, const TileWork&) = default;
};

// A fold plan's operand traffic (arch::ArrayWork), in elements.
struct ArrayTraffic {
  std::int64_t macs = 0;
  std::int64_t input_reads = 0, weight_reads = 0, output_reads = 0, output_writes = 0;
};

// The array part of a tile's work.
[[nodiscard]] TileWork array_tile_work(const ArrayTraffic& traffic, const OperandBits&);
// Adds one function over `elements` (as VectorOperations counts them).
void add_function(TileWork& work, base::Function function, std::int64_t elements);
// Adds the traffic of post-operations: partial sums out of the output region, results back.
void add_post_traffic(TileWork& work, std::int64_t sum_bytes, std::int64_t result_bytes);
// Adds the traffic of a vector tile: its operands from the input and weight regions, its result to the output region.
void add_vector_traffic(TileWork& work, std::int64_t input_bytes, std::int64_t weight_bytes, std::int64_t output_bytes);

}  // namespace tessera::arch
