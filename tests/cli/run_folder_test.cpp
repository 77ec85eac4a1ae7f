// One folder holds one run, however runs end and however many there are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "tests/cli/program.h"
#include "tests/support/temp_folder.h"

namespace tessera::tests {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const fs::path kSource = TESSERA_SOURCE_DIR;
const std::string kNpu = (kSource / "configs/npu/tiny_8x8.yaml").string();

class RunFolderTest : public testing::Test {
 protected:
  [[nodiscard]] std::vector<std::string> words(const std::string& gemm, std::vector<std::string> more) const {
    more.insert(more.begin(), {"run", "--npu", kNpu, "--gemm", gemm, "--out", folder_.string()});
    return more;
  }
  [[nodiscard]] Outcome run(std::vector<std::string> more = {}) const {
    return run_tessera(words("16x16x16", std::move(more)), temp_.path());
  }
  // A run of many seconds, at the moment when it has begun to write its two large files.
  [[nodiscard]] std::unique_ptr<Running> long_run() const {
    auto running = std::make_unique<Running>(tessera_with(words("4096x4096x8192", {})), temp_.path());
    while (growing().size() < 2) std::this_thread::sleep_for(2ms);
    return running;
  }
  [[nodiscard]] std::vector<std::string> growing() const { return names_in(folder_ / ".tessera.unfinished"); }
  [[nodiscard]] std::vector<std::string> files() const { return names_in(folder_); }
  static std::vector<std::string> names_in(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(folder, none)) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }
  TempFolder temp_;
  fs::path folder_ = temp_ / "out";
};

TEST_F(RunFolderTest, HoldsNothingOfTheRunBefore) {
  ASSERT_EQ(run({"--set", "trace.device=true"}).code, 0);
  EXPECT_THAT(files(), ElementsAre("device.tsr", "resolved.yaml", "schedule.csv", "summary.json", "trace.tsr"));
  ASSERT_EQ(run({"--set", "trace.level=off"}).code, 0);
  EXPECT_THAT(files(), ElementsAre("resolved.yaml", "schedule.csv", "summary.json"));
}

TEST_F(RunFolderTest, KeepsWhatRunsDoNotWrite) {
  fs::create_directories(folder_);
  for (const char* mine : {"notes.txt", "trace.tsr.bak", "my.partial", "summary.json.old"})
    std::ofstream(folder_ / mine) << "mine";
  ASSERT_EQ(run({"--set", "trace.level=off"}).code, 0);
  EXPECT_THAT(files(), UnorderedElementsAre("notes.txt", "trace.tsr.bak", "my.partial", "summary.json.old",
                                            "resolved.yaml", "schedule.csv", "summary.json"));
}

TEST_F(RunFolderTest, BadInputLeavesItAsItWas) {
  ASSERT_EQ(run().code, 0);
  const std::string before = read_all(folder_ / "summary.json");
  EXPECT_EQ(run({"--set", "cores=0"}).code, 2);
  EXPECT_EQ(run({"--set", "energy.table=no_such_table"}).code, 2);  // found after the run was read
  EXPECT_EQ(read_all(folder_ / "summary.json"), before);
  fs::remove(folder_ / "trace.tsr");
  fs::create_directory(folder_ / "trace.tsr");
  const Outcome o = run();
  EXPECT_EQ(o.code, 2);
  EXPECT_THAT(o.err, HasSubstr("out/trace.tsr: is a folder"));
  EXPECT_EQ(read_all(folder_ / "summary.json"), before);
}

TEST_F(RunFolderTest, AFolderThatARunMadeForNothingIsGone) {
  const Outcome o = run_shell("ulimit -f 1; $T run --npu " + kNpu + " --gemm 16x16x16 --out new", temp_.path());
  EXPECT_EQ(o.code, 1);
  EXPECT_FALSE(fs::exists(temp_ / "new"));
}

// The run file may be the resolved.yaml of the folder that the run writes: an input is not removed before it is read
// and replaced.
TEST_F(RunFolderTest, AnInputInTheFolderStaysUntilItIsReplaced) {
  ASSERT_EQ(run().code, 0);
  const std::string resolved = read_all(folder_ / "resolved.yaml");
  const Outcome lost = run_shell("ulimit -f 1; $T run out/resolved.yaml --out out", temp_.path());
  EXPECT_EQ(lost.code, 1);
  EXPECT_THAT(files(), ElementsAre("resolved.yaml"));
  EXPECT_EQ(read_all(folder_ / "resolved.yaml"), resolved);
  ASSERT_EQ(run_tessera({"run", "out/resolved.yaml", "--out", "out"}, temp_.path()).code, 0);
  EXPECT_THAT(files(), ElementsAre("resolved.yaml", "schedule.csv", "summary.json", "trace.tsr"));
  EXPECT_EQ(read_all(folder_ / "resolved.yaml"), resolved);
}

TEST_F(RunFolderTest, LinksAndPipesOfTheUserAreWrittenThrough) {
  fs::create_directories(folder_);
  fs::create_symlink("/dev/null", folder_ / "trace.tsr");
  fs::create_symlink("../elsewhere.csv", folder_ / "schedule.csv");
  ASSERT_EQ(run().code, 0);
  EXPECT_TRUE(fs::is_symlink(folder_ / "trace.tsr"));
  EXPECT_TRUE(fs::is_symlink(folder_ / "schedule.csv"));
  EXPECT_THAT(read_all(temp_ / "elsewhere.csv"), testing::StartsWith("tile,operator"));
  EXPECT_THAT(files(), ElementsAre("resolved.yaml", "schedule.csv", "summary.json", "trace.tsr"));
}

struct Ending {
  int signal, code;
  const char* name;
};

TEST_F(RunFolderTest, ASignalCleansUpAndSaysSo) {
  ASSERT_EQ(run().code, 0);
  for (const Ending& e :
       {Ending{SIGINT, 130, "SIGINT"}, Ending{SIGTERM, 143, "SIGTERM"}, Ending{SIGHUP, 129, "SIGHUP"}}) {
    const auto running = long_run();
    running->signal(e.signal);
    const Outcome o = running->wait();
    EXPECT_EQ(o.code, e.code);
    EXPECT_EQ(o.out, "");
    EXPECT_THAT(o.err, HasSubstr(std::string("tessera: interrupted by ") + e.name + "; " + folder_.string() +
                                 " holds no results\n"));
    EXPECT_THAT(files(), IsEmpty());
  }
}

TEST_F(RunFolderTest, AFolderThatAnInterruptedRunMadeIsGone) {
  const auto running = long_run();
  running->signal(SIGINT);
  EXPECT_EQ(running->wait().code, 130);
  EXPECT_FALSE(fs::exists(folder_));
}

TEST_F(RunFolderTest, WhatAKilledRunLeftIsNobodysResultAndGoesWithTheNext) {
  ASSERT_EQ(run().code, 0);
  const auto killed = long_run();
  killed->signal(SIGKILL);
  EXPECT_EQ(killed->wait().code, 128 + SIGKILL);
  EXPECT_THAT(files(), ElementsAre(".tessera.lock", ".tessera.unfinished"));
  std::ofstream(folder_ / "trace.tsr.partial") << "of an earlier version";
  ASSERT_EQ(run({"--set", "trace.level=off"}).code, 0);  // the dead process's lock is no lock
  EXPECT_THAT(files(), ElementsAre("resolved.yaml", "schedule.csv", "summary.json"));
}

TEST_F(RunFolderTest, ASecondRunIsRefused) {
  const auto first = long_run();
  const auto before = growing();
  const Outcome second = run();
  EXPECT_EQ(second.code, 2);
  EXPECT_THAT(second.err, HasSubstr(folder_.string() + ": another run is writing there (process "));
  EXPECT_THAT(second.err, HasSubstr("--out FOLDER"));
  EXPECT_EQ(growing(), before);
  first->signal(SIGKILL);
  (void)first->wait();
}

// Many runs at the same time: each is refused or done, and the folder is whole whenever one is done.
TEST_F(RunFolderTest, ParallelRunsNeverMix) {
  for (int round = 0; round < 3; ++round) {
    std::vector<std::unique_ptr<Running>> runs;
    for (const char* gemm : {"16x16x16", "64x64x64", "32x128x32", "8x8x8"})
      runs.push_back(std::make_unique<Running>(tessera_with(words(gemm, {})), temp_.path()));
    int done = 0;
    for (const auto& one : runs) {
      const Outcome o = one->wait();
      EXPECT_TRUE(o.code == 0 || o.code == 2) << o.err;
      done += o.code == 0;
    }
    EXPECT_GE(done, 1);
    ASSERT_THAT(files(), ElementsAre("resolved.yaml", "schedule.csv", "summary.json", "trace.tsr"));
    const auto summary = nlohmann::json::parse(read_all(folder_ / "summary.json"));
    EXPECT_EQ(summary.at("trace_bytes"), fs::file_size(folder_ / "trace.tsr"));
    const Outcome resolved = run_tessera({"run", (folder_ / "resolved.yaml").string(), "--json"}, temp_.path());
    EXPECT_EQ(nlohmann::json::parse(resolved.out).at("macs"), summary.at("macs"));
    EXPECT_EQ(run_tessera({"check", (folder_ / "trace.tsr").string()}, temp_.path()).code, 0);
  }
}

}  // namespace
}  // namespace tessera::tests
