// Files appear whole or not at all, whatever they are written into and however the program ends.
#include "base/file/atomic_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <thread>

#include "tests/support/temp_folder.h"

namespace tessera::base {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class AtomicFileTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()));
  }
  tests::TempFolder folder_;
  fs::path path_ = folder_ / "x.txt";
};

TEST_F(AtomicFileTest, HasItsNameOnlyWhenCommitted) {
  AtomicFile file(path_);
  file.put("one ");
  file.put("two");
  EXPECT_EQ(file.bytes(), 7u);
  EXPECT_FALSE(fs::exists(path_));
  EXPECT_TRUE(file.commit());
  EXPECT_EQ(content(path_), "one two");
  EXPECT_EQ(entries(), 1u);
}

TEST_F(AtomicFileTest, LeavesNothingWithoutCommit) {
  {
    AtomicFile file(path_);
    file.put("half");
    EXPECT_EQ(entries(), 1u);
  }
  EXPECT_EQ(entries(), 0u);
  AtomicFile given_up(path_);
  given_up.discard();
  EXPECT_EQ(entries(), 0u);
  EXPECT_FALSE(given_up.commit());
}

TEST_F(AtomicFileTest, AMovedFileIsStillCommitted) {
  AtomicFile file(path_);
  file.put("a");
  {
    AtomicFile moved(std::move(file));
    moved.put("b");
    EXPECT_TRUE(moved.commit());
  }
  EXPECT_EQ(content(path_), "ab");
}

TEST_F(AtomicFileTest, KeepsWhatWasThereUntilCommit) {
  ASSERT_EQ(write_file(path_, "before"), "");
  {
    AtomicFile file(path_);
    file.put("half");
  }
  EXPECT_EQ(content(path_), "before");
  EXPECT_EQ(write_file(path_, "after"), "");
  EXPECT_EQ(content(path_), "after");
  EXPECT_EQ(entries(), 1u);
}

TEST_F(AtomicFileTest, SaysWhyItCannotBeOpened) {
  const fs::path nowhere = folder_ / "none/x.txt";
  AtomicFile file(nowhere);
  EXPECT_FALSE(file.ok());
  EXPECT_EQ(file.failure(), nowhere.string() + ": cannot write: No such file or directory");
  file.put("is ignored");
  EXPECT_FALSE(file.commit());
  EXPECT_EQ(file.bytes(), 0u);
  EXPECT_EQ(write_file(folder_.path(), "x"), folder_.path().string() + ": cannot write: Is a directory");
}

// A limit on the size of files is the full disk that needs no disk: writes beyond it fail.
TEST_F(AtomicFileTest, ThatDoesNotFitIsAFailureAndLeavesNothing) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{100'000, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string large = write_file(path_, std::string(100'001, 'x'));
  const std::string fitting = write_file(folder_ / "y.txt", std::string(100'000, 'x'));
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ(large, path_.string() + ": cannot write: File too large");
  EXPECT_EQ(fitting, "");
  EXPECT_FALSE(fs::exists(path_));
  EXPECT_EQ(entries(), 1u);
}

TEST_F(AtomicFileTest, AKilledProgramLeavesNoFileUnderTheName) {
  const pid_t child = fork();
  if (child == 0) {
    AtomicFile file(path_);
    file.put(std::string(1'000'000, 'x'));
    raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_FALSE(fs::exists(path_));
  // What is left of it is in nobody's way.
  EXPECT_EQ(entries(), 1u);
  EXPECT_EQ(write_file(path_, "whole"), "");
  EXPECT_EQ(content(path_), "whole");
  EXPECT_EQ(entries(), 2u);
}

TEST_F(AtomicFileTest, TwoWritersOfOneNameDoNotMeet) {
  AtomicFile first(path_), second(path_);
  first.put("first");
  second.put("second");
  EXPECT_EQ(entries(), 2u);
  EXPECT_TRUE(second.commit());
  EXPECT_EQ(content(path_), "second");
  EXPECT_TRUE(first.commit());
  EXPECT_EQ(content(path_), "first");
  EXPECT_EQ(entries(), 1u);
}

// Neither of a name nor of a number: every file that is there stays.
TEST_F(AtomicFileTest, ItsOwnFileIsNeverOneThatIsThere) {
  const std::string number = std::to_string(getpid()) + "-";
  for (int n = 1; n < 200; ++n) std::ofstream(path_.string() + "." + number + std::to_string(n) + ".partial") << "mine";
  ASSERT_EQ(write_file(path_, "new"), "");
  EXPECT_EQ(entries(), 200u);
  fs::remove(path_);
  for (const auto& entry : fs::directory_iterator(folder_.path())) EXPECT_EQ(content(entry.path()), "mine");
}

TEST_F(AtomicFileTest, ALongNameIsWrittenToo) {
  const fs::path longest = folder_ / std::string(255, 'x');
  EXPECT_EQ(write_file(longest, "x"), "");
  EXPECT_EQ(write_file(folder_ / std::string(256, 'x'), "x"),
            (folder_ / std::string(256, 'x')).string() + ": cannot write: File name too long");
}

TEST_F(AtomicFileTest, AFileKeepsItsPermissions) {
  ASSERT_EQ(write_file(path_, "before"), "");
  ASSERT_EQ(chmod(path_.c_str(), 0640), 0);
  ASSERT_EQ(write_file(path_, "after"), "");
  EXPECT_EQ(fs::status(path_).permissions(), fs::perms(0640));
}

TEST_F(AtomicFileTest, TellsAFullDiskFromAWrongPath) {
  AtomicFile nowhere(folder_ / "none/x.txt");
  EXPECT_FALSE(nowhere.lost());
  if (!fs::is_character_file("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  AtomicFile full("/dev/full");
  EXPECT_FALSE(full.lost());
  full.put("x");
  EXPECT_FALSE(full.commit());
  EXPECT_TRUE(full.lost());
}

// As a signal's handler would: what is unfinished goes, what is complete stays.
TEST_F(AtomicFileTest, UnfinishedFilesCanBeRemovedAtAnyTime) {
  ASSERT_EQ(write_file(path_, "complete"), "");
  AtomicFile half(folder_ / "half.txt"), given_up(folder_ / "given_up.txt");
  half.put("half");
  given_up.discard();
  const pid_t child = fork();
  if (child == 0) {
    remove_unfinished();
    _exit(0);
  }
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_EQ(entries(), 1u);
  EXPECT_EQ(content(path_), "complete");
}

TEST_F(AtomicFileTest, AnOpenDescriptorIsWrittenOnFromWhereItStands) {
  const int descriptor = open(path_.c_str(), O_CREAT | O_WRONLY, 0600);
  ASSERT_GE(descriptor, 0);
  ASSERT_EQ(write(descriptor, "one ", 4), 4);
  for (const char* folder : {"/dev/fd/", "/proc/self/fd/"})
    EXPECT_EQ(write_file(folder + std::to_string(descriptor), "two "), "");
  close(descriptor);
  EXPECT_EQ(content(path_), "one two two ");
  EXPECT_EQ(entries(), 1u);
  EXPECT_EQ(write_file("/dev/fd/9999", "x"), "/dev/fd/9999: cannot write: Bad file descriptor");
}

TEST_F(AtomicFileTest, ASymbolicLinkStaysOneAndItsFileIsReplaced) {
  ASSERT_EQ(write_file(folder_ / "real.txt", "before"), "");
  fs::create_symlink("real.txt", path_);
  EXPECT_EQ(write_file(path_, "after"), "");
  EXPECT_TRUE(fs::is_symlink(path_));
  EXPECT_EQ(content(folder_ / "real.txt"), "after");

  fs::create_symlink("later.txt", folder_ / "dangling");
  EXPECT_EQ(write_file(folder_ / "dangling", "new"), "");
  EXPECT_EQ(content(folder_ / "later.txt"), "new");

  fs::create_symlink("loop", folder_ / "loop");
  EXPECT_EQ(write_file(folder_ / "loop", "x"),
            (folder_ / "loop").string() + ": cannot write: Too many levels of symbolic links");
}

TEST_F(AtomicFileTest, AFifoIsWrittenThrough) {
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  std::string read;
  std::thread reader([&] { read = content(path_); });
  EXPECT_EQ(write_file(path_, "through"), "");
  reader.join();
  EXPECT_EQ(read, "through");
  EXPECT_TRUE(fs::is_fifo(path_));
  EXPECT_EQ(entries(), 1u);
}

TEST_F(AtomicFileTest, DevicesStayAndTellThatTheyAreFull) {
  EXPECT_EQ(write_file("/dev/null", "x"), "");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  if (fs::is_character_file("/dev/full")) {
    EXPECT_EQ(write_file("/dev/full", "x"), "/dev/full: cannot write: No space left on device");
  }
}

}  // namespace
}  // namespace tessera::base
