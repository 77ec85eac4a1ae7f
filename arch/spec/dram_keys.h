// The keys of a machine's `dram` section that only one memory model has.
#pragma once

#include <array>
#include <string_view>

#include "arch/spec/npu_spec.h"

namespace tessera::arch {

struct DramKey {
  std::string_view name;
  DramSpec::Kind model;
};

inline constexpr std::array kDramKeys{DramKey{"bandwidth", DramSpec::Kind::simple},
                                      DramKey{"latency", DramSpec::Kind::simple},
                                      DramKey{"burst", DramSpec::Kind::simple},
                                      DramKey{"standard", DramSpec::Kind::bank_state},
                                      DramKey{"mapping", DramSpec::Kind::bank_state},
                                      DramKey{"read_queue", DramSpec::Kind::bank_state},
                                      DramKey{"write_queue", DramSpec::Kind::bank_state},
                                      DramKey{"drain_high", DramSpec::Kind::bank_state},
                                      DramKey{"drain_low", DramSpec::Kind::bank_state},
                                      DramKey{"refresh", DramSpec::Kind::bank_state},
                                      DramKey{"stagger_refresh", DramSpec::Kind::bank_state}};

}  // namespace tessera::arch
