#include "base/version.h"

namespace tessera::base {

std::string_view version() { return TESSERA_VERSION; }

}  // namespace tessera::base
