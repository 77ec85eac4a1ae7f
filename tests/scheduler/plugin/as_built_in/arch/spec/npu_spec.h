#include "tessera/policy.h"  // IWYU pragma: export
