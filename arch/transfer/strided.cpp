#include "arch/transfer/bursts.h"
#include "arch/transfer/transfer.h"

namespace tessera::arch {

std::int64_t moved_bytes(const Strided& where, std::int64_t burst_bytes) {
  return BurstRuns(where, burst_bytes).bytes();
}

}  // namespace tessera::arch
