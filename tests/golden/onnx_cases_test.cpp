// Small ONNX graphs that once failed, one construct a file: each is read and run whole on a small machine, and its MACs
// and the shape of its output are those that were counted by hand and by an independent program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "models/read_network.h"
#include "tests/golden/whole_run_checks.h"
#include "tests/support/csv.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_folder.h"

namespace tessera::tests {
namespace {

using testing::IsEmpty;

std::string text_of(const std::vector<std::int64_t>& dims) {
  std::string text;
  for (const std::int64_t d : dims) text += (text.empty() ? "" : "x") + std::to_string(d);
  return text;
}

// The shapes of all tensors that leave the network.
std::vector<std::string> output_shapes(const models::Network& network) {
  std::vector<std::string> shapes;
  for (const auto& tensor : network.tensors)
    if (tensor.role == models::TensorRole::network_output) shapes.push_back(text_of(tensor.dims));
  return shapes;
}

void run_case(const std::filesystem::path& file, const Row& row) {
  const TempFolder out;
  sim::RunArguments arguments = shipped("edge_8tops", "");
  arguments.model_file = file;
  const Execution run = execute(arguments, out.path());
  EXPECT_EQ(run.run.network.macs(), number(row, "macs"));
  const std::string& shape = row.at("output_shape");
  if (!shape.empty()) {
    EXPECT_THAT(output_shapes(run.run.network), testing::Contains(shape));
  }
  ASSERT_TRUE(run.result.ok) << run.result.failure;
  const TraceFile trace = read_trace(out / "trace.tsr");
  EXPECT_THAT(broken_laws(run, trace.header.units), IsEmpty());
  EXPECT_THAT(trace.violations, IsEmpty());
}

TEST(OnnxCases, RunWithTheCountedMacsAndShapes) {
  TESSERA_NEED_SHARED_DATA();
  const auto folder = *shared_data() / "cases/onnx";
  const auto rows = read_csv(folder / "cases.csv");
  ASSERT_GE(rows.size(), 69U);
  for (const Row& row : rows) {
    SCOPED_TRACE(row.at("file"));
    const auto file = folder / row.at("file");
    if (row.at("must") == "run") {
      EXPECT_NO_THROW(run_case(file, row));
    } else {
      EXPECT_FALSE(models::read_network(file).ok());
    }
  }
}

}  // namespace
}  // namespace tessera::tests
