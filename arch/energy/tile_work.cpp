#include "arch/energy/tile_work.h"

namespace tessera::arch {

TileWork array_tile_work(const ArrayTraffic& t, std::int64_t operand_bytes, std::int64_t accumulator_bytes) {
  TileWork work;
  work.macs = t.macs;
  work.array[0].read = t.input_reads * operand_bytes;
  work.array[1].read = t.weight_reads * operand_bytes;
  work.array[2] = {t.output_reads * accumulator_bytes, t.output_writes * accumulator_bytes};
  return work;
}

void add_function(TileWork& work, base::Function function, std::int64_t elements) {
  work.vector = work.vector + operations_of(function) * elements;
}

void add_post_traffic(TileWork& work, std::int64_t elements, std::int64_t operand_bytes,
                      std::int64_t accumulator_bytes) {
  work.vector_unit[2].read += elements * accumulator_bytes;
  work.vector_unit[2].written += elements * operand_bytes;
}

void add_vector_traffic(TileWork& work, std::int64_t input_bytes, std::int64_t weight_bytes,
                        std::int64_t output_bytes) {
  work.vector_unit[0].read += input_bytes;
  work.vector_unit[1].read += weight_bytes;
  work.vector_unit[2].written += output_bytes;
}

}  // namespace tessera::arch
