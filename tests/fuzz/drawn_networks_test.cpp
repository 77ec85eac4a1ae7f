// Random networks whose MACs and shapes were counted beside them (network_draw.h): read, and run on small machines.
//
// Short by default. TESSERA_FUZZ_ROUNDS=N makes N networks instead, TESSERA_FUZZ_SEED=S other ones. A network that
// fails is cut to its fewest steps that still do; TESSERA_FUZZ_KEEP=FOLDER writes it there.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>

#include "models/read_network.h"
#include "tests/fuzz/network_draw.h"
#include "tests/fuzz/whole_way.h"
#include "tests/golden/execution.h"
#include "tests/golden/whole_run_checks.h"
#include "tests/support/temp_folder.h"

namespace tessera::tests {
namespace {

std::size_t steps_of(std::uint64_t seed) { return 4 + seed % 11; }

std::string text_of(const Ints& dims) {
  std::string text = "[";
  for (const std::int64_t d : dims) text += (text.size() > 1 ? ", " : "") + std::to_string(d);
  return text + "]";
}

// What one network is run on: a machine, and what the command line adds.
struct Way {
  const char* machine;
  std::vector<std::string> overrides;
};
const std::vector<Way>& ways() {
  static const std::vector<Way> kWays{
      {"tiny_8x8", {"trace.level=burst"}},
      {"edge_8tops", {}},
      {"gemmini_16x16", {"scheduler.policy=lookahead"}},
      {"many_core_64", {}},
      {"tiny_8x8", {"core.pe_array.grouped=vector", "core.pe_array.transposed_convolution=zero_insertion"}},
      {"tiny_8x8", {"precision=model"}},
      {"edge_shared_sram", {"scheduler.policy=breadth_first"}},
      {"tpu_4x128", {"scheduler.policy=round_robin"}},
      {"nvdla_nv_small", {}},
  };
  return kWays;
}

class DrawnNetworks : public ::testing::Test {
 protected:
  // What is wrong with the network; empty: nothing.
  std::string fault(const DrawnNetwork& drawn, std::uint64_t seed) {
    try {
      return fault_of(drawn, seed);
    } catch (const std::exception& e) {
      return std::string("an exception left the reader: ") + e.what();
    }
  }

  std::string fault_of(const DrawnNetwork& drawn, std::uint64_t seed) {
    const auto file = folder_ / "net.onnx";
    std::ofstream(file, std::ios::binary) << drawn.draft.bytes();
    if (drawn.draft.outputs.empty()) return {};
    models::ReadOptions options;
    if (!drawn.bind.empty()) options.bind = {{"batch", drawn.bind.back() - '0'}};
    const auto network = models::read_network(file, options);
    if (!network) return "refused: " + network.problems().to_string();
    if (auto wrong = differs(*network, drawn); !wrong.empty()) return wrong;
    return run(file, drawn, ways()[seed % ways().size()]);
  }

  std::string differs(const models::Network& network, const DrawnNetwork& drawn) {
    if (network.macs() != drawn.macs)
      return "MACs " + std::to_string(network.macs()) + ", counted " + std::to_string(drawn.macs);
    std::map<std::string, Ints> made;
    for (const auto& t : network.tensors)
      if (t.role == models::TensorRole::network_output) made[t.name] = t.dims;
    for (const std::string& out : drawn.draft.outputs) {
      const auto at = made.find(out);
      if (at == made.end()) return "no output " + out;
      if (at->second != drawn.shapes.at(out))
        return "shape of " + out + " " + text_of(at->second) + ", counted " + text_of(drawn.shapes.at(out));
    }
    return {};
  }

  std::string run(const std::filesystem::path& file, const DrawnNetwork& drawn, const Way& way) {
    sim::RunArguments arguments = shipped(way.machine, "", "", way.overrides);
    arguments.model_file = file;
    if (!drawn.bind.empty()) arguments.bind = {drawn.bind};
    try {
      const Execution e = execute(arguments, folder_ / "out");
      if (e.run.network.macs() != drawn.macs)
        return "MACs of the run " + std::to_string(e.run.network.macs()) + ", counted " + std::to_string(drawn.macs);
      if (!e.result.ok) return "the run failed: " + e.result.failure;
      const TraceFile trace = read_trace(folder_ / "out/trace.tsr");
      const bool works = !e.run.network.operators.empty();
      const auto laws = works ? broken_laws(e, trace.header.units) : std::vector<std::string>{};
      for (const auto& lines : {laws, trace.violations})
        if (!lines.empty()) return std::string("on ") + way.machine + ": " + lines.front();
    } catch (const std::exception& e) {
      return std::string("on ") + way.machine + ": " + e.what();
    }
    return {};
  }

  // The fewest steps of that seed that still fail.
  void report(std::uint64_t seed, std::string what) {
    std::size_t steps = steps_of(seed);
    for (std::size_t fewer = 1; fewer < steps_of(seed); ++fewer) {
      const std::string why = fault(draw_network(seed, fewer), seed);
      if (why.empty()) continue;
      steps = fewer, what = why;
      break;
    }
    const DrawnNetwork drawn = draw_network(seed, steps);
    ADD_FAILURE() << "seed " << seed << ", " << steps << " step(s), the last of them " << drawn.last << ": " << what;
    if (const char* keep = std::getenv("TESSERA_FUZZ_KEEP"); keep != nullptr)
      std::ofstream(std::filesystem::path(keep) / (std::to_string(seed) + ".onnx"), std::ios::binary)
          << drawn.draft.bytes();
  }

  TempFolder folder_;
};

TEST_F(DrawnNetworks, HaveTheMacsAndShapesThatTheirOperatorsMean) {
  const std::uint64_t rounds = fuzz_rounds(60);
  std::int64_t macs = 0, failures = 0;
  for (std::uint64_t i = 0; i < rounds && failures < 40; ++i) {
    const std::uint64_t seed = fuzz_seed() * 1'000'000 + i;
    const DrawnNetwork drawn = draw_network(seed, steps_of(seed));
    macs += drawn.macs;
    if (const std::string what = fault(drawn, seed); !what.empty()) report(seed, what), ++failures;
  }
  EXPECT_GT(macs, static_cast<std::int64_t>(rounds) * 1000) << "the networks multiply little";
}

// One product of `rows` x `depth` by `columns` with a bias, written in several ways.
struct Product {
  std::int64_t rows, depth, columns;

  std::vector<Draft> writings() const {
    const Ints flat{rows, depth}, weight{depth, columns}, turned{columns, depth};
    std::vector<Draft> all{of(flat, {{"y", "Gemm", "", {"x", "w", "b"}, {"y"}, {}}}, weight),
                           of(flat, {{"y", "Gemm", "", {"x", "w", "b"}, {"y"}, {number("transB", 1)}}}, turned),
                           of(flat,
                              {{"t", "Transpose", "", {"w"}, {"t"}, {list("perm", {1, 0})}},
                               {"y", "Gemm", "", {"x", "t", "b"}, {"y"}, {}}},
                              turned),
                           of(Ints{1, rows, depth},
                              {{"m", "Einsum", "", {"x", "w"}, {"m"}, {word("equation", "abk,kn->abn")}},
                               {"y", "Add", "", {"m", "b"}, {"y"}, {}}},
                              weight)};
    for (const Ints& dims : {flat, Ints{1, rows, depth}, Ints{rows, 1, depth}, Ints{rows / 4, 4, depth}})
      all.push_back(
          of(dims, {{"m", "MatMul", "", {"x", "w"}, {"m"}, {}}, {"y", "Add", "", {"m", "b"}, {"y"}, {}}}, weight));
    return all;
  }

 private:
  Draft of(const Ints& x, std::vector<DraftNode> nodes, const Ints& weight) const {
    Draft d;
    d.inputs = {{"x", x, 1, {}}};
    d.constants = {{"w", weight, 1, {}}, {"b", {columns}, 1, {}}};
    d.nodes = std::move(nodes);
    d.outputs = {"y"};
    return d;
  }
};

TEST_F(DrawnNetworks, OneProductTakesOneTimeHoweverItIsWritten) {
  std::mt19937_64 random(fuzz_seed());
  const auto extent = [&](std::int64_t step) { return step * (1 + static_cast<std::int64_t>(random() % 24)); };
  for (std::uint64_t i = 0; i < std::max<std::uint64_t>(fuzz_rounds(60) / 15, 1); ++i) {
    const Product product{4 * extent(1), extent(1), extent(1)};
    const char* machine = i % 2 == 0 ? "edge_8tops" : "tiny_8x8";
    std::vector<std::int64_t> times;
    for (const Draft& d : product.writings()) {
      std::ofstream(folder_ / "net.onnx", std::ios::binary) << d.bytes();
      sim::RunArguments arguments = shipped(machine, "", "", {"trace.level=off"});
      arguments.model_file = folder_ / "net.onnx";
      times.push_back(execute(arguments).makespan());
    }
    const auto [least, most] = std::minmax_element(times.begin(), times.end());
    EXPECT_LE((*most - *least) * 100, *least)
        << machine << ", " << product.rows << " x " << product.depth << " x " << product.columns << ": writing "
        << most - times.begin() << " takes " << *most << " ps, writing " << least - times.begin() << " " << *least;
  }
}

}  // namespace
}  // namespace tessera::tests
