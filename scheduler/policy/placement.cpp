#include "scheduler/policy/placement.h"

#include <tuple>

namespace tessera::scheduler {

std::optional<Dispatch> Placement::continue_group(const View& view) {
  std::optional<Dispatch> best;
  std::tuple<std::uint32_t, std::int64_t, TileId> best_key;
  const auto next = [&](std::uint32_t from) { return view.next_continuing(from); };
  go_round(continue_start_, kProbes, next, [&](std::uint32_t core) {
    for (const TileId tile : view.continuations(core)) {
      const Dispatch d{tile, core};
      if (view.check(d) != Illegal::none) continue;
      const std::tuple key{view.queued(core, CoreUnit::pe_array), view.missing_bytes(tile, core), tile};
      weigh({tile, core, std::get<1>(key)});
      if (!best || key < best_key) best = d, best_key = key;
    }
  });
  if (view.npu().cores > kProbes) {
    continue_start_ = (continue_start_ + kProbes) % static_cast<std::uint32_t>(view.npu().cores);
  }
  return best;
}

}  // namespace tessera::scheduler
