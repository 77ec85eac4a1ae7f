// Keys of a machine file that mean something only where another key says so.
//
// The one list of them: the checks report such a key where it can have no effect, and a machine that is written leaves
// it out there.
#pragma once

#include <string_view>
#include <vector>

#include "arch/spec/npu_spec.h"

namespace tessera::arch {

struct KeyCondition {
  std::string_view path;    // of the key, or of the section
  std::string_view needs;   // the key that decides
  std::string_view wanted;  // what it would have to say: "shared_sram.capacity above 0 B"
  bool (*holds)(const NpuSpec&);
};

[[nodiscard]] const std::vector<KeyCondition>& key_conditions();

}  // namespace tessera::arch
