#include "scheduler/policy/placement.h"

#include <tuple>

namespace tessera::scheduler {
namespace {

// Calls visit(core) for up to `probes` cores that next(from) finds, beginning at `start` and going round once.
template <class Next, class Visit>
void go_round(std::uint32_t start, int probes, const Next& next, const Visit& visit) {
  bool wrapped = false;
  for (std::uint32_t c = next(start); probes > 0; c = next(c + 1)) {
    if (c == kNoId || (wrapped && c >= start)) {
      if (wrapped || start == 0) return;
      wrapped = true;
      c = next(0);
      if (c == kNoId || c >= start) return;
    }
    visit(c);
    --probes;
  }
}

}  // namespace

std::optional<Dispatch> Placement::place(const View& view, TileId tile) {
  const Tile& what = view.graph().tiles[tile];
  if (view.schedule().core_split != CoreSplit::none) {
    const Dispatch hinted{tile, view.graph().groups[what.group].core_hint};
    if (view.check(hinted) == Illegal::none) return hinted;
  }
  const CoreUnit unit = what.kind == TileKind::vector ? CoreUnit::vector_unit : CoreUnit::pe_array;
  std::optional<Dispatch> best;
  std::tuple<std::uint32_t, std::int64_t, std::uint32_t> best_key;
  const auto next = [&](std::uint32_t from) { return view.next_accepting(what.kind, from); };
  go_round(start_, kProbes, next, [&](std::uint32_t core) {
    const Dispatch d{tile, core};
    if (view.check(d) != Illegal::none) return;
    const std::tuple key{view.queued(core, unit), view.missing_bytes(tile, core), core};
    weigh({tile, core, std::get<1>(key)});
    if (!best || key < best_key) best = d, best_key = key;
  });
  if (view.npu().cores > kProbes) start_ = (start_ + kProbes) % static_cast<std::uint32_t>(view.npu().cores);
  return best;
}

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
