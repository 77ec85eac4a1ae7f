// Where results go: devices, pipes, links, closed and full outputs. What cannot be written is exit code 1, and no input
// is destroyed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/cli/program.h"
#include "tests/support/temp_folder.h"

namespace tessera::tests {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

const fs::path kSource = TESSERA_SOURCE_DIR;
const std::string kNpu = (kSource / "configs/npu/tiny_8x8.yaml").string();
const std::string kTiny = "run --npu " + kNpu + " --gemm 16x16x16";

// A trace to convert, made once.
class Outputs : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(shell("$T " + kTiny + " --out run").code, 0);
    fs::copy_file(temp_ / "run/trace.tsr", temp_ / "t.tsr");
    ASSERT_EQ(shell("$T convert t.tsr --to csv -o expected.csv").code, 0);
    csv_ = read_all(temp_ / "expected.csv");
    ASSERT_THAT(csv_, StartsWith("id,name,unit"));
  }
  [[nodiscard]] Outcome shell(const std::string& line) const { return run_shell(line, temp_.path()); }
  TempFolder temp_;
  std::string csv_;
};

// Every command, also those whose output is longer than a buffer.
TEST_F(Outputs, AFullStandardOutputIsExitCodeOne) {
  for (const std::string& command :
       {std::string("--help"), std::string("--version"), std::string("run --help"), std::string("params"),
        std::string("params measures --json"), "model " + (kSource / "models/zoo/resnet50.yaml").string(),
        std::string("check t.tsr"), std::string("analyze t.tsr"), std::string("analyze t.tsr --json"),
        std::string("convert t.tsr --to csv -o -"), std::string("convert t.tsr --to csv -o x.csv"),
        std::string("dram --pattern seq1M"), "array " + kNpu + " --gemm 8x8x8", "validate " + kNpu, kTiny + " --json",
        kTiny}) {
    const Outcome o = shell("$T " + command + " > /dev/full");
    EXPECT_EQ(o.code, 1) << command;
    EXPECT_THAT(o.err, HasSubstr("cannot write: No space left on device")) << command;
    EXPECT_THAT(o.err, testing::Not(HasSubstr("internal error"))) << command;
  }
}

TEST_F(Outputs, AClosedStandardOutputIsALostOne) {
  const Outcome o = shell("$T params 1>&-");
  EXPECT_EQ(o.code, 1);
  EXPECT_EQ(o.err, "tessera: standard output: cannot write: Bad file descriptor\n");
  EXPECT_EQ(shell("$T params | head -n 1 > /dev/null").err, "");  // who closes a pipe has read enough
}

// The descriptors would otherwise be given to the run's files.
TEST_F(Outputs, ClosedDescriptorsDoNotReachFiles) {
  ASSERT_EQ(shell("$T " + kTiny + " --out closed 0<&- 2>&- > screen").code, 0);
  EXPECT_EQ(read_all(temp_ / "closed/schedule.csv"), read_all(temp_ / "run/schedule.csv"));
  EXPECT_TRUE(read_all(temp_ / "closed/trace.tsr") == read_all(temp_ / "run/trace.tsr"));
  EXPECT_EQ(shell("$T " + kTiny + " --out closed 0<&- 1>&- 2>&-").code, 1);
  const Outcome to_closed = shell("$T convert t.tsr --to csv -o - 1>&-");
  EXPECT_EQ(to_closed.code, 1);
  EXPECT_EQ(to_closed.err, "/dev/stdout: cannot write: Bad file descriptor\n");
  EXPECT_EQ(read_all(temp_ / "closed/schedule.csv"), read_all(temp_ / "run/schedule.csv"));
  EXPECT_EQ(shell("$T " + kTiny + " --out closed 2> /dev/full").code, 0);
}

TEST_F(Outputs, AConversionGoesToStandardOutput) {
  for (const char* name : {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"}) {
    fs::remove(temp_ / "link");
    fs::create_symlink("/dev/stdout", temp_ / "link");
    const std::string convert = std::string("$T convert t.tsr --to csv -o ") + name;
    EXPECT_EQ(shell(convert + " | cat").out, csv_) << name;
    EXPECT_EQ(shell("echo first > all; " + convert + " >> all; echo last >> all").code, 0) << name;
    EXPECT_EQ(read_all(temp_ / "all"), "first\n" + csv_ + "last\n") << name;
    EXPECT_TRUE(fs::is_symlink(temp_ / "link"));
  }
  EXPECT_FALSE(fs::exists(temp_ / "-"));
}

TEST_F(Outputs, WhatIsNoRegularFileIsWrittenThrough) {
  ASSERT_EQ(mkfifo((temp_ / "fifo").c_str(), 0600), 0);
  fs::create_symlink("fifo", temp_ / "to_fifo");
  fs::create_symlink("/dev/null", temp_ / "to_null");
  fs::create_symlink("/dev/full", temp_ / "to_full");
  fs::create_symlink("later.csv", temp_ / "to_later");
  for (const char* name : {"fifo", "to_fifo"}) {
    EXPECT_EQ(shell(std::string("cat fifo > read & $T convert t.tsr --to csv -o ") + name + "; wait").code, 0);
    EXPECT_EQ(read_all(temp_ / "read"), csv_) << name;
    EXPECT_TRUE(fs::is_fifo(temp_ / "fifo"));
  }
  EXPECT_EQ(shell("$T convert t.tsr --to csv -o to_null").code, 0);
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  const Outcome full = shell("$T convert t.tsr --to csv -o to_full");
  EXPECT_EQ(full.code, 1);
  EXPECT_EQ(full.err, "to_full: cannot write: No space left on device\n");
  EXPECT_EQ(shell("$T convert t.tsr --to csv -o to_later").code, 0);
  EXPECT_EQ(read_all(temp_ / "later.csv"), csv_);
}

TEST_F(Outputs, NoInputIsDestroyed) {
  const std::string before = read_all(temp_ / "t.tsr");
  fs::create_symlink("t.tsr", temp_ / "link.tsr");
  fs::copy_file(temp_ / "t.tsr", temp_ / "y.csv.partial");
  for (const char* same : {"t.tsr -o t.tsr", "t.tsr -o ./t.tsr", "link.tsr -o t.tsr", "t.tsr -o link.tsr"}) {
    const Outcome o = shell(std::string("$T convert --to csv ") + same);
    EXPECT_EQ(o.code, 2) << same;
    EXPECT_THAT(o.err, HasSubstr("is the trace that is to be converted")) << same;
  }
  EXPECT_EQ(shell("$T convert y.csv.partial --to csv -o y.csv").code, 0);
  EXPECT_EQ(read_all(temp_ / "y.csv"), csv_);
  EXPECT_TRUE(read_all(temp_ / "y.csv.partial") == before);
  EXPECT_TRUE(read_all(temp_ / "t.tsr") == before);
}

TEST_F(Outputs, PathsThatAreNoOutputAreBadInput) {
  fs::create_symlink("loop", temp_ / "loop");
  for (const char* path : {"loop", "run", "no/such/x", "''", "t.tsr/x"})
    EXPECT_EQ(shell(std::string("$T convert t.tsr --to csv -o ") + path).code, 2) << path;
  for (const char* folder : {"loop", "loop/x", "t.tsr", "''"}) {
    const Outcome o = shell("$T " + kTiny + " --out " + folder);
    EXPECT_EQ(o.code, 2) << folder;
    EXPECT_EQ(o.out, "") << folder;
  }
  EXPECT_THAT(shell("$T validate loop.yaml loop").err, HasSubstr("loop"));
  EXPECT_EQ(shell("$T analyze loop").code, 2);
}

// A limit on the size of files is a full disk that needs no disk.
TEST_F(Outputs, AFullDiskIsExitCodeOneAndLeavesNothing) {
  const Outcome converted = shell("ulimit -f 1; $T convert t.tsr --to chrome -o full.json");
  EXPECT_EQ(converted.code, 1);
  EXPECT_EQ(converted.err, "full.json: cannot write: File too large\n");
  EXPECT_FALSE(fs::exists(temp_ / "full.json"));
  const Outcome o = shell("ulimit -f 1; $T " + kTiny + " --out run");
  EXPECT_EQ(o.code, 1);
  EXPECT_EQ(o.out, "");
  EXPECT_THAT(o.err, HasSubstr("run/trace.tsr: cannot write: File too large"));
  EXPECT_TRUE(fs::is_empty(temp_ / "run"));
}

}  // namespace
}  // namespace tessera::tests
