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
  EXPECT_THAT(o.out, HasSubstr("0 violated, 2 not judged"));
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
