#include "arch/energy/tile_work.h"

namespace tessera::arch {

TileWork array_tile_work(const ArrayTraffic& t, const OperandBits& bits) {
  TileWork work;
  work.macs = t.macs;
  work.array[0].read = base::packed_bytes(t.input_reads, bits.input);
  work.array[1].read = base::packed_bytes(t.weight_reads, bits.weight);
  work.array[2] = {t.output_reads * bits.accumulator_bytes, t.output_writes * bits.accumulator_bytes};
  return work;
}

void add_function(TileWork& work, base::Function function, std::int64_t elements) {
  work.vector = work.vector + operations_of(function) * elements;
}

void add_post_traffic(TileWork& work, std::int64_t sum_bytes, std::int64_t result_bytes) {
  work.vector_unit[2].read += sum_bytes;
  work.vector_unit[2].written += result_bytes;
}

void add_vector_traffic(TileWork& work, std::int64_t input_bytes, std::int64_t weight_bytes,
                        std::int64_t output_bytes) {
  work.vector_unit[0].read += input_bytes;
  work.vector_unit[1].read += weight_bytes;
  work.vector_unit[2].written += output_bytes;
}

}  // namespace tessera::arch
