// Arrows of a whole run's timeline, judged by its tile table and its records alone.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/golden/execution.h"
#include "tests/support/temp_folder.h"
#include "trace/export/timeline.h"

namespace tessera::tests {
namespace {

using trace::Name;

// A tile whose operands were all in its slots has no load: the arrow from the store that it depends on goes to its
// task.
TEST(Flows, AStoreLeadsToATaskThatLoadsNothing) {
  const TempFolder out;
  (void)execute(shipped("tiny_8x8", "tiny_cnn", "depth_first"), out.path());
  auto reader = trace::FileReader::open(out / "trace.tsr");
  ASSERT_TRUE(reader.ok());
  const auto timeline = trace::build_timeline(*reader);
  ASSERT_TRUE(timeline.ok());
  std::set<std::uint32_t> loading;
  std::map<std::uint32_t, std::size_t> task, store;
  for (std::size_t i = 0; i < timeline->slices.size(); ++i) {
    const trace::Record& r = timeline->slices[i].record;
    if (r.name == Name::load) loading.insert(r.tile);
    if (r.name == Name::compute || r.name == Name::vector) task[r.tile] = i;
    if (r.name == Name::store) store[r.tile] = i;
  }
  std::set<std::pair<std::size_t, std::size_t>> flows;
  for (const auto& f : timeline->flows) flows.emplace(f.from, f.to);
  int seen = 0;
  for (const auto& e : reader->tiles().edges) {
    if (e.kind == trace::TileTable::EdgeKind::control || loading.count(e.to) != 0) continue;
    ++seen;
    EXPECT_EQ(flows.count({store.at(e.from), task.at(e.to)}), 1U) << "tile " << e.from << " to tile " << e.to;
  }
  EXPECT_GT(seen, 0) << "some tile finds all its operands";
}

}  // namespace
}  // namespace tessera::tests
