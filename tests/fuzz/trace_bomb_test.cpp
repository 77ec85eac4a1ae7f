// Small files with right checksums that ask for much memory or time: a file of S bytes takes a reader at most 64 MiB +
// 1 KiB x S (docs/trace.md, limits), and time in proportion.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

#include "base/varint.h"
#include "tests/fuzz/attacked_traces.h"
#include "tests/fuzz/trace_bytes.h"
#include "tests/golden/execution.h"
#include "tests/support/temp_folder.h"
#include "trace/analysis/check.h"

namespace tessera::tests {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kMeasuresMemory = false;
#else
constexpr bool kMeasuresMemory = true;
#endif

struct Cost {
  int exit_code;
  long kib;  // the most that was in memory at one time
  double seconds;
};

// What `tessera check` would do, in a process of its own. Exit code 0: the trace passes, 1: it is refused.
Cost cost_of(const std::filesystem::path& file) {
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child == 0) {
    if (file.empty()) _exit(0);
    auto reader = trace::FileReader::open(file);
    if (!reader.ok()) _exit(1);
    trace::InvariantCheck check(reader->header(), reader->tiles(), reader->trailer());
    _exit(!reader->stream(check).ok() || !check.violations().empty() ? 1 : 0);
  }
  int status = 0;
  rusage usage{};
  wait4(child, &status, 0, &usage);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, usage.ru_maxrss, took.count()};
}

std::string repeated(std::string_view unit, std::size_t times) {
  std::string bytes;
  bytes.reserve(unit.size() * times);
  for (std::size_t i = 0; i < times; ++i) bytes += unit;
  return bytes;
}

std::string list(std::uint64_t field, std::size_t count) {
  std::string bytes;
  base::put_varint(bytes, field << 3 | 2);
  base::put_varint(bytes, count);
  return bytes + std::string(count, '\0');
}
std::string number(std::uint64_t field, std::uint64_t value) {
  std::string bytes;
  base::put_varint(bytes, field << 3);
  base::put_varint(bytes, value);
  return bytes;
}

class TraceBomb : public testing::Test {
 protected:
  TraceBomb() : sound_(frames_of(file_bytes(attacked_traces().front().file))) {}
  // The file with `bytes` in place of the frames of that kind.
  [[nodiscard]] std::string with(std::uint64_t kind, const std::string& bytes) const {
    std::string file;
    bool put = false;
    for (const TraceFrame& f : sound_) {
      if (f.kind != kind) file += frame_bytes(f);
      else if (!std::exchange(put, true)) file += bytes;
    }
    return file;
  }
  // `packed`: by zstd, so that a byte of the file is up to 64 of a message.
  void expect_cheap(const std::string& name, const std::string& file, bool packed = true) {
    const TempFolder folder;
    std::ofstream(folder / "x.tsr", std::ios::binary) << file;
    const Cost base = cost_of({}), cost = cost_of(folder / "x.tsr");
    EXPECT_EQ(cost.exit_code, 1) << name;
    EXPECT_LT(cost.seconds, 10) << name;
    const long most = base.kib + 64 * 1024 + static_cast<long>(file.size()) * (packed ? 1024 : 16) / 1024;
    if (kMeasuresMemory) {
      EXPECT_LT(cost.kib, most) << name << ", a file of " << file.size() << " bytes";
    }
  }
  std::vector<TraceFrame> sound_;
};

TEST_F(TraceBomb, MessagesOfTwoBytesEach) {
  for (const bool zstd : {false, true}) {
    const std::size_t n = zstd ? 8'000'000 : 2'000'000;
    expect_cheap("columns", with(2, frame_bytes({2, repeated(std::string_view("\x3a\x00", 2), n)}, zstd)), zstd);
    expect_cheap("strings", with(2, frame_bytes({2, repeated(std::string_view("\x32\x00", 2), n)}, zstd)), zstd);
    expect_cheap("operators", with(6, frame_bytes({6, repeated(std::string_view("\x8a\x01\x00", 3), n / 2)}, zstd)),
                 zstd);
    expect_cheap("units", frame_bytes({1, sound_[0].payload + repeated(std::string_view("\x32\x00", 2), n)}, zstd),
                 zstd);
    expect_cheap("references", with(3, frame_bytes({3, repeated(std::string_view("\x0a\x00", 2), n)}, zstd)), zstd);
  }
}

TEST_F(TraceBomb, ListsThatAreTooLong) {
  for (const bool zstd : {false, true}) {
    const std::size_t n = zstd ? 15'000'000 : 5'000'000;
    const std::string column = list(4, n);
    std::string scope(1, 0x3a);
    base::put_varint(scope, column.size());
    expect_cheap("column", with(2, frame_bytes({2, scope + column}, zstd)), zstd);
    expect_cheap("tiles", with(6, frame_bytes({6, number(2, n) + list(3, n)}, zstd)), zstd);
    expect_cheap("edges", with(6, frame_bytes({6, list(14, n) + list(15, n) + list(16, n)}, zstd)), zstd);
  }
}

TEST_F(TraceBomb, ManyPartsOfOneTileEach) {
  std::string part = number(1, 0) + number(2, 65536), bytes;
  for (std::uint64_t f = 3; f <= 13; ++f) part += list(f, 65536);
  for (const std::uint64_t f : {19, 20}) part += list(f, 65536);
  const std::string packed = frame_bytes({6, part}, true);
  expect_cheap("packed parts", with(6, repeated(packed, 300)));
}

TEST_F(TraceBomb, RecordsThatTakeNoBytes) {
  std::string scope = number(1, 7) + number(2, 16384), block = number(1, 1) + number(2, 16384);
  block += std::string("\x32\x07", 2) + "arrival" + std::string(1, 0x3a);
  base::put_varint(block, scope.size());
  expect_cheap("empty columns", with(2, repeated(frame_bytes({2, block + scope}), 4000)));
}

// As many records as a file of its size may have, each of them wrong.
TEST_F(TraceBomb, RecordsThatAreAllWrong) {
  std::string columns = number(1, 7) + number(2, 16384) + list(8, 16384), bytes;
  for (std::uint64_t i = 0; i < 200; ++i) {
    std::string block = number(1, 1 + i * 16384) + number(2, 16384);
    if (i == 0) block += std::string("\x32\x07", 2) + "arrival";
    else block += number(5, 1);
    block.push_back(0x3a);
    base::put_varint(block, columns.size());
    bytes += frame_bytes({2, block + columns}, false);
  }
  std::string head = frame_bytes(sound_[0]);
  for (const TraceFrame& f : sound_) head += f.kind == 6 ? frame_bytes(f) : "";
  expect_cheap("wrong records", head + bytes);
}

}  // namespace
}  // namespace tessera::tests
