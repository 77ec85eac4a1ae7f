#include "sim/config/run_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/config/parameter.h"
#include "sim/config/model_shape.h"
#include "sim/config/run_writer.h"

namespace tessera::sim {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

const fs::path kTiny = fs::path(TESSERA_SOURCE_DIR) / "configs/npu/tiny_8x8.yaml";

class RunReader : public testing::Test {
 protected:
  RunReader() : folder_(fs::temp_directory_path() / ("tessera_run_" + std::to_string(getpid()))) {
    fs::create_directories(folder_ / "machines");
    fs::copy_file(kTiny, folder_ / "machines/m.yaml", fs::copy_options::overwrite_existing);
    write("net.yaml", "network: net\n");
  }
  ~RunReader() override { fs::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) { std::ofstream(folder_ / name) << text; }
  [[nodiscard]] RunArguments of_file(const std::string& text) {
    write("r.yaml", text);
    RunArguments a;
    a.run_file = folder_ / "r.yaml";
    return a;
  }
  fs::path folder_;
};

std::string problems(const RunArguments& a) {
  const auto run = read_run(a);
  EXPECT_FALSE(run);
  return run ? "" : run.problems().to_string();
}

TEST_F(RunReader, PathsInAFileAreRelativeToIt) {
  const auto run = read_run(of_file("npu: machines/m.yaml\nmodel: net.yaml\n"));
  ASSERT_TRUE(run) << run.problems().to_string();
  EXPECT_EQ(run->model.file, folder_ / "net.yaml");
  EXPECT_EQ(run->npu.name, "tiny_8x8");
  EXPECT_EQ(run->name, "r");
  EXPECT_EQ(run->schedule.buffers, (std::array<std::int64_t, 3>{2, 2, 2}));
}

// A standard and a table beside the machine's file are found from anywhere, and the run that is written finds them too.
TEST_F(RunReader, FilesThatAMachineNamesLieBesideIt) {
  fs::create_directories(folder_ / "elsewhere/out");
  for (const char* copy : {"dram/DDR4-3200.yaml", "energy/generic_45nm.yaml", "energy/memories.yaml"})
    fs::copy_file(fs::path(TESSERA_SOURCE_DIR) / "configs" / copy, folder_ / "machines" / fs::path(copy).filename(),
                  fs::copy_options::overwrite_existing);
  write("machines/own.yaml",
        "clocks: {core: 1 GHz}\ncore:\n  pe_array: {rows: 8, columns: 8}\n"
        "  sram: {input: {capacity: 32 KiB}, weight: {capacity: 32 KiB}, output: {capacity: 32 KiB}}\n"
        "dram: {model: bank_state, standard: ./DDR4-3200.yaml}\nenergy: {table: ./generic_45nm.yaml}\n");
  const fs::path before = fs::current_path();
  fs::current_path(folder_ / "elsewhere");
  RunArguments a;
  a.npu_file = "../machines/own.yaml";
  a.gemm = "8x16x4";
  const auto run = read_run(a);
  std::string text;
  if (run) text = base::write_yaml(write_run(*run, "out"));
  fs::current_path(before);
  ASSERT_TRUE(run) << run.problems().to_string();
  EXPECT_EQ(run->npu.dram.bank_state.standard, "../machines/DDR4-3200.yaml") << "from the working directory";
  EXPECT_EQ(run->npu.dram.bank_state.standard_name, "DDR4-3200");
  EXPECT_EQ(run->npu.energy.table, "../machines/generic_45nm.yaml");
  EXPECT_THAT(text, HasSubstr("../../machines/DDR4-3200.yaml")) << "from the folder of the written file";
  EXPECT_THAT(text, HasSubstr("../../machines/generic_45nm.yaml"));
}

TEST_F(RunReader, TraceBufferOfARunWithoutOneIsRefused) {
  RunArguments a;
  a.npu_file = kTiny;
  a.gemm = "8x16x4";
  a.overrides = {"trace_buffer.drain=2 B/cycle"};
  EXPECT_THAT(problems(a), HasSubstr("trace_buffer.drain has no effect without trace.device: true"));
  a.overrides.emplace_back("trace.device=true");
  EXPECT_TRUE(read_run(a));
}

TEST_F(RunReader, NeedsNoRunFile) {
  RunArguments a;
  a.npu_file = kTiny;
  a.gemm = "8x16x4";
  const auto run = read_run(a);
  ASSERT_TRUE(run) << run.problems().to_string();
  EXPECT_EQ(run->model.gemm, (models::GemmShape{8, 16, 4}));
  EXPECT_EQ(run->name, "gemm");
}

TEST_F(RunReader, OptionsGoBeforeTheFile) {
  auto a = of_file("npu: machines/none.yaml\nmodel: none.onnx\nscheduler: {policy: lookahead}\n");
  a.npu_file = kTiny;
  a.conv = "w=8,h=8,c=4,k=4,kw=3,kh=3,pl=1,pr=1,pt=1,pb=1";
  a.policy = "round_robin";
  const auto run = read_run(a);
  ASSERT_TRUE(run) << run.problems().to_string();
  EXPECT_TRUE(run->model.file.empty());
  ASSERT_TRUE(run->model.conv);
  EXPECT_EQ(run->model.conv->out_w(), 8);
  EXPECT_EQ(run->schedule.policy.name, "round_robin");
}

TEST_F(RunReader, OverridesFindTheRunOrTheMachine) {
  auto a = of_file("npu: machines/m.yaml\ngemm: 8x8x8\n");
  a.overrides = {"buffers.input=1",
                 "core.pe_array.rows=16",
                 "npu.core.pe_array.columns=4",
                 "scheduler.dispatch_latency=3 cycles",
                 "scheduler.policy=lookahead",
                 "scheduler.window=5",
                 "dma.split=2",
                 "dma.channels=3",
                 "core.sram.allow_throttle=true",
                 "npu.name=other",
                 "precision=fp16"};
  const auto run = read_run(a);
  ASSERT_TRUE(run) << run.problems().to_string();
  EXPECT_EQ(run->schedule.buffers[0], 1);
  EXPECT_EQ(run->npu.core.pe_array.rows, 16);
  EXPECT_EQ(run->npu.core.pe_array.columns, 4);
  EXPECT_EQ(run->npu.scheduler.dispatch_latency, base::Cycles{3});
  EXPECT_EQ(run->schedule.policy.options.at("window"), scheduler::OptionValue(std::int64_t{5}));
  EXPECT_EQ(run->schedule.dma_split, 2);
  EXPECT_EQ(run->npu.dma.channels.size(), 3u);
  EXPECT_EQ(run->npu.name, "other");
  EXPECT_EQ(run->used_precision(), arch::Precision::fp16);  // the run's key; the machine's is npu.precision
  EXPECT_EQ(run->npu.precision, arch::Precision::int8);
}

// int16 operands are twice as wide as the machine's int8: a width that nobody gave follows, and is no reason to refuse.
TEST_F(RunReader, WidthsThatNobodyGaveFollowTheRunsPrecision) {
  write("machines/plain.yaml",
        "clocks: {core: 1 GHz}\ncore:\n  pe_array: {rows: 8, columns: 8}\n  sram:\n    input: {capacity: 64 KiB}\n"
        "    weight: {capacity: 64 KiB}\n    output: {capacity: 64 KiB}\ndma: {channels: 1}\n"
        "dram: {model: simple, bandwidth: 12.8 GB/s}\n");
  auto a = of_file("npu: machines/plain.yaml\ngemm: 8x8x8\n");
  const auto own = read_run(a);
  ASSERT_TRUE(own) << own.problems().to_string();
  a.overrides = {"precision=int16"};
  const auto run = read_run(a);
  ASSERT_TRUE(run) << run.problems().to_string();
  EXPECT_EQ(run->npu.precision, arch::Precision::int8);
  EXPECT_EQ(run->npu.core.sram.input.bytes_per_cycle.count(), 2 * own->npu.core.sram.input.bytes_per_cycle.count());
  EXPECT_EQ(run->npu.core.sram.weight.bytes_per_cycle.count(), 2 * own->npu.core.sram.weight.bytes_per_cycle.count());
}

TEST_F(RunReader, TheLastOverrideWins) {
  auto a = of_file("npu: machines/m.yaml\ngemm: 8x8x8\n");
  a.overrides = {"buffers.input=1", "buffers.input=3"};
  EXPECT_EQ(read_run(a)->schedule.buffers[0], 3);
}

TEST_F(RunReader, MisspeltOverridesNameWhatIsClose) {
  auto a = of_file("npu: machines/m.yaml\ngemm: 8x8x8\n");
  a.overrides = {"core.pe_array.colums=8"};
  EXPECT_THAT(problems(a), HasSubstr("--set #1: unknown key \"colums\" in core.pe_array, did you mean \"columns\"?"));
  a.overrides = {"buffers.imput=1"};
  EXPECT_THAT(problems(a), HasSubstr("--set #1: unknown key \"imput\" in buffers, did you mean \"input\"?"));
  a.overrides = {"npu.cors=8"};
  EXPECT_THAT(problems(a), HasSubstr("--set #1: unknown key \"cors\", did you mean \"cores\"?"));
}

TEST_F(RunReader, KeysThatCannotHaveAnEffect) {
  auto a = of_file(
      "npu: machines/m.yaml\ngemm: 8x8x8\nscheduler: {policy: round_robin, window: 5}\n"
      "dma: {static_channel: {weight: 1}}\nrequests: {interval: 1 us}\n");
  a.overrides = {"dma.channels=2"};
  const std::string text = problems(a);
  EXPECT_THAT(text, HasSubstr("r.yaml:3:42: scheduler.window has no effect without scheduler.policy: lookahead"));
  EXPECT_THAT(text, HasSubstr("r.yaml:4:32: dma.static_channel.weight has no effect without dma.binding: static"));
  EXPECT_THAT(text, HasSubstr("r.yaml:5:22: requests.interval has no effect without requests.count above 1"));
  a.overrides = {"dma.channels=2", "scheduler.policy=lookahead", "dma.binding=static", "requests.count=2"};
  EXPECT_TRUE(read_run(a)) << problems(a);
}

TEST_F(RunReader, ARateForRequestsWithoutADeadline) {
  auto a = of_file(
      "npu: machines/m.yaml\ngemm: 8x8x8\nscheduler: {policy: depth_first, best_effort_rate: 2.5 B/cycle}\n"
      "requests: {list: [{}, {deadline: 1 us}]}\n");
  const auto run = read_run(a);
  ASSERT_TRUE(run) << problems(a);
  EXPECT_EQ(run->schedule.policy.options.at("best_effort_rate"), scheduler::OptionValue(std::int64_t{2500}));
  const std::string without = "r.yaml:3:52: scheduler.best_effort_rate has no effect without ";
  a.overrides = {"scheduler.policy=heft"};
  EXPECT_THAT(problems(a), HasSubstr("has no effect without scheduler.policy: depth_first"));
  a.overrides = {"dma.binding=static"};
  EXPECT_THAT(problems(a), HasSubstr("scheduler.best_effort_rate has no effect without dma.binding: dynamic"));
  a.overrides = {};
  for (const char* list : {"[{}, {}]", "[{deadline: 1 us}]"}) {
    a = of_file(
        std::string("npu: machines/m.yaml\ngemm: 8x8x8\nscheduler: {policy: depth_first, best_effort_rate: 2 B/cycle}"
                    "\nrequests: {list: ") +
        list + "}\n");
    EXPECT_THAT(problems(a), HasSubstr(without + "requests with and without a deadline in requests.list"));
  }
}

TEST_F(RunReader, KeysOfOneCoreAndOfNoTrace) {
  auto a = of_file("npu: machines/m.yaml\ngemm: 8x8x8\ncore_split: n\ntrace: {level: off, compression: 3}\n");
  const std::string text = problems(a);
  EXPECT_THAT(text, HasSubstr("r.yaml:3:13: core_split has no effect without several cores: leave it out"));
  EXPECT_THAT(text, HasSubstr("r.yaml:4:34: trace.compression has no effect without a trace (trace.level): leave it"));
  a.overrides = {"cores=2", "trace.level=tile"};
  EXPECT_TRUE(read_run(a)) << problems(a);
  a = of_file("npu: machines/m.yaml\ngemm: 8x8x8\ncore_split: n\ntrace: {compression: 3}\n");
  a.overrides = {"cores=1", "trace.level=off"};
  EXPECT_TRUE(read_run(a)) << "of a sweep: " << problems(a);
  a.overrides.push_back("core_split=m");
  EXPECT_THAT(problems(a), HasSubstr("--set #3: core_split has no effect without several cores"));
}

TEST_F(RunReader, TheTraceBufferIsTheMachines) {
  auto a = of_file("npu: machines/m.yaml\ngemm: 8x8x8\n");
  a.overrides = {"trace_buffer.capacity=16"};
  EXPECT_THAT(problems(a), HasSubstr("--set #1: trace_buffer.capacity has no effect without trace.device: true"));
  a.overrides.push_back("trace.device=true");
  EXPECT_TRUE(read_run(a)) << problems(a);
}

// A sweep over policies from one file: the file's key has an effect in some of its runs.
TEST_F(RunReader, WhatAnOverrideSwitchesOffIsNoMistakeOfTheFile) {
  auto a = of_file(
      "npu: machines/m.yaml\ngemm: 8x8x8\nscheduler: {policy: lookahead, window: 5}\n"
      "dma: {binding: static, static_channel: {weight: 1}}\nrequests: {count: 2, interval: 1 us}\n");
  a.overrides = {"dma.channels=2", "dma.binding=dynamic", "requests.count=1"};
  a.policy = "round_robin";
  EXPECT_TRUE(read_run(a)) << problems(a);
  a.overrides.push_back("scheduler.window=6");
  EXPECT_THAT(problems(a), HasSubstr("--set #4: scheduler.window has no effect without scheduler.policy: lookahead"));
}

TEST_F(RunReader, RequestsMayStandOneByOne) {
  const std::string head = "npu: machines/m.yaml\ngemm: 8x8x8\n";
  const auto run = read_run(of_file(head + "requests:\n  list:\n    - {deadline: 200 us}\n"
                                           "    - {arrival: 10 us, priority: 2}\n    - {priority: -1000}\n"));
  ASSERT_TRUE(run) << run.problems().to_string();
  const auto& r = run->requests;
  EXPECT_EQ(r.count, 3);
  ASSERT_EQ(r.list.size(), 3U);
  EXPECT_EQ(r.at(0).arrival, base::Ps{0});
  EXPECT_EQ(r.at(0).deadline, base::Ps{200'000'000});
  EXPECT_EQ(r.at(1).arrival, base::Ps{10'000'000});
  EXPECT_EQ(r.at(1).priority, 2);
  EXPECT_EQ(r.at(1).deadline, base::Ps{0});
  EXPECT_EQ(r.at(2).arrival, base::Ps{10'000'000}) << "with the one before";
  EXPECT_EQ(r.at(2).priority, -1000);
  write("back.yaml", base::write_yaml(write_run(*run, folder_)));
  RunArguments again;
  again.run_file = folder_ / "back.yaml";
  const auto back = read_run(again);
  ASSERT_TRUE(back) << back.problems().to_string();
  EXPECT_EQ(base::write_yaml(write_run(*back, folder_)), base::write_yaml(write_run(*run, folder_)));
  const auto even = read_run(of_file(head + "requests: {count: 3, interval: 1 us, deadline: 2 us}\n"));
  ASSERT_TRUE(even) << even.problems().to_string();
  EXPECT_EQ(even->requests.at(2).arrival, base::Ps{2'000'000});
  EXPECT_EQ(even->requests.at(2).deadline, base::Ps{2'000'000});
  EXPECT_TRUE(read_run(of_file(head + "requests: {count: 2, list: []}\n"))) << "no list";
}

TEST_F(RunReader, RefusesListsOfRequestsThatMeanNothing) {
  const auto refused = [this](const std::string& requests) {
    return problems(of_file("npu: machines/m.yaml\ngemm: 8x8x8\nrequests: " + requests + "\n"));
  };
  EXPECT_THAT(refused("{list: 3}"), HasSubstr("r.yaml:3:18: requests.list must be a list of maps such as {arrival: 20 "
                                              "us, priority: 1, deadline: 500 us}, not"));
  EXPECT_THAT(refused("{list: [{arrival: 5 us}]}"),
              HasSubstr("r.yaml:3:29: requests.list[0].arrival is 5 us, and times count from the first arrival"));
  EXPECT_THAT(refused("{list: [{}, {arrival: 5 us}, {arrival: 4 us}]}"),
              HasSubstr("requests.list[2].arrival is 4 us, before that of the request before it, 5 us"));
  EXPECT_THAT(refused("{list: [{arival: 0 us}]}"), HasSubstr("did you mean \"arrival\"?"));
  EXPECT_THAT(refused("{list: [{priority: 1001}]}"), HasSubstr("requests.list[0].priority is 1001"));
  EXPECT_THAT(refused("{list: [{priority: -1001}]}"), HasSubstr("-1000"));
  EXPECT_THAT(refused("{list: [{deadline: 0 ps}]}"), HasSubstr("requests.list[0].deadline is 0 ps"));
  for (const char* limit : {"{list: [{}, {priority: 1000}]}", "{list: [{}, {priority: -1000}]}",
                            "{list: [{deadline: 1 ps}]}", "{list: [{}, {arrival: 1000 s, deadline: 1000 s}]}"})
    EXPECT_TRUE(read_run(of_file(std::string("npu: machines/m.yaml\ngemm: 8x8x8\nrequests: ") + limit + "\n")))
        << limit;
  EXPECT_THAT(refused("{list: [{deadline: 5}]}"), HasSubstr("needs a unit"));
  EXPECT_THAT(refused("{list: [{}], count: 1}"),
              HasSubstr("requests.count has no effect beside requests.list: leave one of them out"));
  EXPECT_THAT(refused("{list: [{}], interval: 0 ps}"), HasSubstr("requests.interval has no effect beside"));
  EXPECT_THAT(refused("{list: [{}], deadline: 1 us}"), HasSubstr("requests.deadline has no effect beside"));
  EXPECT_THAT(refused("{list: [{priority: 3}, {priority: 3}]}"),
              HasSubstr("priority of requests.list has no effect where all have the same"));
}

TEST_F(RunReader, ReportsProblemsOfRunAndMachineTogether) {
  write("machines/m.yaml", "cores: 0\n");
  const std::string text = problems(of_file("npu: machines/m.yaml\nmodel: net.yaml\nengine: fast\nbufers: 3\n"));
  EXPECT_THAT(text, HasSubstr("r.yaml:3:9: engine must be one of run_ahead, stepwise"));
  EXPECT_THAT(text, HasSubstr("r.yaml:4:1: unknown key \"bufers\", did you mean \"buffers\"?"));
  EXPECT_THAT(text, HasSubstr("m.yaml:1:8: cores is 0"));
}

TEST_F(RunReader, ReadsTileRules) {
  const auto run = read_run(
      of_file("npu: machines/m.yaml\ngemm: 8x8x8\ntiles:\n  - {pattern: \"conv*\", m: 4, loop_order: nmbg}\n"));
  ASSERT_TRUE(run) << run.problems().to_string();
  ASSERT_EQ(run->schedule.tiles.size(), 1u);
  EXPECT_EQ(run->schedule.tiles[0].m, 4);
  EXPECT_EQ(run->schedule.tiles[0].loop_order, "nmbg");
  EXPECT_EQ(run->schedule.tiles[0].where.line, 4);
}

TEST_F(RunReader, ReadsPrecisions) {
  const auto of = [&](const std::string& precision) {
    const auto run = read_run(of_file("npu: machines/m.yaml\ngemm: 8x8x8\nprecision: " + precision + "\n"));
    EXPECT_TRUE(run) << run.problems().to_string();
    return *run;
  };
  const RunSpec int4 = of("int4"), model = of("model");
  EXPECT_TRUE(int4.has_one_precision());
  EXPECT_EQ(int4.used_precision(), arch::Precision::int4);
  EXPECT_FALSE(model.has_one_precision());
  EXPECT_TRUE(model.keeps_file_precision());
  EXPECT_EQ(model.used_precision(), arch::Precision::int8) << "the machine's, of what the file does not say";
  const RunSpec rules = of("[{pattern: \"a*\", precision: fp8}, {pattern: \"*\", precision: model}]");
  ASSERT_EQ(rules.precision.size(), 2U);
  EXPECT_EQ(rules.precision[0].pattern, "a*");
  EXPECT_EQ(rules.precision[0].precision, arch::Precision::fp8);
  EXPECT_EQ(rules.precision[0].where.line, 3);
  EXPECT_TRUE(rules.keeps_file_precision());
  const std::string text = base::write_yaml(write_run(rules, folder_ / "out"));
  EXPECT_THAT(text, HasSubstr("pattern: \"a*\""));
  EXPECT_THAT(text, HasSubstr("precision: model"));
}

TEST_F(RunReader, ResolvedReadsBackToTheSame) {
  auto a = of_file(
      "npu: machines/m.yaml\nmodel: net.yaml\ntiles: [{pattern: \"a?\", n: 8}]\nprecision: bf16\n"
      "requests: {count: 3, interval: 1.5 us}\ndma: {binding: static, static_channel: {weight: 1}}\n"
      "trace: {level: operator, device: true}\nscheduler: {policy: lookahead, prefetch: false}\n");
  a.overrides = {"core.queue=7", "core.sram.allow_throttle=true"};
  const auto run = read_run(a);
  ASSERT_TRUE(run) << run.problems().to_string();
  fs::create_directories(folder_ / "out");
  const std::string text = base::write_yaml(write_run(*run, folder_ / "out"));
  write("out/resolved.yaml", text);
  RunArguments again;
  again.run_file = folder_ / "out/resolved.yaml";
  const auto back = read_run(again);
  ASSERT_TRUE(back) << back.problems().to_string() << text;
  EXPECT_EQ(back->npu, run->npu);
  EXPECT_EQ(back->model, run->model);
  EXPECT_EQ(back->trace, run->trace);
  EXPECT_EQ(back->used_precision(), arch::Precision::bf16);
  EXPECT_EQ(back->name, run->name);
  EXPECT_EQ(base::write_yaml(write_run(*back, folder_ / "out")), text);
}

TEST_F(RunReader, WhatTheHostRunsIsAMapOrAList) {
  const std::string head = "npu: machines/m.yaml\nmodel: net.yaml\n";
  RunArguments a = of_file(head + "host: {NonMaxSuppression: 200 us, ai.onnx.ml.ZipMap: 1.5 ms}\n");
  a.host = {"ZipMap=5us,NonMaxSuppression=100us"};  // in place of the file's
  const auto map = read_run(a);
  ASSERT_TRUE(map) << map.problems().to_string();
  const models::HostRules expected{{"ZipMap", "", base::Ps{5'000'000}, {}},
                                   {"NonMaxSuppression", "", base::Ps{100'000'000}, {}},
                                   {"ai.onnx.ml.ZipMap", "", base::Ps{1'500'000'000}, {}}};
  EXPECT_EQ(map->model.host, expected);
  const auto list =
      read_run(of_file(head + "host:\n  - {pattern: \"*/nms\", time: 7 ns}\n  - {type: If, time: 0 ps}\n"));
  ASSERT_TRUE(list) << list.problems().to_string();
  EXPECT_EQ(list->model.host, (models::HostRules{{"", "*/nms", base::Ps{7000}, {}}, {"If", "", base::Ps{0}, {}}}));
  for (const auto* run : {&*map, &*list}) {
    write("back.yaml", base::write_yaml(write_run(*run, folder_)));
    RunArguments again;
    again.run_file = folder_ / "back.yaml";
    const auto back = read_run(again);
    ASSERT_TRUE(back) << back.problems().to_string();
    EXPECT_EQ(back->model.host, run->model.host);
  }
}

TEST_F(RunReader, WhatTheHostRunsNeedsATimeWithAUnit) {
  const std::string head = "npu: machines/m.yaml\nmodel: net.yaml\n";
  EXPECT_THAT(problems(of_file(head + "host: {TopK: 200}\n")), HasSubstr("r.yaml:3:14: host.TopK needs a unit"));
  EXPECT_THAT(problems(of_file(head + "host: TopK\n")),
              HasSubstr("r.yaml:3:7: host must be a map from operators to times such as {NonMaxSuppression: 200 us}"));
  EXPECT_THAT(problems(of_file(head + "host: [{time: 1 us}]\n")),
              HasSubstr("host[0] needs a pattern for names of nodes, a type of operators, or both"));
  EXPECT_THAT(problems(of_file("npu: machines/m.yaml\ngemm: 8x8x8\nhost: {TopK: 1 us}\n")),
              HasSubstr("r.yaml:3:7: host has no effect on gemm and conv"));
  RunArguments a = of_file(head);
  a.host = {"TopK"};
  EXPECT_THAT(problems(a), HasSubstr("--host must have the form TYPE=TIME[,TYPE=TIME...], here \"TopK\""));
}

TEST(ModelShape, WhatIsWrittenReadsBack) {
  const auto conv = parse_conv("w=8,h=9,c=4,k=6,kw=3,kh=2,sx=2,pt=1,groups=2");
  ASSERT_TRUE(conv);
  EXPECT_EQ(to_string(*conv), "w=8,h=9,c=4,k=6,kw=3,kh=2,sx=2,pt=1,groups=2");
  EXPECT_EQ(conv->out_w(), 3);
  EXPECT_EQ(conv->out_h(), 9);
  EXPECT_EQ(to_string(*parse_gemm("1x2x3")), "1x2x3");
}

}  // namespace
}  // namespace tessera::sim
