// A forger who makes every checksum and every sum of content right: one value of one record, tile, edge, unit or fact
// is changed, and the check must find it by what the law says. What it cannot find carries information of its own:
// free_content.h lists it, with the reason.
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <map>
#include <random>
#include <set>

#include "tests/fuzz/attacked_traces.h"
#include "tests/fuzz/free_content.h"
#include "trace/analysis/check.h"
#include "trace/record/field_value.h"

namespace tessera::tests {
namespace {

using base::Ps;
using trace::Field;
using trace::FieldSpec;
using trace::Name;
using trace::Record;

// What is tried of each kind; TESSERA_FUZZ=long tries ten times as many records.
std::size_t samples() { return std::getenv("TESSERA_FUZZ") != nullptr ? 40 : 3; }

bool noticed(const AttackedTrace& t) {
  trace::InvariantCheck check(t.header, t.tiles, &t.trailer);
  trace::replay(t.batch, check);
  check.finish(t.trailer.end);
  return !check.violations().empty();
}

// Places of a trace that were changed, by what they are: how often, and how often nobody noticed.
class Tally {
 public:
  void add(const std::string& what, const AttackedTrace& t, bool found) {
    auto& [tried, missed] = of_[what];
    ++tried;
    if (found) return;
    ++missed;
    where_[what].insert(t.name);
  }
  // Whatever was missed and is not free is a failure.
  void expect_only(const std::map<std::string, const char*>& free) const {
    std::size_t tried = 0, missed = 0;
    for (const auto& [what, n] : of_) {
      tried += n.first;
      missed += n.second;
      if (n.second == 0 || free.contains(what)) continue;
      std::string traces;
      for (const std::string& name : where_.at(what)) traces += " " + name;
      ADD_FAILURE() << what << ": " << n.second << " of " << n.first << " changes pass the check; traces:" << traces;
    }
    for (const auto& [what, why] : free) {
      EXPECT_TRUE(where_.contains(what)) << what << " is no longer free: take it from the list";
    }
    std::printf("%zu changes, %zu pass the check\n", tried, missed);
  }

 private:
  std::map<std::string, std::pair<std::size_t, std::size_t>> of_;
  std::map<std::string, std::set<std::string>> where_;
};

// Calls change(record), one after the other, for some records of each name; each change is taken back.
void attack_records(const AttackedTrace& sound, Tally& tally, std::mt19937_64& random) {
  AttackedTrace t = sound;
  std::map<std::pair<Name, trace::Scope>, std::vector<std::size_t>> by_kind;
  for (std::size_t i = 0; i < t.batch.records.size(); ++i) {
    const Record& r = t.batch.records[i];
    const bool cut_off = !t.trailer.clean_end && r.end == t.trailer.end;  // by the end of a run that failed
    if (cut_off) continue;
    by_kind[{r.name, r.is_extension() ? trace::Scope::dma : t.header.units[r.unit].scope}].push_back(i);
  }
  for (auto& [kind, places] : by_kind) {
    std::shuffle(places.begin(), places.end(), random);
    if (places.size() > samples()) places.resize(samples());
    for (const std::size_t at : places) {
      const Record before = t.batch.records[at];
      const std::string name(to_string(before.name));
      const auto attempt = [&](const std::string& what, const std::function<void(Record&)>& change) {
        Record after = before;
        change(after);
        if (after == before) return;
        t.batch.records[at] = after;
        tally.add(name + "." + what, t, noticed(t));
        t.batch.records[at] = before;
      };
      if (before.is_extension()) {
        const trace::Waits w = before.waits();
        attempt("wait_channel_ps", [&](Record& r) { r = Record::extension({w.channel + Ps{1}, w.noc, w.dram}); });
        attempt("wait_noc_ps", [&](Record& r) { r = Record::extension({w.channel, w.noc + Ps{1}, w.dram}); });
        attempt("wait_dram_ps", [&](Record& r) { r = Record::extension({w.channel, w.noc, w.dram - Ps{1}}); });
        continue;
      }
      attempt("start", [](Record& r) { r.start += Ps{1}; });
      attempt("start", [](Record& r) { r.start -= Ps{1}; });
      attempt("end", [](Record& r) { r.end += Ps{1}; });
      attempt("end", [](Record& r) { r.end -= Ps{1}; });
      for (const std::uint16_t unit :
           {static_cast<std::uint16_t>(before.unit + 1), static_cast<std::uint16_t>(before.unit - 1)}) {
        if (unit < t.header.units.size() && allowed_on(before.name, t.header.units[unit].scope))
          attempt("unit", [&](Record& r) { r.unit = unit; });
      }
      for (const FieldSpec& f : trace::kFields) {
        if (!before.has(f.field)) continue;
        const std::int64_t value = get(before, f.field);
        for (const std::int64_t other :
             {value + 1, value - 1, std::int64_t{0}, f.absent, value + static_cast<std::int64_t>(random() % 9) - 4}) {
          if (!in_range(f.field, other) ||
              (f.field == Field::cause && other >= static_cast<std::int64_t>(t.batch.ids.back())))
            continue;
          attempt(std::string(f.key), [&](Record& r) { set(r, f.field, other); });
        }
      }
    }
  }
}

TEST(TraceContent, ChangedRecordsAreNoticed) {
  Tally tally;
  std::mt19937_64 random(17);
  for (const AttackedTrace& t : attacked_traces())
    if (t.name != "losing") attack_records(t, tally, random);
  tally.expect_only(kFreeRecords);
}

template <class T, class Change>
void attack(AttackedTrace& t, Tally& tally, const std::string& what, T& place, Change change) {
  const T before = place;
  change(place);
  if (!(place == before)) tally.add(what, t, noticed(t));
  place = before;
}

void attack_tiles(const AttackedTrace& sound, Tally& tally, std::mt19937_64& random) {
  AttackedTrace t = sound;
  const auto number = [&](const std::string& what, auto& place) {
    attack(t, tally, what, place, [](auto& v) { ++v; });
    attack(t, tally, what, place, [](auto& v) { --v; });
  };
  for (std::size_t n = 0; n < 4 * samples() && !t.tiles.tiles.empty(); ++n) {
    trace::TileTable::Tile& tile = t.tiles.tiles[random() % t.tiles.tiles.size()];
    const std::uint32_t ops = static_cast<std::uint32_t>(t.tiles.operators.size());
    attack(t, tally, "tile.op", tile.op, [&](std::uint32_t& op) { op = (op + 1) % ops; });
    number("tile.request", tile.request);
    number("tile.group", tile.group);
    number("tile.slice", tile.slice);
    number("tile.macs", tile.macs);
    number("tile.input_bytes", tile.input_bytes);
    number("tile.weight_bytes", tile.weight_bytes);
    number("tile.output_bytes", tile.output_bytes);
    attack(t, tally, "tile.kind", tile.kind,
           [](auto& k) { k = static_cast<trace::TileTable::Kind>((static_cast<int>(k) + 1) % 3); });
    attack(t, tally, "tile.post", tile.post, [](bool& post) { post = !post; });
    attack(t, tally, "tile.core", tile.core, [](std::uint32_t& core) { core = core == 0 ? 77 : 0; });
    if (t.tiles.edges.empty()) continue;
    trace::TileTable::Edge& edge = t.tiles.edges[random() % t.tiles.edges.size()];
    const auto tiles = static_cast<std::uint32_t>(t.tiles.tiles.size());
    attack(t, tally, "edge.from", edge.from, [&](std::uint32_t& v) { v = (v + 1) % tiles; });
    attack(t, tally, "edge.from", edge.from, [&](std::uint32_t& v) { v = (v + tiles - 1) % tiles; });
    attack(t, tally, "edge.to", edge.to, [&](std::uint32_t& v) { v = (v + 1) % tiles; });
    attack(t, tally, "edge.to", edge.to, [&](std::uint32_t& v) { v = (v + tiles - 1) % tiles; });
    attack(t, tally, "edge.kind", edge.kind, [](auto& k) {
      using Kind = trace::TileTable::EdgeKind;
      k = k == Kind::control ? Kind{} : Kind::control;
    });
  }
}

// Of what the trace buffer kept, each record still stands against its tile.
TEST(TraceContent, ForgedWorkOfALossyTraceIsNoticed) {
  const auto& all = attacked_traces();
  AttackedTrace t = *std::find_if(all.begin(), all.end(), [](const auto& a) { return a.name == "losing"; });
  const auto expect = [&t](Record& place, Field field, std::int64_t value) {
    const Record before = place;
    set(place, field, value);
    EXPECT_TRUE(noticed(t)) << to_string(place.name) << "." << trace::spec(field).key;
    place = before;
  };
  ASSERT_FALSE(noticed(t));
  for (Record& r : t.batch.records) {
    if (r.name == Name::compute || r.name == Name::vector) expect(r, Field::macs, r.macs() + 1);
    if (r.name == Name::compute) expect(r, Field::rows, r.rows() + 1);
    if (r.has(Field::tile) && r.tile != trace::kNoTile) {
      expect(r, Field::op, r.op + 1);
      expect(r, Field::request, r.request + 1);
    }
    if (r.name == Name::load || r.name == Name::store) {
      expect(r, Field::bytes, r.bytes() + 1'000'000);
      expect(r, Field::channel, r.channel() + 1);
    }
  }
}

TEST(TraceContent, ChangedTilesAreNoticed) {
  Tally tally;
  std::mt19937_64 random(18);
  for (const AttackedTrace& t : attacked_traces()) attack_tiles(t, tally, random);
  tally.expect_only({});
}

void attack_head(const AttackedTrace& sound, Tally& tally) {
  AttackedTrace t = sound;
  attack(t, tally, "header.device", t.header.device, [](bool& d) { d = !d; });
  for (int level = 0; level < 5; ++level)
    attack(t, tally, "header.level", t.header.level, [&](trace::Level& l) { l = static_cast<trace::Level>(level); });
  attack(t, tally, "header.clocks", t.header.clocks, [](auto& clocks) { clocks.pop_back(); });
  for (std::size_t i = 0; i < t.header.clocks.size(); ++i) {
    attack(t, tally, "clock.name", t.header.clocks[i].name, [](std::string& name) { name += "x"; });
    const std::string what = "clock.period of " + t.header.clocks[i].name;
    attack(t, tally, what, t.header.clocks[i].clock, [](base::Clock& c) { c = {c.period_num() + 1, c.period_den()}; });
  }
  for (trace::UnitInfo& unit : t.header.units) {
    attack(t, tally, "unit.path", unit.path, [](std::string& path) { path += "x"; });
    attack(t, tally, "unit.scope", unit.scope,
           [](trace::Scope& s) { s = static_cast<trace::Scope>((static_cast<int>(s) + 1) % 9); });
    attack(t, tally, "unit.core", unit.core, [](std::uint16_t& core) { ++core; });
    attack(t, tally, "unit.index", unit.index, [](std::uint16_t& index) { ++index; });
    attack(t, tally, "unit.clock", unit.clock, [](std::uint32_t& clock) { clock = (clock + 1) % 3; });
    attack(t, tally, "unit.exclusive", unit.exclusive, [](bool& e) { e = !e; });
  }
  for (auto* meta : {&t.header.meta, &t.trailer.meta}) {
    for (auto& [key, value] : *meta) {
      for (const char* other : {"1", "7x", "", "-1", "99999999999999"})
        attack(t, tally, "fact " + key, value, [&](std::string& v) { v = other; });
    }
    attack(t, tally, "facts", *meta, [](auto& m) { m.erase(m.begin()); });
  }
}

void attack_trailer(const AttackedTrace& sound, Tally& tally) {
  AttackedTrace t = sound;
  attack(t, tally, "trailer.events", t.trailer.events, [](std::uint64_t& n) { ++n; });
  attack(t, tally, "trailer.end", t.trailer.end, [](Ps& end) { end += Ps{1}; });
  attack(t, tally, "trailer.end", t.trailer.end, [](Ps& end) { end -= Ps{1}; });
  attack(t, tally, "trailer.clean_end", t.trailer.clean_end, [](bool& clean) { clean = !clean; });
  for (trace::UnitCount& unit : t.trailer.units) {
    attack(t, tally, "count.emitted", unit.emitted, [](std::uint64_t& n) { ++n; });
    attack(t, tally, "count.kept", unit.kept, [](std::uint64_t& n) { ++n; });
    attack(t, tally, "count.lost", unit.lost, [](std::uint64_t& n) { ++n; });
    attack(t, tally, "count.lost_ranges", unit.lost_ranges, [](auto& ranges) { ranges.push_back({Ps{-5}, Ps{7}}); });
  }
}

TEST(TraceContent, ChangedHeadsAndTrailersAreNoticed) {
  Tally tally;
  for (const AttackedTrace& t : attacked_traces()) {
    attack_head(t, tally);
    attack_trailer(t, tally);
  }
  tally.expect_only(kFreeFacts);
}

}  // namespace
}  // namespace tessera::tests
