// Numbers for named dimensions: --bind of `model` and `run`, and `bind` in a run file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/program.h"
#include "tests/models/build_graph.h"
#include "tests/support/temp_folder.h"

namespace tessera::tests {
namespace {

using testing::HasSubstr;

const std::filesystem::path kSource = TESSERA_SOURCE_DIR;

// x [batch, seq, 8] times 8 x 4 weights; y of `fixed` is another network without names.
class Bind : public testing::Test {
 protected:
  Bind() {
    models::tests::OnnxBuilder b;
    b.open_input("x", {"batch", "seq", "8"}).weight("w", {8, 4}).output("y").node("MatMul", {"x", "w"}, {"y"});
    write("net.onnx", b.bytes());
    models::tests::OnnxBuilder fixed;
    fixed.input("x", {2, 8}).output("y").node("Relu", {"x"}, {"y"});
    write("fixed.onnx", fixed.bytes());
  }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  std::filesystem::path file(const std::string& name) { return folder_ / name; }

  Outcome model(std::vector<std::string> more, const std::string& network = "net.onnx") {
    more.insert(more.begin(), {"model", network});
    return run_tessera(more, folder_.path());
  }
  Outcome run(std::vector<std::string> more, const std::string& network = "net.onnx") {
    more.insert(more.begin(),
                {"run", "--npu", (kSource / "configs/npu/tiny_8x8.yaml").string(), "--model", network, "--out", "out"});
    return run_tessera(more, folder_.path());
  }
  // Both commands refuse it with the same message and leave nothing behind.
  void expect_refused(const std::vector<std::string>& options, const std::string& message,
                      const std::string& network = "net.onnx") {
    std::filesystem::remove_all(file("out"));
    for (const Outcome& o : {model(options, network), run(options, network)}) {
      EXPECT_EQ(o.code, 2);
      EXPECT_EQ(o.out, "");
      EXPECT_EQ(o.err, message + "\n");
    }
    EXPECT_FALSE(std::filesystem::exists(file("out/summary.json")));
  }

  TempFolder folder_;
};

// 2 x 3 rows of 8 by 4.
TEST_F(Bind, GivesNamedDimensionsTheirNumbers) {
  const Outcome m = model({"--bind", "batch=2,seq=3"});
  EXPECT_EQ(m.code, 0) << m.err;
  EXPECT_THAT(m.out, HasSubstr("MACs        192 "));
  const std::vector<std::vector<std::string>> ways{
      {"--bind", "batch=2,seq=3"}, {"--bind", "batch=2", "--bind", "seq=3"}, {"--bind=seq=3,batch=2"}};
  for (const auto& options : ways) {
    const Outcome r = run(options);
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_THAT(r.out, HasSubstr("1 operators"));
    EXPECT_THAT(read_all(file("out/resolved.yaml")), HasSubstr("batch: 2"));
  }
}

const char* const kNames = "net.onnx: dimensions of the network's inputs have names instead of numbers: ";

TEST_F(Bind, OpenNamesAreListedWithAnExampleThatWorks) {
  expect_refused({}, std::string(kNames) +
                         "batch (axis 0 of 'x'); seq (axis 1 of 'x'); give them numbers, for example --bind "
                         "batch=1,seq=128, or in the run file bind: {batch: 1, seq: 128}");
  EXPECT_EQ(model({"--bind", "batch=1,seq=128"}).code, 0);
  expect_refused({"--bind", "seq=7"}, std::string(kNames) +
                                          "batch (axis 0 of 'x'); give them numbers, for example --bind "
                                          "batch=1,seq=7, or in the run file bind: {batch: 1, seq: 7}");
  EXPECT_EQ(run({"--bind", "batch=1,seq=7"}).code, 0);
}

TEST_F(Bind, ANameThatNothingHasIsRefusedWithAllThatThereAre) {
  expect_refused({"--bind", "batch=2,sq=3"},
                 "net.onnx: 'sq' is bound to 3, but no dimension of the network's inputs has that name; the names are "
                 "batch, seq; for example --bind batch=2,seq=128, or in the run file bind: {batch: 2, seq: 128}");
  EXPECT_EQ(run({"--bind", "batch=2,seq=128"}).code, 0);
  // A dimension that the file fixes, by the name that it would have if it did not.
  expect_refused({"--bind", "batch=2,seq=3,x.2=8"},
                 "net.onnx: 'x.2' is bound to 8, but no dimension of the network's inputs has that name; the names are "
                 "batch, seq; for example --bind batch=2,seq=3, or in the run file bind: {batch: 2, seq: 3}");
  expect_refused({"--bind", "x.0=2"},
                 "fixed.onnx: 'x.0' is bound to 2, but every dimension of the network's inputs is a number in the "
                 "file: leave it out",
                 "fixed.onnx");
}

TEST_F(Bind, WrongFormsAreRefusedByTheirText) {
  const std::string range = " must be a whole number, 0 to 2147483648";
  for (const char* number : {"x", "2.5", "-1", "2147483649", "99999999999999999999", "", "0x4", "1e3"})
    expect_refused({"--bind", std::string("seq=1,batch=") + number},
                   std::string("command line: --bind has \"batch=") + number + "\": batch" + range);
  for (const char* part : {"batch", "=3", ""})
    expect_refused(
        {"--bind", std::string("seq=1,") + part},
        std::string("command line: --bind must have the form NAME=NUMBER[,NAME=NUMBER...], here \"") + part + "\"");
  expect_refused({"--bind", "batch=1,seq=2,batch=1"}, "command line: --bind gives batch twice");
  expect_refused({"--bind", "batch=1,seq=2", "--bind", "seq=3"}, "command line: --bind gives seq twice");
}

TEST_F(Bind, NumbersThatMakeNoTensorAreRefused) {
  expect_refused({"--bind", "batch=2147483648,seq=2147483648"},
                 "net.onnx: input 'x' has the impossible shape [2147483648, 2147483648, 8]");
}

// Of an empty batch nothing is computed.
TEST_F(Bind, ABatchOfNoneHasNothingToDo) {
  EXPECT_EQ(model({"--bind", "batch=0,seq=3"}).code, 0);
  const Outcome r = run({"--bind", "batch=0,seq=3"});
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_THAT(r.out, HasSubstr("makespan  0 cycles"));
  EXPECT_EQ(run_tessera({"check", "out/trace.tsr"}, folder_.path()).code, 0);
}

// Numbers of the command line go before those of the file; paths in the file are relative to it.
TEST_F(Bind, ARunFileBindsToo) {
  const std::string npu = (kSource / "configs/npu/tiny_8x8.yaml").string();
  const auto run_file = [&](const std::string& bind, std::vector<std::string> more = {}) {
    write("run.yaml", "npu: " + npu + "\nmodel: net.onnx\n" + bind);
    more.insert(more.begin(), {"run", "run.yaml", "--out", "out"});
    return run_tessera(more, folder_.path());
  };
  const Outcome good = run_file("bind: {batch: 2, seq: 3}\n");
  EXPECT_EQ(good.code, 0) << good.err;
  EXPECT_THAT(read_all(file("out/summary.json")), HasSubstr("\"macs\": 192"));
  const Outcome over = run_file("bind: {batch: 2, seq: 3}\n", {"--bind", "seq=6"});
  EXPECT_EQ(over.code, 0) << over.err;
  EXPECT_THAT(read_all(file("out/summary.json")), HasSubstr("\"macs\": 384"));
  // What a run leaves behind runs again.
  const Outcome again = run_tessera({"run", "out/resolved.yaml", "--out", "out2"}, folder_.path());
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(read_all(file("out2/summary.json")), HasSubstr("\"macs\": 384"));

  for (const auto& [bind, message] : std::vector<std::pair<std::string, std::string>>{
           {"bind: [batch, seq]\n", "run.yaml:3:7: bind must be a map such as {batch: 1, seq: 128}, not a list"},
           {"bind: {batch: two, seq: 3}\n", "run.yaml:3:15: bind.batch must be a whole number"},
           {"bind: {batch: -2, seq: 3}\n", "run.yaml:3:15: bind.batch is -2: must be 0 to 2147483648"},
           {"bind: {batch: 3000000000, seq: 3}\n", "run.yaml:3:15: bind.batch is 3000000000: must be 0 to 2147483648"},
           {"bind: {batch: 1, batch: 2, seq: 3}\n", "run.yaml:3:18: "},
           {"bind: {batch: 1, sequence: 3}\n", "'sequence' is bound to 3, but no dimension"},
           {"", "for example --bind batch=1,seq=128, or in the run file bind: {batch: 1, seq: 128}"}}) {
    const Outcome bad = run_file(bind);
    EXPECT_EQ(bad.code, 2) << bind;
    EXPECT_THAT(bad.err, HasSubstr(message));
  }
}

}  // namespace
}  // namespace tessera::tests
