#include "scheduler/policy/policies.h"

#include <array>

namespace tessera::scheduler {
}
