// Tile programs that a compiler wrote: what runs, and what is refused, where.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/golden/execution.h"
#include "tests/support/temp_folder.h"

namespace tessera::tests {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// x -> conv (two slices) -> y -> act -> z, in two rows of tiles each; every line of it is a fault of some test.
const std::string kProgram = R"(version: 1
name: small
slots: {input: 2, weight: 2, output: 2}
request_bytes: 8192
tensors:
  - {name: x, role: input, shape: [1, 8, 8, 32], precision: int8}
  - {name: w, role: constant, shape: [32, 1, 1, 32], precision: int8}
  - {name: y, shape: [1, 8, 8, 32], precision: int8}
  - {name: z, role: output, shape: [1, 8, 8, 32], precision: int8}
operators:
  - {name: conv, type: Conv, unit: pe, inputs: [x, w], output: y}
  - {name: act, type: Relu, unit: vector, inputs: [y], output: z, function: relu}
blocks:
  - {tensor: x, box: {begin: [0, 0, 0, 0], end: [1, 4, 8, 16]}, address: 0, run_bytes: 16,
     count: [8, 4], stride: [32, 256]}
  - {tensor: x, box: {begin: [0, 0, 0, 16], end: [1, 4, 8, 32]}, address: 16, run_bytes: 16,
     count: [8, 4], stride: [32, 256]}
  - {tensor: w, box: {begin: [0, 0, 0, 0], end: [32, 1, 1, 16]}, address: 100000, run_bytes: 512}
  - {tensor: w, box: {begin: [0, 0, 0, 16], end: [32, 1, 1, 32]}, address: 100512, run_bytes: 512}
  - {tensor: y, box: {begin: [0, 0, 0, 0], end: [1, 4, 8, 32]}, address: 2048, run_bytes: 1024}
  - {tensor: z, box: {begin: [0, 0, 0, 0], end: [1, 4, 8, 32]}, address: 4096, run_bytes: 1024}
groups:
  - {op: conv, output: 4, tiles: [
     {input: 0, weight: 2, array: {m: 32, n: 32, channels: 16}},
     {input: 1, weight: 3, array: {m: 32, n: 32, channels: 16}, vector_cycles: 8}]}
  - {op: act, output: 5, after: [0], tiles: [{input: 4, vector_cycles: 64}]}
)";

class Program : public testing::Test {
 protected:
  sim::RunArguments arguments(const std::string& text, const std::string& name = "p.yaml",
                              std::vector<std::string> overrides = {}) {
    std::ofstream(temp / name, std::ios::binary) << text;
    sim::RunArguments run = shipped("tiny_8x8", "tiny_cnn", "", std::move(overrides));
    run.model_file.clear();
    run.program_file = temp / name;
    return run;
  }
  // The messages of the program with one text in the place of another.
  std::string refused(const std::string& from, const std::string& to, std::vector<std::string> overrides = {}) {
    std::string text = kProgram;
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    if (at != std::string::npos) text.replace(at, from.size(), to);
    const auto spec = sim::read_run(arguments(text, "p.yaml", std::move(overrides)));
    if (!spec) return spec.problems().to_string();
    const auto run = sim::prepare(*spec);
    if (run) return "runs";
    std::string all = run.problems().to_string();
    const std::string folder = temp.path().string() + "/";
    for (auto found = all.find(folder); found != std::string::npos; found = all.find(folder))
      all.erase(found, folder.size());
    return all;
  }
  TempFolder temp;
};

TEST_F(Program, RunsAndKeepsItsLaws) {
  const Execution e = execute(arguments(kProgram), temp / "out");
  ASSERT_TRUE(e.result.ok) << e.result.failure;
  EXPECT_THAT(read_trace(temp / "out/trace.tsr").violations, IsEmpty());
  EXPECT_EQ(e.summary().network, "small");
  EXPECT_EQ(e.summary().tiles, 3u);
  EXPECT_EQ(e.summary().groups, 2u);
  EXPECT_EQ(e.summary().macs, 2 * 32 * 32 * 16);
  // x once, w once, y and z stored, y read again.
  EXPECT_EQ(e.summary().dispatch.loaded_bytes, e.summary().planned_bytes - 2 * 1024);
  for (const auto& bound : {e.summary().bound, e.summary().bound_moved, e.summary().bound_network}) {
    EXPECT_GT(bound.time(), base::Ps{0});
    EXPECT_LE(bound.time(), e.summary().makespan);
  }
  ASSERT_EQ(e.summary().tiling.operators.size(), 2u);
  EXPECT_EQ(e.summary().tiling.operators[0].slices(), 2);
}

TEST_F(Program, RepeatsItsActivationsForEveryRequest) {
  const Execution e = execute(arguments(kProgram, "p.yaml", {"requests.count=5"}));
  ASSERT_TRUE(e.result.ok) << e.result.failure;
  EXPECT_EQ(e.summary().tiles, 15u);
  const auto& blocks = e.run.graph.blocks;
  EXPECT_EQ(blocks.back().where.base, 4096 + 4 * 8192);
  EXPECT_THAT(refused("request_bytes: 8192", "request_bytes: 5119", {"requests.count=2"}),
              HasSubstr("p.yaml:4:16: request_bytes is 5119, and the activations of one request take [0, 5120)"));
  EXPECT_THAT(refused("request_bytes: 8192", "request_bytes: 8192", {"requests.count=14"}),
              HasSubstr("the program has room for 12"));
}

TEST_F(Program, NamesThePlaceOfEachFault) {
  EXPECT_THAT(refused("version: 1", "version: 2"),
              HasSubstr("p.yaml:1:10: version is 2; this program reads version 1"));
  EXPECT_THAT(refused("request_bytes", "request_byte"),
              HasSubstr("p.yaml:4:1: unknown key \"request_byte\", did you mean \"request_bytes\"?"));
  EXPECT_THAT(refused("{input: 2, weight: 2", "{input: 0, weight: 2"), HasSubstr("p.yaml:3:16: slots.input is 0"));
  EXPECT_THAT(refused("name: w, role", "name: x, role"), HasSubstr("tensors[1].name \"x\" is the name of another"));
  EXPECT_THAT(refused("role: input", "role: in"), HasSubstr("p.yaml:6:21: tensors[0].role"));
  EXPECT_THAT(refused("[1, 8, 8, 32], precision: int8}\n  - {name: w", "[1, 8, 32], precision: int8}\n  - {name: w"),
              HasSubstr("p.yaml:6:35: tensors[0].shape has 3 numbers, and must have 4"));
  EXPECT_THAT(refused("precision: int8}\n  - {name: y", "precision: int7}\n  - {name: y"),
              HasSubstr("tensors[1].precision is \"int7\", not one of int4, int8"));
  EXPECT_THAT(refused("inputs: [x, w]", "inputs: [x, v]"),
              HasSubstr("p.yaml:11:52: operators[0].inputs[1] names a tensor \"v\" that is not in the list"));
  EXPECT_THAT(refused("function: relu", "function: rely"),
              HasSubstr("operators[1].function is \"rely\", which is no function of the vector unit, did you mean"));
}

TEST_F(Program, RefusesBlocksThatCannotBe) {
  EXPECT_THAT(refused("end: [1, 4, 8, 16]}", "end: [1, 9, 8, 16]}"),
              HasSubstr("p.yaml:14:22: blocks[0].box is [0, 9) along h, not a part of the tensor's [0, 8)"));
  EXPECT_THAT(refused("begin: [0, 0, 0, 0]", "begin: [0, 4, 0, 0]"), HasSubstr("blocks[0].box is [4, 4) along h"));
  EXPECT_THAT(refused("address: 2048", "address: -1"), HasSubstr("blocks[4].address is -1, and must be from 0"));
  EXPECT_THAT(refused("run_bytes: 16", "run_bytes: -16"), HasSubstr("blocks[0].run_bytes is -16"));
  EXPECT_THAT(refused("stride: [32, 256]", "stride: [8, 256]"),
              HasSubstr("p.yaml:15:30: blocks[0].stride[0] is 8, less than the 16 B that it repeats"));
  EXPECT_THAT(refused("count: [8, 4]", "count: [8]"), HasSubstr("blocks[0] has 1 counts and 2 strides"));
  EXPECT_THAT(refused("address: 4096", "address: 2560"),
              HasSubstr("p.yaml:21:5: blocks[5] overlaps another buffer: [2560, 3584) of blocks[5] and [2048, 3072)"));
  EXPECT_THAT(refused("blocks:\n", "buffers: [{address: 200000, bytes: 100}]\nblocks:\n"), HasSubstr("runs"));
  EXPECT_THAT(refused("address: 0,", "buffer: 3, address: 0,"), HasSubstr("blocks[0].buffer is 3; there are 0"));
  EXPECT_THAT(refused("run_bytes: 1024}\n  - {tensor: z", "run_bytes: 90000000}\n  - {tensor: z"),
              HasSubstr("overlaps"));
}

TEST_F(Program, RefusesTilesThatCannotRun) {
  EXPECT_THAT(refused("{op: act", "{op: ac"), HasSubstr("groups[1].op names an operator \"ac\""));
  EXPECT_THAT(refused("output: 5", "output: 6"), HasSubstr("groups[1].output is 6; there are 6 blocks"));
  EXPECT_THAT(refused("output: 5", "output: 2"), HasSubstr("\"w\", which is constant"));
  EXPECT_THAT(refused("output: 5", "output: 0"), HasSubstr("\"x\" that is there before the run: an input"));
  EXPECT_THAT(refused("output: 5", "core: 9, output: 5"),
              HasSubstr("groups[1].core is 9; the machine has cores 0 to 0"));
  EXPECT_THAT(refused("{input: 4, vector", "{input: 44, vector"), HasSubstr("groups[1].tiles[0].input is 44"));
  EXPECT_THAT(refused("vector_cycles: 64", "vector_cycles: -1"), HasSubstr("groups[1].tiles[0].vector_cycles is -1"));
  EXPECT_THAT(refused("weight: 2, array: {m: 32, n: 32, channels: 16}", "weight: 2"),
              HasSubstr("groups[0].tiles[0] runs on the array and has no array"));
  EXPECT_THAT(refused("{m: 32, n: 32", "{m: 0, n: 32"), HasSubstr("groups[0].tiles[0].array.m is 0"));
  EXPECT_THAT(
      refused("{m: 32, n: 32", "{m: 32000, n: 3200"),
      HasSubstr("groups[0].tiles[0].array makes 102400000 partial sums of 4 B, and a slot of the output region"));
  EXPECT_THAT(refused("channels: 16}}", "channels: 16}, vector_cycles: 3}"), HasSubstr("follow the last slice only"));
  EXPECT_THAT(refused("op: act, ", "op: act, unit: movement, "), HasSubstr("groups[1].tiles[0] is a movement"));
  EXPECT_THAT(refused("op: act, ", "op: act, unit: host, "), HasSubstr("stand in a group of the host"));
  EXPECT_THAT(refused(", tiles: [{input: 4, vector_cycles: 64}]", ""), HasSubstr("groups[1] has no tiles"));
  EXPECT_THAT(refused("slots: {input: 2", "slots: {input: 64"), HasSubstr("is a block of"));
}

TEST_F(Program, RefusesEdgesThatGoRound) {
  EXPECT_THAT(refused("after: [0]", "after: [7]"), HasSubstr("groups[1].after[0] is 7; there are 2 groups"));
  EXPECT_THAT(refused("after: [0]", "after: [1]"), HasSubstr("groups[1].after[0] is the group itself"));
  EXPECT_THAT(
      refused("{op: conv, output: 4", "{op: conv, after: [1], output: 4"),
      HasSubstr("the tiles wait for each other in a cycle: \"conv\" tile 0 -> \"act\" tile 2 -> \"conv\" tile 0"));
  EXPECT_THAT(refused("{name: y, shape", "{name: y, role: activation, shape"), HasSubstr("runs"));
  EXPECT_THAT(refused("address: 4096, run_bytes: 1024}\n",
                      "address: 4096, run_bytes: 1024}\n  - {tensor: y, address: 2048, run_bytes: 2048}\n"),
              HasSubstr("p.yaml:22:5: blocks[6] cannot be waited for: a part of tensor \"y\" is read that no operator "
                        "writes"));
}

// Groups that can run, listed the wrong way round.
TEST_F(Program, WantsGroupsInAnOrderInWhichTheyCanRun) {
  std::string text = kProgram;
  const auto conv = text.find("  - {op: conv"), act = text.find("  - {op: act");
  const std::string first = text.substr(conv, act - conv);
  text.erase(conv, first.size());
  text += first;
  text.replace(text.find("after: [0], "), 12, "");
  const auto run = sim::prepare(*sim::read_run(arguments(text)));
  ASSERT_FALSE(run);
  EXPECT_THAT(run.problems().to_string(), HasSubstr("groups[0] waits for groups[1], which stands behind it"));
}

TEST_F(Program, OfTextSaysLineAndColumn) {
  const auto spec =
      sim::read_run(arguments("version: 1\nslots { input: 2 weight: 2 output: 2 }\ntensors {\n"
                              "  name: \"x\"\n  shape: [1, 1, 1]\n}\n",
                              "p.txtpb"));
  ASSERT_TRUE(spec) << spec.problems().to_string();
  EXPECT_THAT(sim::prepare(*spec).problems().to_string(), HasSubstr("p.txtpb:5:3: tensors[0].shape has 3 numbers"));
  const auto broken = sim::read_run(arguments("version: 1\nslot {}\n", "q.txtpb"));
  EXPECT_THAT(sim::prepare(*broken).problems().to_string(), HasSubstr("q.txtpb:2:"));
  const auto binary = sim::read_run(arguments("nothing like it", "p.pb"));
  EXPECT_THAT(sim::prepare(*binary).problems().to_string(), HasSubstr("is no tile program"));
}

TEST_F(Program, StandsInANetworksPlace) {
  EXPECT_THAT(refused("version: 1", "version: 1", {"tiles=[{pattern: '*', m: 1}]"}),
              HasSubstr("tiles has no effect on a program, whose tiles are made"));
  sim::RunArguments both = arguments(kProgram);
  both.gemm = "1x2x3";
  EXPECT_THAT(sim::read_run(both).problems().to_string(),
              HasSubstr("--model, --program, --gemm and --conv say different networks"));
}

}  // namespace
}  // namespace tessera::tests
