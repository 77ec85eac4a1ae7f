// Tries a policy on random runs: it must end every one, twice in the same way, and no run may break a law or beat its
// lower bound.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace tessera::sim {

struct TrialOptions {
  std::string policy;                // a built-in one, or a plug-in's path
  std::vector<std::string> options;  // "key=value": of scheduler.options, or of a built-in policy
  std::uint64_t seed = 1;            // of the first run; the others follow
  std::uint64_t runs = 100;
  std::filesystem::path folder;                    // where the files of the present run stand; made if it is not there
  std::function<void(std::uint64_t seed)> on_run;  // before each
};

struct Misbehaviour {
  std::uint64_t seed = 0;
  std::string law;   // "ends", "every tile once, edges kept", "deterministic", "not below the bound"
  std::string text;  // what happened
};

struct TrialResult {
  std::uint64_t runs = 0, tiles = 0;
  std::uint64_t refused = 0;  // drawn runs that fit no machine
  std::optional<Misbehaviour> wrong;
};

// Fails where the policy cannot be opened. Stops at the first misbehaviour, whose files then stand in the folder.
[[nodiscard]] base::Result<TrialResult> try_policy(const TrialOptions&);

}  // namespace tessera::sim
