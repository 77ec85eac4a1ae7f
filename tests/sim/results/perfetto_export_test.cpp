// A whole network's trace as the Perfetto UI would get it.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "tests/sim/support/small_run.h"
#include "tests/support/temp_folder.h"
#include "tests/trace/perfetto_rules.h"
#include "trace/export/formats.h"
#include "trace/file/reader.h"

namespace tessera::tests {
namespace {

namespace fs = std::filesystem;

std::string perfetto_of(const fs::path& folder) {
  auto reader = wanted(trace::FileReader::open(folder / "trace.tsr"));
  const auto problem = trace::export_trace(reader, *trace::export_format("perfetto"), folder / "trace.pftrace");
  if (problem) throw std::runtime_error(problem->to_string());
  std::ifstream in(folder / "trace.pftrace", std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(PerfettoExport, OfYolov5sObeysTheImportersRules) {
  const TempFolder out;
  sim::RunArguments arguments;
  arguments.npu_file = fs::path(TESSERA_SOURCE_DIR) / "configs/npu/edge_8tops.yaml";
  arguments.model_file = fs::path(TESSERA_SOURCE_DIR) / "models/zoo/yolov5s_640x640.yaml";
  const auto run = wanted(sim::prepare(wanted(sim::read_run(arguments))));
  sim::SimulationOptions options;
  options.out = out.path();
  const auto result = wanted(sim::simulate(run, options));
  ASSERT_TRUE(result.ok) << result.failure;
  trace::test::PerfettoCounts counts;
  trace::test::check_perfetto_rules(perfetto_of(out.path()), counts);
  EXPECT_GT(counts.begins, run.graph.tiles.size() * 3);  // decision, task and load or store of every tile at the least
  EXPECT_GT(counts.flows, run.graph.tiles.size());
  EXPECT_EQ(counts.instants, 1u);  // the arrival
  EXPECT_GE(counts.counters, 2 * run.spec.npu.dma.channels.size());
}

TEST(PerfettoExport, OfFoldsAndDramPacketsObeysTheRulesToo) {
  const TempFolder out;
  sim::SimulationOptions options;
  options.out = out.path();
  ASSERT_TRUE(execute_small({"trace.level=burst"}, options).result.ok);
  trace::test::PerfettoCounts counts;
  trace::test::check_perfetto_rules(perfetto_of(out.path()), counts);
  EXPECT_GT(counts.begins, 0u);
}

}  // namespace
}  // namespace tessera::tests
