#include "tests/fuzz/onnx_draft.h"

namespace tessera::tests {

namespace {

DraftTensor ints(const char* name, Ints v) {
  const auto count = static_cast<std::int64_t>(v.size());
  return {name, {count}, 7, std::move(v)};
}

// Input x, one node whose outputs leave the network. `constants` are the node's further inputs, in order.
Draft one(const char* type, Ints x, std::vector<DraftTensor> constants, std::vector<DraftAttribute> attributes,
          std::int64_t opset = 13) {
  Draft d;
  d.opset = opset;
  d.inputs = {{"x", std::move(x), 1, {}}};
  DraftNode n{"n", type, "", {"x"}, {"y"}, std::move(attributes)};
  for (const auto& c : constants) n.inputs.push_back(c.name);
  d.constants = std::move(constants);
  d.nodes = {n};
  d.outputs = {"y"};
  return d;
}

void add_element_wise(std::vector<Draft>& all) {
  for (const char* type : {"Abs", "Erf", "Exp", "Gelu", "HardSigmoid", "HardSwish", "Identity", "LeakyRelu", "Log",
                           "Neg", "Reciprocal", "Relu", "Sigmoid", "Silu", "Sqrt", "Tanh", "Dropout", "Clip"})
    all.push_back(one(type, {2, 5, 4}, {}, {}));
  for (const char* type :
       {"Acos", "Acosh", "Asin",  "Asinh",    "Atan",     "Atanh", "BitwiseNot", "Ceil",           "Celu", "Cos",
        "Cosh", "Elu",   "Floor", "IsInf",    "IsNaN",    "Mish",  "Not",        "Round",          "Selu", "Shrink",
        "Sign", "Sin",   "Sinh",  "Softplus", "Softsign", "Swish", "Tan",        "ThresholdedRelu"})
    all.push_back(one(type, {2, 5}, {}, {}));
  for (const char* type : {"And", "BitShift", "BitwiseAnd", "BitwiseOr", "BitwiseXor", "GreaterOrEqual", "LessOrEqual",
                           "Mean", "Mod", "Or", "Xor"})
    all.push_back(one(type, {2, 5, 4}, {{"c", {5, 1}, 1, {}}}, {}));
  for (const char* type : {"Add", "Div", "Equal", "Greater", "Less", "Max", "Min", "Mul", "PRelu", "Pow", "Sub", "Sum"})
    all.push_back(one(type, {2, 5, 4}, {{"c", {5, 1}, 1, {}}}, {}));
  all.push_back(one("Cast", {2, 5}, {}, {number("to", 10)}));
  all.push_back(one("Where", {2, 5}, {{"a", {}, 1, {1}}, {"b", {5}, 1, {}}}, {}));
}

void add_products(std::vector<Draft>& all) {
  all.push_back(one("Conv", {1, 4, 9, 8}, {{"w", {6, 2, 3, 3}, 1, {}}, {"b", {6}, 1, {}}},
                    {number("group", 2), list("kernel_shape", {3, 3}), list("strides", {2, 1}),
                     list("pads", {1, 1, 1, 1}), list("dilations", {1, 2})}));
  all.push_back(one("Conv", {1, 3, 8}, {{"w", {4, 3, 3}, 1, {}}}, {word("auto_pad", "SAME_UPPER")}));
  all.push_back(one("Gemm", {3, 8}, {{"w", {6, 8}, 1, {}}, {"b", {6}, 1, {}}}, {number("transB", 1)}));
  all.push_back(one("MatMul", {2, 3, 8}, {{"w", {8, 6}, 1, {}}}, {}));
  all.push_back(one("MatMul", {2, 3, 8}, {{"w", {8}, 1, {}}}, {}));
  all.push_back(one("Conv", {1, 3, 4, 6, 5}, {{"w", {4, 3, 3, 3, 3}, 1, {}}}, {list("pads", {1, 1, 1, 1, 1, 1})}));
  all.push_back(one("ConvTranspose", {1, 4, 5, 6}, {{"w", {4, 3, 3, 4}, 1, {}}, {"b", {6}, 1, {}}},
                    {number("group", 2), list("strides", {2, 3}), list("pads", {1, 1, 0, 1}),
                     list("output_padding", {1, 0}), list("dilations", {1, 2})}));
  all.push_back(one("Gemm", {8, 3}, {{"w", {8, 6}, 1, {}}, {"b", {3, 6}, 1, {}}}, {number("transA", 1)}));
  all.push_back(one("Einsum", {2, 3, 8}, {{"w", {8, 2, 6}, 1, {}}}, {word("equation", "abc,cde->abde")}));
}

void add_vector(std::vector<Draft>& all) {
  const auto pool = [](const char* type) {
    return one(
        type, {1, 3, 9, 8}, {},
        {list("kernel_shape", {3, 2}), list("strides", {2, 2}), list("pads", {1, 0, 1, 0}), number("ceil_mode", 1)});
  };
  all.push_back(pool("AveragePool"));
  all.push_back(pool("MaxPool"));
  all.back().nodes[0].outputs.emplace_back("indices");
  all.back().outputs.emplace_back("indices");
  all.push_back(one("GlobalAveragePool", {1, 3, 9, 8}, {}, {}));
  all.push_back(one("GlobalMaxPool", {1, 3, 9, 8}, {}, {}));
  all.push_back(one("BatchNormalization", {1, 3, 4, 4},
                    {{"s", {3}, 1, {}}, {"b", {3}, 1, {}}, {"m", {3}, 1, {}}, {"v", {3}, 1, {}}}, {}));
  all.push_back(one("LayerNormalization", {2, 5, 8}, {{"s", {8}, 1, {}}, {"b", {8}, 1, {}}}, {number("axis", -1)}, 17));
  all.push_back(one("LRN", {1, 6, 4, 4}, {}, {number("size", 5)}));
  all.push_back(one("Softmax", {2, 5, 8}, {}, {number("axis", 1)}));
  for (const char* type : {"ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum"})
    all.push_back(one(type, {2, 5, 8}, {}, {list("axes", {1, -1}), number("keepdims", 0)}, 11));
  all.push_back(one("ReduceMean", {2, 5, 8}, {ints("axes", {1})}, {number("noop_with_empty_axes", 1)}, 18));
  all.push_back(
      one("Resize", {1, 3, 4, 5}, {{"roi", {0}, 1, {}}, {"scales", {4}, 1, {1, 1, 2, 3}}}, {word("mode", "linear")}));
  all.push_back(one("Resize", {1, 3, 4, 5}, {{"roi", {0}, 1, {}}, {"none", {0}, 1, {}}, ints("sizes", {8, 9})},
                    {list("axes", {2, 3})}, 18));
  all.push_back(one("Upsample", {1, 3, 4, 5}, {}, {reals("scales", {1, 1, 2, 2}), word("mode", "nearest")}, 7));
}

// What newer operator sets have, and what stands beside networks more than in them.
void add_rare_vector(std::vector<Draft>& all) {
  const DraftTensor scale{"s", {6}, 1, {}}, shift{"b", {6}, 1, {}};
  all.push_back(one("GroupNormalization", {1, 6, 4, 4}, {scale, shift}, {number("num_groups", 2)}, 21));
  all.push_back(one("InstanceNormalization", {1, 6, 4, 4}, {scale, shift}, {}));
  all.push_back(one("MeanVarianceNormalization", {1, 6, 4, 4}, {}, {list("axes", {0, 2, 3})}));
  all.push_back(one("RMSNormalization", {2, 6}, {scale}, {number("axis", -1)}, 23));
  all.push_back(one("SimplifiedLayerNormalization", {2, 6}, {scale}, {number("axis", -1)}));
  all.push_back(one("LpNormalization", {2, 6}, {}, {number("axis", 0), number("p", 1)}));
  for (const char* type : {"Hardmax", "LogSoftmax"}) all.push_back(one(type, {2, 6}, {}, {number("axis", 0)}));
  for (const char* type : {"ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare"})
    all.push_back(one(type, {2, 5, 8}, {}, {list("axes", {1, -1}), number("keepdims", 0)}, 11));
  for (const char* type : {"ArgMax", "ArgMin"})
    all.push_back(one(type, {2, 5}, {}, {number("axis", 1), number("keepdims", 0), number("select_last_index", 1)}));
  all.push_back(one("TopK", {2, 9}, {ints("k", {3})}, {number("axis", 1), number("largest", 0)}));
  all.back().nodes[0].outputs.emplace_back("places");
  all.back().outputs.emplace_back("places");
  all.push_back(one("CumSum", {2, 5}, {ints("axis", {1})}, {number("exclusive", 1), number("reverse", 0)}));
  all.push_back(one("OneHot", {2, 5}, {ints("depth", {4}), {"values", {2}, 1, {}}}, {number("axis", 1)}));
  all.push_back(one("Trilu", {4, 4}, {}, {number("upper", 0)}, 14));
  all.push_back(one("EyeLike", {4, 4}, {}, {number("k", 1)}));
  all.back().nodes.push_back({"a", "Add", "", {"x", "y"}, {"z"}, {}});
  all.back().outputs = {"z"};
  const auto pool = [](const char* type, Ints x, Ints kernel) {
    return one(type, std::move(x), {}, {list("kernel_shape", kernel), list("strides", kernel)});
  };
  all.push_back(pool("LpPool", {1, 3, 8, 8}, {2, 2}));
  all.push_back(pool("MaxPool", {1, 3, 4, 8, 8}, {2, 2, 2}));
  all.push_back(one("GlobalLpPool", {1, 3, 8, 8}, {}, {number("p", 2)}));
  all.push_back(one("MaxUnpool", {1, 3, 4, 4}, {{"at", {1, 3, 4, 4}, 7, {}}},
                    {list("kernel_shape", {2, 2}), list("strides", {2, 2}), list("pads", {0, 0, 0, 0})}));
  all.push_back(one("GridSample", {1, 3, 8, 8}, {{"grid", {1, 4, 5, 2}, 1, {}}}, {word("mode", "bilinear")}, 16));
  all.push_back(one("RoiAlign", {1, 3, 8, 8}, {{"rois", {5, 4}, 1, {}}, {"at", {5}, 7, {}}},
                    {number("output_height", 2), number("output_width", 3), number("sampling_ratio", 2)}, 16));
  all.push_back(one("AffineGrid", {2, 2, 3}, {ints("size", {2, 3, 4, 5})}, {number("align_corners", 1)}, 20));
  all.push_back(
      one("Col2Im", {1, 12, 9}, {ints("image", {4, 4}), ints("block", {2, 2})}, {list("pads", {0, 0, 0, 0})}, 18));
}

void add_indexed(std::vector<Draft>& all) {
  const DraftTensor at{"at", {2, 3}, 7, {}}, updates{"u", {2, 3}, 1, {}};
  all.push_back(one("GatherElements", {4, 3}, {at}, {number("axis", 0)}));
  all.push_back(one("GatherND", {4, 3, 5}, {{"at", {6, 2}, 7, {}}}, {number("batch_dims", 0)}));
  for (const char* type : {"Scatter", "ScatterElements"})
    all.push_back(one(type, {4, 3}, {at, updates}, {number("axis", 0)}, type[7] == '\0' ? 9 : 18));
  all.push_back(one("ScatterND", {4, 3}, {{"at", {2, 1}, 7, {}}, updates}, {word("reduction", "add")}, 18));
  all.push_back(one("ArgMax", {3, 9}, {{"table", {9, 4}, 1, {}}}, {number("axis", 1), number("keepdims", 0)}));
  all.back().nodes[0].inputs = {"x"};
  all.back().nodes[0].outputs = {"best"};
  all.back().nodes.push_back({"g", "Gather", "", {"table", "best"}, {"y"}, {number("axis", 0)}});
  all.push_back(
      one("ReverseSequence", {4, 3, 2}, {{"lengths", {3}, 7, {}}}, {number("time_axis", 0), number("batch_axis", 1)}));
  for (const char* mode : {"edge", "reflect", "wrap"})
    all.push_back(one("Pad", {4, 6}, {ints("pads", {0, 2, 1, -1})}, {word("mode", mode)}, 19));
  all.push_back(one("Slice", {6, 8},
                    {ints("from", {5, -1}), ints("to", {0, -99}), ints("axes", {0, 1}), ints("steps", {-2, -1})}, {}));
  all.push_back(one("Concat", {2, 3, 4, 5}, {{"c", {2, 2, 4, 5}, 1, {}}}, {number("axis", 1)}));
}

void add_movements(std::vector<Draft>& all) {
  all.push_back(one("Concat", {1, 3, 4, 4}, {{"c", {1, 2, 4, 4}, 1, {}}}, {number("axis", 1)}));
  all.push_back(one("DepthToSpace", {1, 8, 3, 3}, {}, {number("blocksize", 2), word("mode", "CRD")}));
  all.push_back(one("SpaceToDepth", {1, 2, 4, 6}, {}, {number("blocksize", 2)}));
  all.push_back(one("Expand", {3, 1}, {ints("shape", {2, 3, 4})}, {}));
  all.push_back(one("Tile", {3, 2}, {ints("repeats", {2, 3})}, {}));
  all.push_back(one("Flatten", {2, 3, 4}, {}, {number("axis", 2)}));
  all.push_back(one("Gather", {6, 4}, {ints("at", {0, 5, 3})}, {number("axis", 0)}));
  all.push_back(one("Reshape", {2, 3, 4}, {ints("shape", {0, -1})}, {number("allowzero", 0)}));
  all.push_back(one("Slice", {6, 8},
                    {ints("from", {1, 0}), ints("to", {-1, 8}), ints("axes", {0, 1}), ints("steps", {2, 1})}, {}));
  all.push_back(one("Slice", {6, 8}, {}, {list("starts", {1}), list("ends", {5}), list("axes", {1})}, 9));
  all.push_back(one("Split", {2, 6}, {ints("parts", {2, 4})}, {number("axis", 1)}));
  all.back().nodes[0].outputs.emplace_back("z");
  all.back().outputs.emplace_back("z");
  all.push_back(one("Split", {2, 7}, {}, {number("axis", 1), number("num_outputs", 2)}, 18));
  all.back().nodes[0].outputs.emplace_back("z");
  all.push_back(one("Squeeze", {2, 1, 4}, {}, {list("axes", {1})}, 11));
  all.push_back(one("Unsqueeze", {2, 4}, {ints("axes", {0, -1})}, {}));
  all.push_back(one("Transpose", {2, 3, 4, 5}, {}, {list("perm", {0, 3, 1, 2})}));
  all.push_back(one("Pad", {1, 3, 6, 6}, {ints("pads", {0, 0, 1, 1, 0, 0, 1, 1})}, {word("mode", "constant")}));
  all.back().nodes[0].outputs = {"p"};
  all.back().nodes.push_back({"pool", "MaxPool", "", {"p"}, {"y"}, {list("kernel_shape", {2, 2})}});
}

// Shapes that are computed in the network, from Shape to Reshape.
Draft computed_shape() {
  Draft d = one("Shape", {2, 3, 4}, {}, {number("start", 0), number("end", 2)}, 15);
  d.constants = {ints("zero", {0}), ints("minus", {-1}), ints("two", {2})};
  d.nodes[0].outputs = {"s"};
  d.nodes.push_back({"g", "Gather", "", {"s", "zero"}, {"b"}, {number("axis", 0)}});
  d.nodes.push_back({"m", "Mul", "", {"b", "two"}, {"b2"}, {}});
  d.nodes.push_back({"h", "Div", "", {"b2", "two"}, {"b3"}, {}});
  d.nodes.push_back({"k", "Constant", "", {}, {"k"}, {list("value_ints", {-1})}});
  d.nodes.push_back({"c", "Concat", "", {"b3", "k"}, {"to"}, {number("axis", 0)}});
  d.nodes.push_back({"r", "Reshape", "", {"x", "to"}, {"v"}, {}});
  d.nodes.push_back({"o", "ConstantOfShape", "", {"to0"}, {"ones"}, {}});
  d.constants.push_back(ints("to0", {1, 12}));
  d.nodes.push_back({"a", "Add", "", {"v", "ones"}, {"w"}, {}});
  d.nodes.push_back({"z", "Size", "", {"x"}, {"count"}, {}});
  d.nodes.push_back({"q", "Range", "", {"zero", "twelve", "step"}, {"range"}, {}});
  d.constants.push_back(ints("twelve", {12}));
  d.constants.push_back(ints("step", {1}));
  d.nodes.push_back({"t", "Add", "", {"w", "range"}, {"y"}, {}});
  return d;
}

// A residual block with what is fused around it.
Draft block() {
  Draft d = one("Conv", {1, 4, 8, 8}, {{"w", {4, 4, 3, 3}, 1, {}}, {"b", {4}, 1, {}}}, {list("pads", {1, 1, 1, 1})});
  d.nodes[0].outputs = {"c"};
  d.constants.push_back({"p", {4}, 1, {}});
  d.nodes.push_back({"bn", "BatchNormalization", "", {"c", "p", "p", "p", "p"}, {"n"}, {}});
  d.nodes.push_back({"g", "Sigmoid", "", {"n"}, {"s"}, {}});
  d.nodes.push_back({"m", "Mul", "", {"n", "s"}, {"u"}, {}});
  d.nodes.push_back({"a", "Add", "", {"u", "x"}, {"v"}, {}});
  d.nodes.push_back({"s", "Split", "", {"v"}, {"v0", "v1"}, {number("axis", 1)}});
  d.nodes.push_back({"j", "Concat", "", {"v1", "v0"}, {"w"}, {number("axis", 1)}});
  d.nodes.push_back({"pool", "GlobalAveragePool", "", {"w"}, {"q"}, {}});
  d.nodes.push_back({"f", "Flatten", "", {"q"}, {"r"}, {number("axis", 1)}});
  d.constants.push_back({"fc", {4, 5}, 1, {}});
  d.nodes.push_back({"fc", "MatMul", "", {"r", "fc"}, {"l"}, {}});
  d.nodes.push_back({"e", "Softmax", "", {"l"}, {"y"}, {number("axis", -1)}});
  d.nodes[0].inputs[1] = d.constants[0].name = "kernel";  // "w" is a tensor of the network
  return d;
}

// Layer normalization spelt out, then attention of one head.
Draft attention() {
  Draft d = one("ReduceMean", {1, 4, 8}, {}, {list("axes", {-1})});
  d.nodes[0].outputs = {"mean"};
  d.constants = {
      {"two", {}, 1, {2}}, {"eps", {}, 1, {1}}, {"gain", {8}, 1, {}}, {"shift", {8}, 1, {}}, {"qkv", {8, 24}, 1, {}}};
  const auto add = [&](const char* type, std::vector<std::string> in, std::vector<std::string> out,
                       std::vector<DraftAttribute> a = {}) {
    d.nodes.push_back({out.front(), type, "", std::move(in), std::move(out), std::move(a)});
  };
  add("Sub", {"x", "mean"}, {"centred"});
  add("Pow", {"centred", "two"}, {"square"});
  add("ReduceMean", {"square"}, {"variance"}, {list("axes", {-1})});
  add("Add", {"variance", "eps"}, {"safe"});
  add("Sqrt", {"safe"}, {"root"});
  add("Div", {"centred", "root"}, {"normal"});
  add("Mul", {"normal", "gain"}, {"scaled"});
  add("Add", {"scaled", "shift"}, {"h"});
  add("MatMul", {"h", "qkv"}, {"all"});
  add("Split", {"all"}, {"q", "k", "v"}, {number("axis", -1)});
  add("Transpose", {"k"}, {"kt"}, {list("perm", {0, 2, 1})});
  add("MatMul", {"q", "kt"}, {"scores"});
  add("Softmax", {"scores"}, {"p"}, {number("axis", -1)});
  add("MatMul", {"p", "v"}, {"y"});
  return d;
}

}  // namespace

namespace {

Draft of_microsoft(Draft d) {
  d.nodes[0].domain = "com.microsoft";
  return d;
}

// x, q: inputs of the shape of x; then the constants.
Draft of_two(Draft d, std::size_t inputs) {
  for (std::size_t i = 1; i < inputs; ++i) {
    const std::string name = "x" + std::to_string(i);
    d.inputs.push_back({name, d.inputs[0].dims, 1, {}});
    d.nodes[0].inputs.insert(d.nodes[0].inputs.begin() + static_cast<std::ptrdiff_t>(i), name);
  }
  return d;
}

void add_expanded(std::vector<Draft>& all) {
  const auto recurrent = [](const char* type, std::int64_t gates, std::vector<DraftAttribute> a) {
    return one(type, {3, 2, 5}, {{"w", {1, gates * 4, 5}, 1, {}}, {"r", {1, gates * 4, 4}, 1, {}}}, std::move(a));
  };
  all.push_back(recurrent("LSTM", 4, {number("hidden_size", 4), word("direction", "reverse")}));
  all.push_back(recurrent("GRU", 3, {number("linear_before_reset", 1), number("layout", 0)}));
  all.push_back(recurrent("RNN", 1, {}));
  all.push_back(of_two(one("Attention", {1, 6, 16}, {},
                           {number("q_num_heads", 2), number("kv_num_heads", 2), number("is_causal", 1)}, 23),
                       3));
  all.push_back(of_microsoft(of_two(one("MultiHeadAttention", {1, 6, 16}, {}, {number("num_heads", 2)}), 3)));
  all.push_back(
      of_microsoft(one("Attention", {1, 6, 16}, {{"w", {16, 48}, 1, {}}, {"b", {48}, 1, {}}},
                       {number("num_heads", 2), number("unidirectional", 1), list("qkv_hidden_sizes", {16, 16, 16})})));
  all.push_back(
      of_microsoft(one("GroupQueryAttention", {1, 6, 64}, {}, {number("num_heads", 4), number("kv_num_heads", 2)})));
  all.push_back(
      of_microsoft(one("RotaryEmbedding", {1, 2, 6, 8}, {ints("p", {0}), {"c", {9, 4}, 1, {}}, {"s", {9, 4}, 1, {}}},
                       {number("interleaved", 1)})));
  all.push_back(of_microsoft(of_two(one("SkipLayerNormalization", {1, 6, 8}, {{"g", {8}, 1, {}}}, {}), 2)));
  all.push_back(of_microsoft(one("BiasSplitGelu", {1, 6, 8}, {{"b", {8}, 1, {}}}, {})));
  all.push_back(of_microsoft(one("QuickGelu", {1, 6, 8}, {}, {})));
  all.push_back(of_microsoft(of_two(one("FusedMatMul", {2, 6, 8}, {}, {number("transB", 1)}), 2)));
  all.push_back(
      of_microsoft(one("FusedConv", {1, 3, 8, 8}, {{"w", {4, 3, 3, 3}, 1, {}}}, {word("activation", "Relu")})));
}

}  // namespace

std::vector<Draft> seed_drafts() {
  std::vector<Draft> all;
  add_element_wise(all);
  add_products(all);
  add_vector(all);
  add_rare_vector(all);
  add_indexed(all);
  add_movements(all);
  add_expanded(all);
  for (int i = 0; i < 4; ++i) all.insert(all.end(), {computed_shape(), block(), attention()});  // often, for their size
  return all;
}

}  // namespace tessera::tests
