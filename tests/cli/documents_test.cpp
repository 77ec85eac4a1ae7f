// The JSON documents of the program: each says what it is, and those of a run and of its trace say the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/version.h"
#include "sim/results/summary_measures.h"
#include "tests/cli/program.h"
#include "tests/support/measure_rules.h"
#include "tests/support/temp_folder.h"

namespace tessera::tests {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const std::filesystem::path kSource = TESSERA_SOURCE_DIR;

Outcome tessera(const std::vector<std::string>& arguments) { return run_tessera(arguments, kSource); }

json document_of(const std::vector<std::string>& arguments) {
  const Outcome o = tessera(arguments);
  EXPECT_EQ(o.code, 0) << o.err;
  return json::parse(o.out);
}

// A run with every part that a summary can have: energy, shared SRAM, modelled trace buffer.
class Documents : public testing::Test {
 protected:
  json run(std::vector<std::string> more = {}) {
    std::vector<std::string> words{"run",
                                   "--npu",
                                   "configs/npu/tiny_8x8.yaml",
                                   "--model",
                                   "models/zoo/tiny_residual.yaml",
                                   "--out",
                                   temp_ / "out",
                                   "--json",
                                   "--set",
                                   "trace.device=true",
                                   "--set",
                                   "shared_sram.capacity=256 KiB",
                                   "--set",
                                   "shared_sram.line=64 B"};
    words.insert(words.end(), more.begin(), more.end());
    return document_of(words);
  }
  [[nodiscard]] std::string trace() const { return temp_ / "out/trace.tsr"; }
  TempFolder temp_;
};

// Values by path; rows of a list share one ("cores[].busy_ps"), operands likewise.
using Leaves = std::map<std::string, std::vector<json>>;
void collect(const json& node, const std::string& path, Leaves& leaves) {
  if (node.is_object()) {
    for (const auto& [key, value] : node.items()) {
      const bool operand = path == "double_buffering";
      collect(value, path.empty() ? key : path + '.' + (operand ? "OPERAND" : key), leaves);
    }
  } else if (node.is_array()) {
    for (const json& value : node) collect(value, path + "[]", leaves);
  } else {
    leaves[path].push_back(node);
  }
}
Leaves leaves_of(const json& document) {
  Leaves leaves;
  collect(document, "", leaves);
  return leaves;
}

std::set<std::string> expected_paths(const std::vector<trace::ListedMeasure>& measures) {
  std::set<std::string> paths{"schema", "program", "version"};
  for (const auto& [path, info] : measures) {
    EXPECT_TRUE(paths.insert(path).second) << path;
    if (info.aggregate == trace::Aggregate::none) continue;
    EXPECT_TRUE(paths.insert(info.id).second) << path;
  }
  return paths;
}

TEST_F(Documents, EveryDocumentSaysWhatItIs) {
  (void)run();
  const std::map<std::string, std::vector<std::string>> commands{
      {"tessera.analysis/1", {"analyze", trace(), "--json"}},
      {"tessera.check/2", {"check", trace(), "--json"}},
      {"tessera.explain_tile/1", {"explain", trace(), "--tile", "1", "--json"}},
      {"tessera.explain_operator/1", {"explain", trace(), "--operator", "1", "--json"}},
      {"tessera.explain_at/1", {"explain", trace(), "--at", "1us", "--json"}},
      {"tessera.model/1", {"model", "models/zoo/tiny_cnn.yaml", "--json"}},
      {"tessera.array/1", {"array", "configs/npu/tiny_8x8.yaml", "--gemm", "8x8x8", "--json"}},
      {"tessera.dram/1", {"dram", "--standard", "DDR4-3200", "--pattern", "seq1M", "--json"}},
      {"tessera.validation/1", {"validate", "configs/npu/tiny_8x8.yaml", "--json"}},
      {"tessera.parameters/1", {"params", "--json"}},
      {"tessera.summary/1",
       {"run", "--npu", "configs/npu/tiny_8x8.yaml", "--model", "models/zoo/tiny_cnn.yaml", "--json"}}};
  for (const auto& [schema, words] : commands) {
    const json document = document_of(words);
    EXPECT_EQ(document.at("schema"), schema);
    EXPECT_EQ(document.at("program"), "tessera");
    EXPECT_EQ(document.at("version"), base::version());
  }
}

TEST_F(Documents, ASummaryHoldsEveryMeasureOnceAndNothingElse) {
  const Leaves leaves = leaves_of(run());
  const auto expected = expected_paths(sim::listed_summary_measures());
  for (const std::string& path : expected) EXPECT_TRUE(leaves.contains(path)) << path;
  for (const auto& [path, values] : leaves) {
    const bool provenance = path.starts_with("energy.figures") || path.starts_with("energy.un");
    EXPECT_TRUE(provenance || expected.contains(path)) << path;
  }
}

TEST_F(Documents, AnAnalysisHoldsEveryMeasureOfATraceOnceAndItsPath) {
  (void)run();
  const Leaves leaves = leaves_of(document_of({"analyze", trace(), "--json"}));
  const auto expected = expected_paths(trace::listed_measures());
  for (const std::string& path : expected) EXPECT_TRUE(leaves.contains(path)) << path;
  for (const auto& [path, values] : leaves)
    EXPECT_TRUE(path.starts_with("critical_path.") || expected.contains(path)) << path;
}

TEST_F(Documents, ARunAndItsTraceSayTheSame) {
  const Leaves summary = leaves_of(run()), analysis = leaves_of(document_of({"analyze", trace(), "--json"}));
  std::size_t shared = 0;
  for (const auto& [path, values] : analysis) {
    const auto it = summary.find(path);
    if (it == summary.end() || path == "schema") continue;
    EXPECT_EQ(it->second, values) << path;
    ++shared;
  }
  EXPECT_GE(shared, trace::listed_measures().size());
}

TEST_F(Documents, ALowTraceLevelGivesNullAndSaysSo) {
  const json summary = run({"--set", "trace.level=operator"});
  const Outcome o = tessera({"analyze", trace(), "--json"});
  EXPECT_EQ(o.code, 0);
  EXPECT_THAT(o.err, HasSubstr("has level operator; what is null needs level tile"));
  const json analysis = json::parse(o.out);
  for (const char* known : {"makespan_ps", "makespan_cycles", "request_latency", "trace_events", "wasted_bytes"})
    EXPECT_EQ(analysis.at(known), summary.at(known)) << known;
  EXPECT_FALSE(summary.at("pe_time_utilization").is_null());  // the run measures itself
  for (const char* lost : {"pe_time_utilization", "macs", "critical_path"})
    EXPECT_TRUE(analysis.at(lost).is_null()) << lost;
  EXPECT_TRUE(analysis.at("cores")[0].at("busy_ps").is_null());
  EXPECT_EQ(tessera({"analyze", trace()}).code, 2);  // a screen would be empty
}

TEST(Measures, KeepTheRulesOfKeys) {
  EXPECT_THAT(broken_key_rules(sim::listed_summary_measures()), testing::IsEmpty());
}

TEST(Measures, AreListedAsOneDocument) {
  const json list = document_of({"params", "measures", "--json"}).at("measures");
  EXPECT_EQ(list.size(), sim::listed_summary_measures().size());
  const auto it = std::find_if(list.begin(), list.end(), [](const json& m) { return m.at("path") == "makespan_ns"; });
  ASSERT_NE(it, list.end());
  EXPECT_EQ(it->at("unit"), "ns");
  EXPECT_EQ(it->at("same_as"), "makespan_ps");
  EXPECT_EQ(it->at("level"), "operator");
}

}  // namespace
}  // namespace tessera::tests
