#include "arch/spec/stream_width.h"

namespace tessera::arch {

StreamWidth stream_width(const PeArraySpec& array, std::int64_t element_bytes, std::int64_t accumulator_bytes) {
  const std::int64_t moving = array.rows * element_bytes;
  const std::int64_t stationary = array.load_rows_per_cycle * array.columns * element_bytes;
  const std::int64_t partial_sums = 2 * array.columns * accumulator_bytes;
  switch (array.dataflow) {
    case Dataflow::weight_stationary: return {moving, stationary, partial_sums};
    case Dataflow::input_stationary: return {stationary, moving, partial_sums};
    case Dataflow::output_stationary: break;
  }
  const std::int64_t drained = array.output_drain == OutputDrain::columns ? array.rows : array.columns;
  return {array.rows * element_bytes, array.columns * element_bytes, drained * accumulator_bytes};
}

}  // namespace tessera::arch
