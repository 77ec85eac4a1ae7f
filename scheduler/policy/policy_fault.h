// What a policy throws that cannot go on: its run ends with this text as the policy's error.
#pragma once

#include <stdexcept>

namespace tessera::scheduler {

class PolicyFault : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace tessera::scheduler
