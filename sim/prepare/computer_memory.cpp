#include "sim/prepare/computer_memory.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace tessera::sim {

std::int64_t computer_memory() {
  const std::int64_t pages = ::sysconf(_SC_PHYS_PAGES), page = ::sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page <= 0) return 0;
  std::int64_t bytes = pages * page, given = 0;
  for (const char* file : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    // The first holds "max" where there is no limit, the second a number that no computer has.
    if (std::ifstream(file) >> given && given > 0) bytes = std::min(bytes, given);
  }
  return bytes;
}

}  // namespace tessera::sim
