#include "trace/file/trace_header.h"

namespace tessera::trace {

std::vector<UnitInfo> units_of(const Lanes& lanes) {
  std::vector<UnitInfo> out;
  out.reserve(lanes.units().size());
  for (const Unit& u : lanes.units()) out.push_back({std::string(u.path), u.scope, u.core, u.index, 0, u.exclusive});
  return out;
}

}  // namespace tessera::trace
