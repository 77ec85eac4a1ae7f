// How far policies are from the best schedule of small graphs. The table stands in docs/policies.md.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "scheduler/bounds/lower_bound.h"
#include "scheduler/policy/policies.h"
#include "tests/scheduler/optimum/small_cases.h"

namespace tessera::scheduler::tests {
namespace {

using base::Ps;

struct Distances {
  Optimum best;
  std::map<std::string_view, double> above;  // by policy, in percent
};

Distances distances(const SmallCase& c) {
  Distances d;
  std::map<std::string_view, ActionPlan> plans;
  ActionPlan known;
  for (const std::string_view name : policy_names()) {
    const ActionPlan& plan = plans[name] = run_policy(c, {.name = std::string(name)});
    EXPECT_EQ(replayed(c, plan), plan.makespan) << name;
    if (plan.makespan < known.makespan) known = plan;
  }
  d.best = find_optimum(c.graph, c.npu, c.limits, c.schedule, known, {.runs = c.runs});
  for (const auto& [name, plan] : plans)
    d.above[name] = 100.0 * static_cast<double>((plan.makespan - d.best.makespan).count()) /
                    static_cast<double>(d.best.makespan.count());
  return d;
}

// The lines of a document between those that name this test.
class Block {
 public:
  Block() {
    std::ifstream in(path_);
    text_.assign(std::istreambuf_iterator<char>(in), {});
    const std::string begin = "<!-- checked: Distances.OfPoliciesFromTheBestSchedule -->\n";
    begin_ = text_.find(begin);
    if (begin_ == std::string::npos) return;
    begin_ += begin.size();
    end_ = text_.find("<!-- end: Distances", begin_);
  }
  [[nodiscard]] std::string lines() const {
    return end_ == std::string::npos ? "" : text_.substr(begin_, end_ - begin_);
  }
  void replace(const std::string& lines) const {
    std::ofstream(path_) << text_.substr(0, begin_) << lines << text_.substr(end_);
  }

 private:
  std::filesystem::path path_ = std::filesystem::path(TESSERA_SOURCE_DIR) / "docs/policies.md";
  std::string text_;
  std::size_t begin_ = std::string::npos, end_ = std::string::npos;
};

TEST(Distances, OfPoliciesFromTheBestSchedule) {
  std::string table = "| graph | tiles | best, cycles |", rule = "|---|---|---|";
  for (const std::string_view name : policy_names()) table += fmt::format(" {} |", name), rule += "---|";
  table += "\n" + rule + "\n";
  std::map<std::string_view, double> sums;
  int proved = 0;
  for (const SmallCase& c : small_cases()) {
    SCOPED_TRACE(c.name);
    const Distances d = distances(c);
    EXPECT_GE(d.best.makespan, lower_bound(c.graph, c.npu, c.limits).time());
    EXPECT_EQ(replayed(c, d.best.plan), d.best.makespan);
    const auto cycles = [&](Ps at) { return c.npu.core_clock.first_edge(at).count(); };
    table += fmt::format("| {} | {} | {}{} |", c.name, c.graph.tiles.size(), cycles(d.best.makespan),
                         d.best.proved() ? "" : fmt::format(" (not below {})", cycles(d.best.bound)));
    for (const std::string_view name : policy_names()) {
      EXPECT_GE(d.above.at(name), 0.0) << name;
      table += fmt::format(" {:.1f} |", d.above.at(name));
      if (d.best.proved()) sums[name] += d.above.at(name);
    }
    table += "\n";
    proved += d.best.proved();
  }
  EXPECT_GE(proved, 19);
  table += "| mean of the proved ones | | |";
  for (const std::string_view name : policy_names()) table += fmt::format(" {:.1f} |", sums[name] / proved);
  table += "\n";
  EXPECT_LE(sums["lookahead"] / proved, 3.0);
  const Block block;
  if (std::getenv("TESSERA_UPDATE_GOLDEN") != nullptr) return block.replace(table);
  EXPECT_EQ(block.lines(), table) << "if the change is meant: run this test with TESSERA_UPDATE_GOLDEN=1";
}

}  // namespace
}  // namespace tessera::scheduler::tests
