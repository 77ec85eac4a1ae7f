#include "scheduler/policy/policy.h"

namespace tessera::scheduler {

std::string_view to_string(Illegal why) {
  switch (why) {
    case Illegal::none: return "legal";
    case Illegal::unknown_tile: return "there is no such tile";
    case Illegal::unknown_core: return "there is no such core";
    case Illegal::unknown_channel: return "there is no such DMA channel";
    case Illegal::not_ready:
      return "the tile is not ready: an edge of the tile graph, its request or the slice before is open";
    case Illegal::already_dispatched: return "the tile was dispatched before";
    case Illegal::wrong_core: return "a later slice runs on the core of its group";
    case Illegal::open_groups: return "the core has as many open groups as output slots";
    case Illegal::queue_full: return "the core's queue is full";
    case Illegal::no_input_slot: return "every input slot of the core is in use";
    case Illegal::no_weight_slot: return "every weight slot of the core is in use";
    case Illegal::not_constant: return "only a constant operand can be prefetched";
    case Illegal::resident: return "the operand is there or on its way";
    case Illegal::prefetch_under_way: return "another prefetch is filling in that region of the core";
    case Illegal::no_slot_for_prefetch:
      return "every slot of the region is in use or holds a prefetch that no tile has used yet";
    case Illegal::time_passed: return "the time to wait for has passed";
  }
  return "";
}

}  // namespace tessera::scheduler
