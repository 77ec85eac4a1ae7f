// The order of what happens at one time (docs/semantics.md 1.8 and 1.9).
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "scheduler/dispatch/event.h"
#include "trace/record/lanes.h"

namespace tessera::scheduler {
namespace {

using base::Ps;
using Kind = Event::Kind;

TEST(EventOrder, TimeThenUnitThenKindThenSequence) {
  // `a` is the place in the order.
  const std::vector<Event> sorted{{Ps{1}, 9, 9, Kind::transfer_done, 0}, {Ps{2}, 1, 4, Kind::decision_end, 1},
                                  {Ps{2}, 1, 5, Kind::decision_end, 2},  {Ps{2}, 1, 0, Kind::wake, 3},
                                  {Ps{2}, 2, 7, Kind::compute_done, 4},  {Ps{2}, 2, 1, Kind::result_done, 5},
                                  {Ps{2}, 2, 3, Kind::result_done, 6},   {Ps{2}, 8, 0, Kind::transfer_done, 7}};
  for (std::size_t first = 0; first < sorted.size(); ++first) {
    EventHeap heap;
    for (std::size_t i = 0; i < sorted.size(); ++i) heap.push(sorted[(first + 3 * i) % sorted.size()]);
    for (std::uint32_t place = 0; place < sorted.size(); ++place) EXPECT_EQ(heap.pop().a, place);
    EXPECT_EQ(heap.next(), base::kNever);
  }
}

TEST(EventOrder, UnitIdsFollowTheMachine) {
  trace::Lanes::Shape shape;
  shape.cores = shape.schedulers = shape.channels = 2;
  shape.slots[0] = shape.slots[2] = 1;
  std::vector<std::string> paths;
  const trace::Lanes lanes(shape);
  for (const auto& unit : lanes.units()) paths.emplace_back(unit.path);
  std::vector<std::string> expected{"host", "scheduler[0]", "scheduler[1]"};
  for (const std::string core : {"core[0]", "core[1]"}) {
    for (const char* unit : {".pe_array", ".pe_array.drain", ".vector_unit", ".sram.input[0]", ".sram.weight[0]",
                             ".sram.weight[1]", ".sram.output[0]"}) {
      expected.push_back(core + unit);
    }
  }
  for (const char* unit : {"dma.channel[0]", "dma.channel[1]", "interconnect", "dram.channel[0]", "power_uw"})
    expected.emplace_back(unit);
  EXPECT_EQ(paths, expected);
}

}  // namespace
}  // namespace tessera::scheduler
