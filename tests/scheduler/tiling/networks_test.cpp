// Real networks on every machine that ships: they build, cover, and have exactly the network's MACs.
#include <gtest/gtest.h>

#include <filesystem>

#include "arch/spec/npu_reader.h"
#include "graph_checks.h"
#include "models/read_network.h"
#include "scheduler/bounds/lower_bound.h"
#include "small_networks.h"
#include "tests/support/shared_data.h"

namespace tessera::scheduler::tests {
namespace {

struct Case {
  const char* network;
  const char* npu;
  std::size_t most_tiles;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.network << " on " << c.npu; }

class Networks : public testing::TestWithParam<Case> {};

TEST_P(Networks, BuildAndCover) {
  using tessera::tests::shared_data;
  TESSERA_NEED_SHARED_DATA();
  const auto network = models::read_network(*shared_data() / "models" / (std::string(GetParam().network) + ".onnx"));
  ASSERT_TRUE(network.ok()) << network.problems().to_string();
  const auto npu = arch::read_npu_file(
      std::filesystem::path(TESSERA_SOURCE_DIR) / "configs/npu" / (std::string(GetParam().npu) + ".yaml"), {});
  ASSERT_TRUE(npu.ok()) << npu.problems().to_string();
  const auto graph = tiled(*network, *npu, {}, {});
  ASSERT_TRUE(graph.ok()) << graph.problems().to_string();
  EXPECT_LE(graph->tiles.size(), GetParam().most_tiles);
  EXPECT_EQ(graph->macs, network->macs());
  check_outputs_written_once(*graph, *network);
  check_operands_cover(*graph, *network);
  check_producers_cover(*graph, *network);
  check_slots(*graph, *npu);
  check_order(*graph, *network);
  const arch::MachineLimits limits = arch::machine_limits(*npu);
  const LowerBound of_tiles = lower_bound(*graph, *npu, limits);
  const LowerBound of_network = network_bound(*network, *npu, limits, {});
  EXPECT_GT(of_network.time(), base::Ps{0});
  EXPECT_LE(of_network.time(), of_tiles.time());
  EXPECT_LE(of_network.traffic.core_read, of_tiles.traffic.core_read);
}

INSTANTIATE_TEST_SUITE_P(
    All, Networks,
    testing::Values(Case{"yolov5s_640x640", "edge_8tops", 10'000}, Case{"yolov5s_640x640", "tpu_4x128", 10'000},
                    Case{"yolov5s_640x640", "many_core_64", 40'000}, Case{"tv_resnet50", "edge_8tops", 10'000},
                    Case{"tv_resnet50", "tpu_4x128", 10'000}, Case{"tv_resnet50", "many_core_64", 40'000},
                    Case{"tv_resnet50", "tiny_8x8", 100'000}, Case{"tv_mobilenet_v2", "edge_8tops", 10'000},
                    Case{"tv_mobilenet_v2", "tpu_4x128", 10'000}, Case{"tv_mobilenet_v2", "many_core_64", 20'000},
                    Case{"tv_mobilenet_v2", "tiny_8x8", 20'000}, Case{"bert_tiny_seq128", "edge_8tops", 10'000},
                    Case{"bert_base_seq128", "tpu_4x128", 10'000}, Case{"light_squeezenet", "edge_8tops", 10'000},
                    Case{"mlperf_tiny_ds_cnn", "tiny_8x8", 10'000}),
    [](const auto& tested) { return std::string(tested.param.network) + "_on_" + tested.param.npu; });

}  // namespace
}  // namespace tessera::scheduler::tests
