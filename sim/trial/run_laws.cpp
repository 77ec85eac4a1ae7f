#include "sim/trial/run_laws.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace tessera::sim {

using base::Ps;
using scheduler::GroupId;
using scheduler::TileId;
using trace::Name;

RunLaws::RunLaws(const scheduler::TileGraph& graph)
    : graph_(&graph), decisions_(graph.tiles.size()), decided_(graph.tiles.size()), stored_(graph.groups.size()) {}

void RunLaws::consume(std::span<const trace::Record> records, std::uint64_t) {
  for (const trace::Record& r : records) {
    unsigned char bytes[sizeof(trace::Record)];
    std::memcpy(bytes, &r, sizeof(r));
    for (const unsigned char b : bytes) fingerprint_ = (fingerprint_ ^ b) * 1099511628211U;
    if (r.name == Name::decision || r.name == Name::host_task) ++decisions_[r.tile], decided_[r.tile] = r.start;
    // What is taken back is dispatched again: the group's first slice stands for those of it that were dispatched.
    if (r.name == Name::undispatch)
      for (TileId t = r.tile; t < decisions_.size() && graph_->tiles[t].group == graph_->tiles[r.tile].group; ++t)
        decisions_[t] = 0;
    if (r.name != Name::store && r.name != Name::host_task) continue;
    Ps& stored = stored_[graph_->tiles[r.tile].group];
    stored = std::max(stored, r.end);
  }
}

std::string RunLaws::broken() const {
  for (TileId t = 0; t < decisions_.size(); ++t)
    if (decisions_[t] != 1) return fmt::format("tile {} was dispatched {} times", t, decisions_[t]);
  for (GroupId g = 0; g < graph_->groups.size(); ++g) {
    const TileId first = graph_->groups[g].first;
    for (const GroupId p : graph_->predecessors(g)) {
      if (decided_[first] < stored_[p])
        return fmt::format("tile {} was dispatched at {} ps, before tile {} was stored at {} ps", first,
                           decided_[first].count(), graph_->groups[p].first, stored_[p].count());
    }
  }
  return "";
}

}  // namespace tessera::sim
