// Random runs for trying out policies: a small network on a small machine, as the files that `tessera run` reads.
//
// Drawn so that what a policy must cope with comes up often: more tiles than queues and slots hold, reductions in
// slices, vector and movement tiles, branches that meet again, several requests, one to six cores, several schedulers,
// channels with and without caps, a shared SRAM that asks the policy what to keep.
#pragma once

#include <cstdint>
#include <string>

namespace tessera::sim {

struct RandomRun {
  std::string run_yaml;  // names network.yaml beside it
  std::string network_yaml;
};

// The same for the same seed, on every computer.
[[nodiscard]] RandomRun random_run(std::uint64_t seed);

}  // namespace tessera::sim
