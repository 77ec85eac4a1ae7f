// The PE array, cycle by cycle and cell by cell, with real data in its registers.
//
// Beside the closed forms (fold_plan) this is the slow, literal model: operands enter at the edges through skew
// registers, hop from cell to cell, are multiplied and added in pipelined MACs; partial sums travel down (ws, is) or
// stay (os) and leave through a chain; a sequencer starts folds from what it observes of ports and results. It takes
// its timing from nothing else, so agreement with the closed forms proves those. Left out: operand precision (values
// are integers that never overflow) and the SRAM behind the edges, which is the array's client.
#pragma once

#include <cstdint>
#include <vector>

#include "arch/array/fold_plan.h"
#include "arch/spec/pe_array_spec.h"

namespace tessera::arch {

// input[group][m][k], weight[group][k][n] with k = tap * channels + channel.
struct ArrayOperands {
  std::vector<std::int32_t> input, weight;
};
// Small pseudo-random values, always the same for a shape.
[[nodiscard]] ArrayOperands make_operands(const ArrayShape&);
// output[group][m][n] by a plain loop.
[[nodiscard]] std::vector<std::int64_t> multiply(const ArrayShape&, const ArrayOperands&);

struct RegisterRun {
  ArrayWork work;                         // times, traffic and MACs as counted in the simulation
  std::vector<std::int64_t> output;       // [group][m][n]
  std::vector<std::int64_t> fold_starts;  // cycle in which each fold begins; one more than folds: the next tile's
};

// A sequencer that starts folds this many cycles too early, so that tests can show that the registers notice.
struct SequencerFault {
  std::int64_t early = 0;
};

// Throws std::logic_error where registers collide (a sum is overwritten before it left).
[[nodiscard]] RegisterRun simulate_registers(const PeArraySpec&, const ArrayShape&, const ArrayOperands&,
                                             SequencerFault = {});

// fidelity: detailed. Simulates the shape with made-up operands; throws std::logic_error if a value is wrong.
[[nodiscard]] ArrayWork run_register_array(const PeArraySpec&, const ArrayShape&);

// By the array's fidelity: closed form or register model. For callers that keep one result per distinct shape.
[[nodiscard]] ArrayWork array_work(const PeArraySpec&, const ArrayShape&);

}  // namespace tessera::arch
