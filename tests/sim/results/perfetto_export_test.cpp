// Whole networks' traces as importers get them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/sim/support/small_run.h"
#include "tests/support/temp_folder.h"
#include "tests/trace/foreign_readers.h"
#include "tests/trace/perfetto_reader.h"
#include "trace/export/formats.h"
#include "trace/file/reader.h"

namespace tessera::tests {
namespace {

namespace fs = std::filesystem;

std::string exported(const fs::path& folder, const std::string& format) {
  auto reader = wanted(trace::FileReader::open(folder / "trace.tsr"));
  const auto problem = trace::export_trace(reader, *trace::export_format(format), folder / format);
  if (problem) throw std::runtime_error(problem->to_string());
  std::ifstream in(folder / format, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class WholeNetwork : public testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(WholeNetwork, IsReadByImporters) {
  const TempFolder out;
  sim::RunArguments arguments;
  arguments.npu_file = fs::path(TESSERA_SOURCE_DIR) / "configs/npu" / (GetParam().first + ".yaml");
  arguments.model_file = fs::path(TESSERA_SOURCE_DIR) / "models/zoo" / (GetParam().second + ".yaml");
  const auto run = wanted(sim::prepare(wanted(sim::read_run(arguments))));
  sim::SimulationOptions options;
  options.out = out.path();
  const auto result = wanted(sim::simulate(run, options));
  ASSERT_TRUE(result.ok) << result.failure;
  const auto trace = trace::test::read_perfetto(exported(out.path(), "perfetto"));
  // Decision, task and load or store of every tile at the least.
  EXPECT_GT(trace.slices.size(), run.graph.tiles.size() * 3);
  EXPECT_GT(trace.flows.size(), run.graph.tiles.size());
  EXPECT_GE(trace.counters.size(), 3 * run.spec.npu.dma.channels.size());
  std::int64_t most = 0;
  for (const auto& sample : trace.samples("dram bandwidth")) most = std::max(most, sample.value);
  EXPECT_LE(most, run.limits.dram.peak_bytes_per_second);
  EXPECT_GT(2 * most, run.limits.dram.peak_bytes_per_second);
  // The clock of 940 MHz has periods of no whole number of nanoseconds.
  const auto json = nlohmann::json::parse(exported(out.path(), "chrome"));
  EXPECT_THAT(trace::test::chrome_faults(json), testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(All, WholeNetwork,
                         testing::Values(std::pair("edge_8tops", "yolov5s_640x640"),
                                         std::pair("tpu_4x128", "mobilenetv2")),
                         [](const auto& one) { return one.param.first; });

}  // namespace
}  // namespace tessera::tests
