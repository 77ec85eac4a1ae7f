#include "trace/export/flows.h"

#include <algorithm>
#include <array>

namespace tessera::trace {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

// The slices of one tile, by what they do.
struct TileSlices {
  std::size_t task = kNone, drain = kNone, post = kNone;
  std::array<std::size_t, 2> load{kNone, kNone};  // first part, by operand: input, weight
  std::size_t store = kNone;                      // the part that ends last
  std::size_t first_load = kNone;
};

class Arrows {
 public:
  Arrows(const TileTable& tiles, Timeline& timeline) : tiles_(tiles), timeline_(timeline), of_(tiles.tiles.size()) {}

  void draw() {
    for (std::size_t i = 0; i < timeline_.slices.size(); ++i) find(i);
    for (std::size_t i = 0; i < timeline_.slices.size(); ++i) within_tile(i);
    for (std::size_t t = 0; t < of_.size(); ++t) within_group(t);
    for (const TileTable::Edge& e : tiles_.edges) arrow(of_[e.from].store, fed(e));
    std::sort(timeline_.flows.begin(), timeline_.flows.end());
    timeline_.flows.erase(std::unique(timeline_.flows.begin(), timeline_.flows.end()), timeline_.flows.end());
  }

 private:
  [[nodiscard]] const Timeline::Slice& slice(std::size_t i) const { return timeline_.slices[i]; }
  [[nodiscard]] bool movement(std::size_t tile) const { return tiles_.tiles[tile].kind == TileTable::Kind::movement; }

  void find(std::size_t i) {
    const Record& r = slice(i).record;
    if (r.tile >= of_.size()) return;
    TileSlices& t = of_[r.tile];
    if (r.name == Name::compute || r.name == Name::vector || r.name == Name::host_task) t.task = i;
    if (r.name == Name::host_task) t.store = i;  // what it makes is there when it ends
    if (r.name == Name::drain) t.drain = i;
    if (r.name == Name::post) t.post = i;
    if (r.name == Name::store && (t.store == kNone || slice(i).end > slice(t.store).end)) t.store = i;
    if (r.name != Name::load || r.operand() >= Operand::output) return;
    std::size_t& first = t.load[static_cast<std::size_t>(r.operand())];
    if (first == kNone) first = i;
    if (t.first_load == kNone) t.first_load = i;
  }

  // Loads and stores with all their parts.
  void within_tile(std::size_t i) {
    const Record& r = slice(i).record;
    if (r.tile >= of_.size()) return;
    const TileSlices& t = of_[r.tile];
    if (r.name == Name::load) arrow(i, movement(r.tile) ? t.store : t.task);
    if (r.name == Name::store) arrow(t.post != kNone ? t.post : t.drain != kNone ? t.drain : t.task, i);
  }
  void within_group(std::size_t tile) {
    const TileSlices& t = of_[tile];
    arrow(t.task, t.drain);
    arrow(t.task, t.post, false);
    const bool continues = tile + 1 < of_.size() && tiles_.tiles[tile + 1].group == tiles_.tiles[tile].group;
    if (continues) arrow(t.task, of_[tile + 1].task);
  }
  [[nodiscard]] std::size_t fed(const TileTable::Edge& e) const {
    const TileSlices& t = of_[e.to];
    const std::size_t load = e.kind == TileTable::EdgeKind::control  ? t.first_load
                             : e.kind == TileTable::EdgeKind::weight ? t.load[1]
                                                                     : t.load[0];
    if (load != kNone) return load;
    return movement(e.to) ? t.store : t.task;
  }

  void arrow(std::size_t from, std::size_t to, bool after_its_end = true) {
    if (from == kNone || to == kNone || from >= to) return;
    if (after_its_end && slice(from).end > slice(to).start) return;
    timeline_.flows.push_back({from, to});
  }

  const TileTable& tiles_;
  Timeline& timeline_;
  std::vector<TileSlices> of_;  // by tile
};

}  // namespace

void add_flows(const TileTable& tiles, Timeline& timeline) { Arrows(tiles, timeline).draw(); }

}  // namespace tessera::trace
