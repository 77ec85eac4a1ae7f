// Commands that read traces (check, analyze, convert) or one unit alone (model, array, dram), as programs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/program.h"
#include "tests/support/temp_folder.h"

namespace tessera::tests {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const std::filesystem::path kSource = TESSERA_SOURCE_DIR;

Outcome tessera(const std::vector<std::string>& arguments) { return run_tessera(arguments, kSource); }

class TraceCommand : public testing::Test {
 protected:
  void SetUp() override {
    const Outcome o = tessera({"run", "--npu", "configs/npu/tiny_8x8.yaml", "--model", "models/zoo/tiny_residual.yaml",
                               "--out", temp_ / "out", "--json"});
    ASSERT_EQ(o.code, 0) << o.err;
    summary_ = json::parse(o.out);
  }
  [[nodiscard]] std::string trace() const { return temp_ / "out/trace.tsr"; }
  // The trace without its last `bytes`.
  [[nodiscard]] std::string cut(std::size_t bytes) const {
    const std::string whole = read_all(trace());
    std::ofstream(temp_ / "cut.tsr", std::ios::binary) << whole.substr(0, whole.size() - bytes);
    return temp_ / "cut.tsr";
  }
  TempFolder temp_;
  json summary_;
};

TEST_F(TraceCommand, CheckFindsASoundTraceSound) {
  const Outcome o = tessera({"check", trace()});
  EXPECT_EQ(o.code, 0) << o.out;
  EXPECT_EQ(o.err, "");
  EXPECT_THAT(o.out, HasSubstr("0 violated, 3 not judged"));
  const Outcome as_json = tessera({"check", trace(), "--json"});
  EXPECT_EQ(json::parse(as_json.out).at("ok"), true);
  EXPECT_EQ(json::parse(as_json.out).at("records"), summary_.at("trace_events"));
}

TEST_F(TraceCommand, ATruncatedTraceNeverPassesUnnoticed) {
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{40}, std::size_t{1000}}) {
    const Outcome o = tessera({"check", cut(bytes)});
    EXPECT_EQ(o.code, 1) << bytes;
    EXPECT_THAT(o.out, HasSubstr("truncated")) << bytes;
    EXPECT_THAT(tessera({"analyze", cut(bytes)}).err, HasSubstr("truncated")) << bytes;
  }
}

TEST_F(TraceCommand, AChangedByteIsAnError) {
  std::string bytes = read_all(trace());
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x10);
  std::ofstream(temp_ / "bad.tsr", std::ios::binary) << bytes;
  const Outcome o = tessera({"check", temp_ / "bad.tsr"});
  EXPECT_EQ(o.code, 2);
  EXPECT_THAT(o.err, HasSubstr("bad.tsr"));
}

TEST_F(TraceCommand, ExplainAnswersItsThreeQuestions) {
  const std::string run = temp_ / "out";
  Outcome o = tessera({"explain", run, "--tile", "0"});
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(o.out, HasSubstr("tile 0: "));
  EXPECT_THAT(o.out, HasSubstr("stored: "));
  EXPECT_THAT(o.out, HasSubstr("trace.decisions"));
  const json tile = json::parse(tessera({"explain", trace(), "--tile", "0", "--json"}).out);
  EXPECT_EQ(tile.at("schema"), "tessera.explain_tile/1");
  const std::string name = tile.at("name");
  o = tessera({"explain", run, "--operator", name});
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(o.out, HasSubstr("operator 0: " + name));
  EXPECT_EQ(tessera({"explain", run, "--operator", "0"}).out, o.out);
  const json by_name = json::parse(tessera({"explain", run, "--operator", name, "--json"}).out);
  EXPECT_EQ(by_name.at("operators").at(0).at("name"), name);
  const Outcome in_us = tessera({"explain", run, "--at", "1us"}),
                in_cycles = tessera({"explain", run, "--at", "1000cycles"});
  EXPECT_EQ(in_us.code, 0) << in_us.err;
  EXPECT_THAT(in_us.out, HasSubstr("core[0].pe_array: "));
  EXPECT_THAT(in_us.out, HasSubstr("The nearest decision: "));
  EXPECT_EQ(in_cycles.code, 0) << in_cycles.err;
  EXPECT_EQ(json::parse(tessera({"explain", run, "--at", "1000cycles", "--json"}).out).at("cycle"), 1000);
}

TEST_F(TraceCommand, ExplainNamesWhatIsThere) {
  const std::string run = temp_ / "out";
  const auto refused = [&](std::vector<std::string> more, const std::string& message) {
    more.insert(more.begin(), {"explain", run});
    const Outcome o = tessera(more);
    EXPECT_EQ(o.code, 2) << message;
    EXPECT_EQ(o.out, "") << message;
    EXPECT_THAT(o.err, HasSubstr(message));
  };
  refused({"--tile", "1000000"}, "there is no such tile; tiles are 0 to ");
  refused({"--tile", "-1"}, "there is no such tile");
  refused({"--tile", "x"}, "is no number; tiles are 0 to ");
  refused({"--operator", "nothing of that name"}, "no operator has the name or the number \"nothing of that name\"");
  refused({"--at", "5s"}, "is not within the run, which lasts from 0 to ");
  refused({"--at", "900000000000000000cycles"}, "is not within the run");
  refused({"--at", "-1ns"}, "is not within the run");
  refused({"--at", "12"}, "needs a unit");
  refused({"--at", "soon"}, "must be a time");
  refused({}, "give one of --tile ID, --operator NAME and --at TIME");
  refused({"--tile", "0", "--at", "1us"}, "give one of");
  EXPECT_THAT(tessera({"explain", temp_.path(), "--tile", "0"}).err, HasSubstr("no trace.tsr in this folder"));
  EXPECT_EQ(tessera({"explain", "LICENSE", "--tile", "0"}).code, 2);
  ASSERT_EQ(tessera({"run", "--npu", "configs/npu/tiny_8x8.yaml", "--model", "models/zoo/tiny_residual.yaml", "--out",
                     temp_ / "low", "--set", "trace.level=operator"})
                .code,
            0);
  const Outcome low = tessera({"explain", temp_ / "low", "--tile", "0"});
  EXPECT_EQ(low.code, 2);
  EXPECT_THAT(low.err, HasSubstr("the trace has level operator; explain needs level tile or above"));
}

// The makespan and the run's other records are the same; the policy's answers stand between them.
TEST_F(TraceCommand, DecisionsAreRecordedWhereTheyAreWanted) {
  const Outcome o =
      tessera({"run", "--npu", "configs/npu/tiny_8x8.yaml", "--model", "models/zoo/tiny_residual.yaml", "--out",
               temp_ / "told", "--json", "--set", "trace.decisions=true", "--set", "trace.device=true"});
  ASSERT_EQ(o.code, 0) << o.err;
  const json told = json::parse(o.out);
  EXPECT_EQ(told.at("makespan_ps"), summary_.at("makespan_ps"));
  EXPECT_GT(told.at("trace_events"), summary_.at("trace_events"));
  for (const char* file : {"told/trace.tsr", "told/device.tsr"}) {
    const Outcome check = tessera({"check", temp_ / file});
    EXPECT_EQ(check.code, 0) << check.out;
  }
  const Outcome tile = tessera({"explain", temp_ / "told", "--tile", "3"});
  EXPECT_EQ(tile.code, 0) << tile.err;
  EXPECT_THAT(tile.out, HasSubstr("The decision: asked at "));
  EXPECT_THAT(tile.out, HasSubstr("score "));
  EXPECT_THAT(tile.out, HasSubstr("* tile 3 ("));
  const Outcome csv = tessera({"convert", temp_ / "told/trace.tsr", "--to", "csv", "-o", "-"});
  EXPECT_THAT(csv.out, HasSubstr(",candidate,scheduler[0],"));
}

TEST_F(TraceCommand, WhatIsNoTraceIsBadInput) {
  for (const char* command : {"check", "analyze"}) {
    EXPECT_EQ(tessera({command, "LICENSE"}).code, 2);
    EXPECT_EQ(tessera({command, "no_such.tsr"}).code, 2);
  }
}

TEST_F(TraceCommand, AnalyzeSaysWhatTheRunSaid) {
  const Outcome o = tessera({"analyze", trace(), "--json"});
  ASSERT_EQ(o.code, 0) << o.err;
  const json measures = json::parse(o.out);
  for (const char* same : {"makespan_ps", "macs", "pe_time_utilization", "pe_mac_utilization", "overlap_ratio",
                           "any_overlap_ratio", "wasted_bytes", "cores", "dma_channels"}) {
    EXPECT_EQ(measures.at(same), summary_.at(same)) << same;
  }
}

TEST_F(TraceCommand, ConvertWritesPerfettoAndChrome) {
  const Outcome perfetto = tessera({"convert", trace(), "--to", "perfetto", "-o", temp_ / "trace.pftrace"});
  EXPECT_EQ(perfetto.code, 0) << perfetto.err;
  const std::string packets = read_all(temp_ / "trace.pftrace");
  ASSERT_GT(packets.size(), 1000u);
  EXPECT_EQ(packets[0], 0x0a);  // field 1 of Trace, length-delimited: a packet
  EXPECT_NE(packets.find("core[0].pe_array"), std::string::npos);
  const Outcome chrome = tessera({"convert", trace(), "--to", "chrome", "-o", temp_ / "trace.json"});
  EXPECT_EQ(chrome.code, 0) << chrome.err;
  const json document = json::parse(read_all(temp_ / "trace.json"));
  std::size_t spans = 0;
  for (const json& event : document.at("traceEvents")) spans += event.at("ph") == "X" ? 1 : 0;
  EXPECT_GT(spans, 100u);
  EXPECT_THAT(tessera({"convert", trace(), "--to", "csv", "-o", temp_ / "trace.csv"}).err, "");
}

TEST_F(TraceCommand, ConvertRefusesWhatItCannotDo) {
  const Outcome format = tessera({"convert", trace(), "--to", "excel", "-o", temp_ / "x"});
  EXPECT_EQ(format.code, 2);
  EXPECT_THAT(format.err, HasSubstr("perfetto"));
  EXPECT_EQ(tessera({"convert", trace(), "--to", "chrome", "-o", temp_ / "no/such/x"}).code, 2);
  EXPECT_FALSE(std::filesystem::exists(temp_ / "x"));
}

TEST(Model, JsonHasTheAgreedKeys) {
  const Outcome o = tessera({"model", "models/zoo/resnet18.yaml", "--json"});
  ASSERT_EQ(o.code, 0) << o.err;
  const json model = json::parse(o.out);
  EXPECT_EQ(model.at("network"), "resnet18");
  EXPECT_EQ(model.at("macs"), 1'814'073'344);
  for (const char* key : {"parameters", "operators", "pe_operators"})
    EXPECT_GT(model.at(key).get<std::int64_t>(), 0) << key;
  EXPECT_EQ(tessera({"model", "configs/npu/tiny_8x8.yaml"}).code, 2);
}

TEST(Array, OneProductOnTheArrayAlone) {
  const Outcome o = tessera({"array", "configs/npu/tiny_8x8.yaml", "--gemm", "16x16x16", "--json"});
  ASSERT_EQ(o.code, 0) << o.err;
  const json result = json::parse(o.out);
  EXPECT_EQ(result.at("folds"), 4);  // 16/8 x 16/8
  const double ideal = 16.0 * 16 * 16 / 64;
  EXPECT_NEAR(result.at("mac_utilization").get<double>(), ideal / result.at("cycles").get<double>(), 1e-9);
  const Outcome larger = tessera(
      {"array", "configs/npu/tiny_8x8.yaml", "--gemm", "16x16x16", "--set", "core.pe_array.rows=16", "--set",
       "core.pe_array.columns=16", "--set", "core.sram.output.bytes_per_cycle=128 B/cycle", "--set",
       "core.sram.input.bytes_per_cycle=16 B/cycle", "--set", "core.sram.weight.bytes_per_cycle=16 B/cycle", "--json"});
  ASSERT_EQ(larger.code, 0) << larger.err;
  EXPECT_EQ(json::parse(larger.out).at("folds"), 1);
  EXPECT_EQ(tessera({"array", "configs/npu/tiny_8x8.yaml", "--gemm", "16x16"}).code, 2);
}

TEST(Dram, OnePatternOnTheMemoryAlone) {
  const auto measure = [](const char* pattern) {
    const Outcome o = tessera(
        {"dram", "--standard", "DDR4-3200", "--channels", "1", "--mapping", "bgi", "--pattern", pattern, "--json"});
    EXPECT_EQ(o.code, 0) << o.err;
    return json::parse(o.out);
  };
  const json sequential = measure("seq1M");
  for (const char* key : {"time_ns", "bandwidth_gbps", "row_hit_rate", "average_read_latency_ns"})
    EXPECT_GT(sequential.at(key).get<double>(), 0) << key;
  EXPECT_GT(sequential.at("refreshes").get<std::int64_t>(), 0);
  EXPECT_LE(sequential.at("bandwidth_gbps").get<double>(), 25.6);
  EXPECT_EQ(tessera({"dram", "--standard", "DDR4-3200", "--pattern", "zigzag"}).code, 2);
  EXPECT_EQ(tessera({"dram", "--standard", "DDR9", "--pattern", "seq1M"}).code, 2);
}

}  // namespace
}  // namespace tessera::tests
