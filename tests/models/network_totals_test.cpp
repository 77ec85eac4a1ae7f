// Whole networks: the zoo's against known totals; where the shared data is, ONNX files against their layer tables and
// against the zoo: every PE layer's MACs, to the digit.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "models/read_network.h"
#include "tests/support/csv.h"
#include "tests/support/shared_data.h"

namespace tessera::models {
namespace {

// MACs of the PE rows, in order.
std::vector<std::int64_t> pe_layers(const std::filesystem::path& csv) {
  std::vector<std::int64_t> result;
  for (const auto& row : tessera::tests::read_csv(csv))
    if (row.at("unit") == "PE") result.push_back(tessera::tests::number(row, "macs"));
  return result;
}

// By product of the file, of which an operator may be a part.
std::vector<std::int64_t> pe_macs(const Network& n) {
  std::vector<std::int64_t> result;
  std::map<std::string, std::size_t> place;
  for (const Operator& op : n.operators) {
    if (op.unit != Unit::pe) continue;
    const auto [at, fresh] = place.try_emplace(op.part_of.empty() ? op.name : op.part_of, result.size());
    if (fresh) result.push_back(0);
    result[at->second] += op.pe.macs();
  }
  return result;
}

struct Case {
  const char* onnx;
  const char* csv;
  const char* zoo;    // nullptr: none
  std::int64_t macs;  // of the table in the notes, exact
  std::int64_t parameters;
};

// For the names of failing tests.
void PrintTo(const Case& c, std::ostream* out) { *out << c.onnx; }

class Totals : public ::testing::TestWithParam<Case> {};

TEST_P(Totals, EveryPeLayerHasTheTablesMacs) {
  TESSERA_NEED_SHARED_DATA();
  const auto folder = *tessera::tests::shared_data() / "models";
  const auto network = read_network(folder / GetParam().onnx);
  ASSERT_TRUE(network.ok()) << network.problems().to_string();
  EXPECT_EQ(network->macs(), GetParam().macs);
  EXPECT_EQ(network->parameters, GetParam().parameters);
  EXPECT_EQ(pe_macs(*network), pe_layers(folder / GetParam().csv));
}

base::Result<Network> read_zoo(const char* file) {
  return read_network(std::filesystem::path(TESSERA_SOURCE_DIR) / "models/zoo" / file);
}

TEST_P(Totals, TheZooHasTheTablesTotals) {
  if (GetParam().zoo == nullptr) return;
  const auto zoo = read_zoo(GetParam().zoo);
  ASSERT_TRUE(zoo.ok()) << zoo.problems().to_string();
  EXPECT_EQ(zoo->macs(), GetParam().macs);
  EXPECT_EQ(zoo->parameters, GetParam().parameters);
}

TEST_P(Totals, TheZooSaysTheSameAsTheOnnxFile) {
  if (GetParam().zoo == nullptr) return;
  TESSERA_NEED_SHARED_DATA();
  const auto zoo = read_zoo(GetParam().zoo);
  ASSERT_TRUE(zoo.ok()) << zoo.problems().to_string();
  const auto onnx = read_network(*tessera::tests::shared_data() / "models" / GetParam().onnx);
  ASSERT_TRUE(onnx.ok());
  auto a = pe_macs(*zoo), b = pe_macs(*onnx);
  std::sort(a.begin(), a.end()), std::sort(b.begin(), b.end());  // branches may be written in another order
  EXPECT_EQ(a, b);
  EXPECT_EQ(zoo->operators.size(), onnx->operators.size());
}

INSTANTIATE_TEST_SUITE_P(
    Networks, Totals,
    ::testing::Values(
        Case{"yolov5s_640x640.onnx", "layers_yolov5s_640x640.csv", "yolov5s_640x640.yaml", 8'216'780'800, 7'326'685},
        Case{"yolov5s_480x640.onnx", "layers_yolov5s_480x640.csv", "yolov5s_480x640.yaml", 6'162'585'600, 7'301'485},
        Case{"tv_resnet18.onnx", "layers_resnet18.csv", "resnet18.yaml", 1'814'073'344, 11'684'712},
        Case{"tv_resnet50.onnx", "layers_resnet50.csv", "resnet50.yaml", 4'089'184'256, 25'530'472},
        Case{"tv_mobilenet_v2.onnx", "layers_mobilenetv2.csv", "mobilenetv2.yaml", 300'774'272, 3'487'816},
        Case{"bert_base_seq128.onnx", "layers_bert_base_seq128.csv", nullptr, 11'174'215'680, 109'482'240},
        Case{"gpt2_prefill_seq128.onnx", "layers_gpt2_prefill_seq128.csv", nullptr, 16'114'089'984, 163'069'952}),
    [](const auto& param) {
      std::string name = param.param.onnx;
      return name.substr(0, name.find('.'));
    });

// Other files of the shared data: they read, and every tensor that operators touch is sane.
class Files : public ::testing::TestWithParam<std::string> {};

TEST_P(Files, ReadAndAreSane) {
  TESSERA_NEED_SHARED_DATA();
  const auto network = read_network(*tessera::tests::shared_data() / "models" / GetParam());
  ASSERT_TRUE(network.ok()) << network.problems().to_string();
  EXPECT_GT(network->macs(), 0);
  std::vector<bool> made(network->tensors.size(), false);
  for (TensorId t = 0; t < network->tensors.size(); ++t) made[t] = network->tensors[t].producer == kNone;
  for (const Operator& op : network->operators) {
    const Tensor& out = network->tensors[op.output];
    made[op.output] = true;
    EXPECT_EQ(network->tensors[out.root].view, Tensor::View::none) << op.name;
    EXPECT_TRUE(whole(network->root(op.output).shape).contains(network->root_box(op.output, whole(out.shape))))
        << op.name;
    for (std::size_t i = 0; i < op.inputs.size(); ++i) {
      const Tensor& in = network->tensors[op.inputs[i]];
      EXPECT_TRUE(made[op.inputs[i]]) << op.name << " reads " << in.name << " before it is made";
      const Box box = source_box(*network, op, i, whole(out.shape));
      EXPECT_FALSE(box.empty()) << op.name;
      EXPECT_TRUE(whole(in.shape).contains(box)) << op.name << " input " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, Files,
                         ::testing::Values("yolov5n_640x640.onnx", "stream_resnet18.onnx",
                                           "mlperf_tiny_deepautoencoder.onnx", "mlperf_tiny_ds_cnn.onnx",
                                           "mlperf_tiny_mobilenet_v1.onnx", "mlperf_tiny_resnet8.onnx",
                                           "light_resnet50.onnx", "light_squeezenet.onnx", "light_inception_v1.onnx",
                                           "light_densenet121.onnx", "light_shufflenet.onnx", "ultraface_RFB320.onnx",
                                           "bert_tiny_seq128.onnx", "yolov5s_640x640.onnx", "tv_mobilenet_v2.onnx",
                                           "gpt2_prefill_seq128.onnx"),
                         [](const auto& param) { return param.param.substr(0, param.param.find('.')); });

TEST(Refused, FormatsAndOperatorsThatCannotBeSimulated) {
  TESSERA_NEED_SHARED_DATA();
  const auto folder = *tessera::tests::shared_data() / "models";
  const auto old = read_network(folder / "super_resolution.onnx");
  ASSERT_FALSE(old.ok());
  EXPECT_NE(old.problems().to_string().find("2017"), std::string::npos);
  const auto custom = read_network(folder / "deeploy_EEGFormer.onnx");
  ASSERT_FALSE(custom.ok());
  const std::string text = custom.problems().to_string();
  EXPECT_NE(text.find("node 'RequantShift_21' (RequantShift)"), std::string::npos) << text;
  EXPECT_NE(text.find("deeploy_EEGFormer.onnx"), std::string::npos) << text;
}

}  // namespace
}  // namespace tessera::models
