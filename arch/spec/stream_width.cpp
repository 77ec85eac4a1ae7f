#include "arch/spec/stream_width.h"

#include "base/precision.h"

namespace tessera::arch {

using base::packed_bytes;

StreamWidth stream_width(const PeArraySpec& array, const OperandBits& bits) {
  const std::int64_t partial_sums = 2 * array.columns * bits.accumulator_bytes;
  const std::int64_t stationary = array.load_rows_per_cycle * array.columns;
  switch (array.dataflow) {
    case Dataflow::weight_stationary:
      return {packed_bytes(array.rows, bits.input), packed_bytes(stationary, bits.weight), partial_sums};
    case Dataflow::input_stationary:
      return {packed_bytes(stationary, bits.input), packed_bytes(array.rows, bits.weight), partial_sums};
    case Dataflow::output_stationary: break;
  }
  const std::int64_t drained = array.output_drain == OutputDrain::columns ? array.rows : array.columns;
  return {packed_bytes(array.rows, bits.input), packed_bytes(array.columns, bits.weight),
          drained * bits.accumulator_bytes};
}

}  // namespace tessera::arch
