// Every parameter of the tables at the limits that the tables state: the run is done, or refused by the key's name.
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "arch/spec/npu_parameters.h"
#include "sim/config/run_parameters.h"
#include "sim/config/run_reader.h"
#include "sim/prepare/prepare.h"
#include "sim/run/simulate.h"
#include "tests/arch/spec/key_context.h"
#include "tests/sim/support/expect_shares.h"
#include "tests/support/temp_folder.h"

namespace tessera::tests {
namespace {

// As little as a machine can say, so that everything else is the table's default.
constexpr const char* kMachine =
    "clocks: {core: 1 GHz}\n"
    "core:\n"
    "  pe_array: {rows: 8, columns: 8}\n"
    "  sram: {input: {capacity: 32 KiB}, weight: {capacity: 32 KiB}, output: {capacity: 32 KiB}}\n"
    "dram: {bandwidth: 8 GB/s}\n";

std::vector<std::string> context_of(const std::string& path) {
  std::vector<std::string> words = arch::key_context(path);
  if (path == "precision") words.emplace_back("core.sram.allow_throttle=true");  // twice as wide operands
  if (path.starts_with("trace_buffer.")) words.emplace_back("trace.device=true");
  if (path == "scheduler.window" || path == "scheduler.prefetch") words.emplace_back("scheduler.policy=lookahead");
  if (path == "scheduler.best_effort_rate")
    words.insert(words.end(), {"scheduler.policy=depth_first", "requests.list=[{}, {deadline: 1 ms}]", "npu.cores=2",
                               "npu.dma.channels=2"});
  if (path.starts_with("scheduler.table_")) words.emplace_back("scheduler.policy=static");
  if (path == "core_split") words.emplace_back("npu.cores=2");
  if (path == "requests.interval") words.emplace_back("requests.count=2");
  if (path.starts_with("dma.static_channel.")) words.emplace_back("dma.binding=static");
  return words;
}

// "1 B to 64 KiB": both; "a | b | c": all; with a unit where the range has none.
std::vector<std::string> limits_of(const base::ParameterInfo& info) {
  std::vector<std::string> limits;
  const std::string_view text = info.range;
  const std::string_view between = text.find(" | ") != std::string_view::npos ? " | " : " to ";
  if (text.find(between) == std::string_view::npos) return {};
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(between, at), text.size());
    limits.emplace_back(text.substr(at, end - at));
    at = end + between.size();
  }
  const bool needs_unit = info.kind == "energy" || info.kind == "power";
  for (auto& l : limits)
    if (needs_unit) l += " " + info.unit.substr(0, info.unit.find(','));
  return limits;
}

struct Tried {
  bool ran = false;
  std::string refusal;
};

Tried try_run(const std::filesystem::path& machine, const std::vector<std::string>& words,
              const std::filesystem::path& out) {
  sim::RunArguments arguments;
  arguments.npu_file = machine;
  arguments.conv = "w=6,h=6,c=8,k=8,kw=3,kh=3";
  arguments.overrides = words;
  const auto spec = sim::read_run(arguments);
  if (!spec) return {false, spec.problems().to_string()};
  const auto run = sim::prepare(*spec);
  if (!run) return {false, run.problems().to_string()};
  sim::SimulationOptions options;
  options.out = out;
  options.trace_in_place = true;
  const auto result = sim::simulate(*run, options);
  if (!result) return {false, result.problems().to_string()};
  EXPECT_TRUE(result->ok) << result->failure;
  if (!result->ok) return {true, ""};
  expect_all_shares(result->summary);
  expect_not_below_bounds(result->summary);
  return {true, ""};
}

// Tried elsewhere: a million requests are a million times the tiles, estimated and refused; the time limit is of
// plug-ins.
const std::set<std::string> kLeftOut{"requests.count", "scheduler.time_limit"};

void try_limits(const base::ParameterInfo& info, int& runs, int& refusals) {
  if (kLeftOut.contains(info.path)) return;
  const TempFolder folder;
  std::ofstream(folder / "machine.yaml") << kMachine;
  const bool recorded = info.path.starts_with("trace");
  for (const std::string& limit : limits_of(info)) {
    std::vector<std::string> words = context_of(info.path);
    words.push_back(info.path + "=" + limit);
    SCOPED_TRACE(testing::PrintToString(words));
    const Tried tried = try_run(folder / "machine.yaml", words, recorded ? folder / "out" : std::filesystem::path{});
    ++(tried.ran ? runs : refusals);
    if (!tried.ran) {
      // A tile that fits no slot names the region's key, whatever made it so large.
      const bool misfit = tried.refusal.find(".capacity: ") != std::string::npos;
      EXPECT_TRUE(misfit || tried.refusal.find(info.path) != std::string::npos) << tried.refusal;
    }
    EXPECT_EQ(tried.refusal.find("has no effect"), std::string::npos)
        << "the context is not the key's: " << tried.refusal;
  }
}

TEST(ParameterLimits, OfAMachineRunOrAreRefusedByName) {
  int runs = 0, refusals = 0;
  for (const auto& p : arch::npu_parameters().parameters()) try_limits(p.info, runs, refusals);
  EXPECT_GT(runs, 200);
  EXPECT_LT(refusals, runs / 8) << "most limits must be usable";
  std::printf("%d runs, %d refusals\n", runs, refusals);
}

TEST(ParameterLimits, OfARunRunOrAreRefusedByName) {
  int runs = 0, refusals = 0;
  for (const auto& p : sim::run_parameters().parameters()) try_limits(p.info, runs, refusals);
  EXPECT_GT(runs, 35);
  EXPECT_LT(refusals, runs / 4);
  std::printf("%d runs, %d refusals\n", runs, refusals);
}

// The modelled trace buffer at every combination of its limits.
TEST(ParameterLimits, OfTheTraceBufferTogether) {
  const TempFolder folder;
  std::ofstream(folder / "machine.yaml") << kMachine;
  for (const char* drain : {"0 B/cycle", "1 B/cycle", "1048576 B/cycle"}) {
    for (const char* overflow : {"overwrite_oldest", "drop_newest", "stall"}) {
      for (const char* capacity : {"1", "3"}) {
        const std::vector<std::string> words{"trace.device=true", std::string("trace_buffer.drain=") + drain,
                                             std::string("trace_buffer.overflow=") + overflow,
                                             std::string("trace_buffer.capacity=") + capacity,
                                             "trace_buffer.record=4096 B"};
        SCOPED_TRACE(testing::PrintToString(words));
        const Tried tried = try_run(folder / "machine.yaml", words, folder / "out");
        const bool for_ever = std::string_view(drain).starts_with("0") && std::string_view(overflow) == "stall";
        EXPECT_EQ(tried.ran, !for_ever) << tried.refusal;
        if (for_ever) {
          EXPECT_NE(tried.refusal.find("trace_buffer.drain of 0 B/cycle"), std::string::npos);
        }
      }
    }
  }
}

}  // namespace
}  // namespace tessera::tests
