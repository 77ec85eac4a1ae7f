// How long nothing has entered an array. Once that is longer than any way through it, nothing is left in its
// registers, and cycles change nothing until something enters again.
#pragma once

#include "arch/spec/pe_array_spec.h"

namespace tessera::arch {

class QuietTime {
 public:
  explicit QuietTime(const PeArraySpec& a)
      // Through the skew registers, the cells, the chain and the edge, each passed twice at most: a load or a pass
      // takes the same ways.
      : longest_way_(
            4 * (a.rows * (a.row_hop + 1) + a.columns * (a.column_hop + 1) + a.mac_stages + a.edge_registers + 1)) {}

  // To be called once per cycle, with whether nothing entered in it: whether the array is empty by now.
  [[nodiscard]] bool after(bool nothing_entered) {
    cycles_ = nothing_entered ? cycles_ + 1 : 0;
    return cycles_ > longest_way_;
  }

 private:
  std::int64_t longest_way_, cycles_ = 0;
};

}  // namespace tessera::arch
