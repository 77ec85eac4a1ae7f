// Whole runs with tasks of the host: what the trace says, what is counted, and what the files of the run hold.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <span>
#include <vector>

#include "scheduler/policy/policies.h"
#include "tests/golden/execution.h"
#include "tests/models/build_graph.h"
#include "tests/support/temp_folder.h"
#include "trace/analysis/check.h"
#include "trace/analysis/invariants.h"
#include "trace/export/timeline.h"
#include "trace/file/reader.h"

namespace tessera::tests {
namespace {

using base::Ps;
using models::tests::OnnxBuilder;
using testing::HasSubstr;
using testing::IsEmpty;
using trace::Name;

// 64 boxes and their scores of 5 classes; of each class at most 20, of which the scores go on.
std::string detector() {
  OnnxBuilder b;
  b.input("x", {1, 64, 16}).weight("wb", {16, 4}).weight("ws", {16, 5}).shape("most", {20}).output("y");
  b.node("MatMul", {"x", "wb"}, {"boxes"}).node("MatMul", {"x", "ws"}, {"s"});
  b.node("Transpose", {"s"}, {"scores"}, {{"perm", {0, 2, 1}}});
  b.node("NonMaxSuppression", {"boxes", "scores", "most"}, {"selected"});
  b.node("Cast", {"selected"}, {"f"}, {{"=to", {1}}}).node("Relu", {"f"}, {"y"});
  return b.bytes();
}

sim::RunArguments detection(const std::string& machine, const std::string& policy) {
  sim::RunArguments arguments = shipped(machine, "tiny_cnn", policy, {"requests.count=2"});
  arguments.model_file = models::tests::scratch_file("detector.onnx", detector());
  arguments.host = {"NonMaxSuppression=50us"};
  return arguments;
}

std::int64_t moved(const Execution& e, const std::string& type, Name name) {
  std::int64_t bytes = 0;
  for (const auto& i : e.records)
    if (i.record.name == name && e.run.network.operators[i.record.op].type == type) bytes += i.record.bytes();
  return bytes;
}

TEST(HostRun, KeepsEveryLawOnEveryMachineUnderEveryPolicy) {
  for (const std::string machine : {"tiny_8x8", "edge_shared_sram"}) {
    for (const auto policy : scheduler::policy_names()) {
      const TempFolder out;
      const Execution e = execute(detection(machine, std::string(policy)), out.path());
      ASSERT_TRUE(e.result.ok) << e.result.failure;
      EXPECT_THAT(read_trace(out / "trace.tsr").violations, IsEmpty()) << machine << " " << policy;
      EXPECT_EQ(e.summary().measures.host_tasks, 2U);
      EXPECT_EQ(e.summary().measures.host_busy, Ps{100'000'000});
      EXPECT_EQ(e.summary().path.sum(), e.summary().makespan);
      EXPECT_GE(e.summary().path.length[static_cast<std::size_t>(trace::PathPart::host)], Ps{50'000'000});
      for (const auto& bound : {e.summary().bound, e.summary().bound_moved, e.summary().bound_network}) {
        EXPECT_GE(bound[scheduler::BoundTerm::host], Ps{100'000'000});
        EXPECT_LE(bound.time(), e.summary().makespan);
      }
    }
  }
}

// What is copied is as it lies, so as many bytes are stored as loaded, of each request: 64 x 4 boxes and 5 x 64 scores
// to the host, 5 x 20 x 3 numbers back. Nothing is moved for the host itself.
TEST(HostRun, MovesItsCopiesAndNothingElse) {
  const Execution e = execute(detection("tiny_8x8", "breadth_first"));
  const auto& graph = e.run.graph;
  std::int64_t to_host = 0, from_host = 0;
  for (const auto& group : graph.groups) {
    const std::string& type = e.run.network.operators[group.op].type;
    const std::int64_t useful = graph.blocks[group.output].useful_bytes;
    if (type == "CopyToHost") to_host += useful;
    if (type == "CopyFromHost") from_host += useful;
    EXPECT_EQ(graph.is_host(group), type == "NonMaxSuppression");
  }
  EXPECT_EQ(to_host, 2 * (256 + 320));
  EXPECT_EQ(from_host, 2 * 300);
  for (const std::string type : {"CopyToHost", "CopyFromHost"}) {
    EXPECT_GT(moved(e, type, Name::load), 0);
    EXPECT_EQ(moved(e, type, Name::load), moved(e, type, Name::store));
  }
  EXPECT_EQ(moved(e, "NonMaxSuppression", Name::load) + moved(e, "NonMaxSuppression", Name::store), 0);
  std::int64_t all = 0;
  for (const auto& i : e.records)
    if (i.record.name == Name::load || i.record.name == Name::store) all += i.record.bytes();
  EXPECT_EQ(e.summary().dram.read_bytes + e.summary().dram.write_bytes, all);
}

// A task begins when the last of its copies is stored, and the copy back when it has ended.
TEST(HostRun, WaitsForItsCopiesAndIsWaitedFor) {
  const Execution e = execute(detection("tiny_8x8", "breadth_first"));
  Ps copied{0}, started{-1}, ended{-1}, back{-1};
  for (const auto& i : e.records) {
    const auto& r = i.record;
    if (r.request != 0 || r.op == trace::kNoOperator) continue;
    const std::string& type = e.run.network.operators[r.op].type;
    if (r.name == Name::store && type == "CopyToHost") copied = std::max(copied, r.end);
    if (r.name == Name::host_task) started = r.start, ended = r.end;
    if (r.name == Name::decision && type == "CopyFromHost" && back < Ps{0}) back = r.start;
  }
  EXPECT_EQ(started, copied);
  EXPECT_EQ(ended, copied + Ps{50'000'000});
  EXPECT_GE(back, ended);
}

TEST(HostRun, IsInTheTableAndOnATrackOfItsOwn) {
  const TempFolder out;
  (void)execute(detection("tiny_8x8", "depth_first"), out.path());
  EXPECT_THAT(file_bytes(out / "schedule.csv"), HasSubstr(",selected,0,host_task,none,,,,,,,0,,"));
  auto reader = trace::FileReader::open(out / "trace.tsr");
  ASSERT_TRUE(reader.ok());
  const auto timeline = trace::build_timeline(*reader);
  ASSERT_TRUE(timeline.ok());
  int tasks = 0;
  for (const auto& s : timeline->slices) {
    if (s.record.name != Name::host_task) continue;
    ++tasks;
    EXPECT_EQ(timeline->tracks[s.track].name, "host tasks");
    EXPECT_THAT(trace::slice_name(s.record, reader->tiles()), HasSubstr("selected #"));
  }
  EXPECT_EQ(tasks, 2);
}

class Raw : public trace::Consumer {
 public:
  void consume(std::span<const trace::Record> records, std::uint64_t) override {
    all.insert(all.end(), records.begin(), records.end());
  }
  void finish(Ps) override {}
  std::vector<trace::Record> all;
};

// What `tessera check` says of a trace in which the second request's task is another.
TEST(HostRun, IsJudgedByCheck) {
  const TempFolder out;
  const Execution e = execute(detection("tiny_8x8", "depth_first"), out.path());
  auto reader = trace::FileReader::open(out / "trace.tsr");
  ASSERT_TRUE(reader.ok());
  Raw raw;
  ASSERT_TRUE(reader->stream(raw).ok());
  const auto judged = [&](auto change) {
    std::vector<trace::Record> records = raw.all;
    for (auto& r : records)
      if (r.name == Name::host_task && r.request == 1) change(r);
    trace::InvariantCheck check(reader->header(), reader->tiles(), reader->trailer());
    check.consume(records, 1);
    check.finish(e.summary().makespan);
    return check.violated();
  };
  using trace::Invariant;
  EXPECT_THAT(judged([](auto&) {}), IsEmpty());
  EXPECT_THAT(judged([](auto& r) { r.start = Ps{0}; }), testing::Contains(Invariant::order));
  EXPECT_THAT(judged([](auto& r) { r.start = r.start - Ps{60'000'000}; }), testing::Contains(Invariant::lanes));
  EXPECT_THAT(judged([](auto& r) { r.start = r.start + Ps{1}; }), testing::Contains(Invariant::causes));
  EXPECT_THAT(judged([](auto& r) { r.link = trace::Link::scheduler; }), testing::Contains(Invariant::causes));
  EXPECT_THAT(judged([](auto& r) { r.tile = 0, r.op = 0, r.request = 0; }), testing::Contains(Invariant::tiles));
}

TEST(HostRun, OfAYamlGraph) {
  const TempFolder folder;
  std::ofstream(folder / "net.yaml") << "network: net\ninputs: {x: [1, 16, 8]}\nlayers:\n"
                                        "  - {name: fc, op: gemm, out: 8}\n  - {name: s, op: softmax}\n"
                                        "  - {name: fc2, op: gemm, out: 4}\n";
  sim::RunArguments arguments = shipped("tiny_8x8", "tiny_cnn");
  arguments.model_file = folder / "net.yaml";
  arguments.overrides = {"host={Softmax: 3 us}"};
  const Execution e = execute(arguments);
  EXPECT_EQ(e.summary().measures.host_tasks, 1U);
  EXPECT_EQ(e.summary().measures.host_busy, Ps{3'000'000});
}

// A thousand seconds, two thousand five hundred times, are more than a run can last.
TEST(HostRun, MayNotLastLongerThanARun) {
  sim::RunArguments arguments = detection("tiny_8x8", "depth_first");
  arguments.host = {"NonMaxSuppression=1000s"};
  arguments.overrides = {"requests.count=2500", "energy.table=none"};
  const auto spec = sim::read_run(arguments);
  ASSERT_TRUE(spec.ok());
  const auto run = sim::prepare(*spec);
  ASSERT_FALSE(run.ok());
  EXPECT_THAT(run.problems().to_string(), HasSubstr("host: the tasks of 2500 request(s) take"));
}

}  // namespace
}  // namespace tessera::tests
