// A lock is one process's, and ends with it.
#include "base/file/lock_file.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <optional>

#include "tests/support/temp_folder.h"

namespace tessera::base {
namespace {

namespace fs = std::filesystem;

TEST(LockFile, IsHeldOnceAndGoneAfterwards) {
  const tests::TempFolder folder;
  {
    const LockFile first(folder / "lock");
    ASSERT_TRUE(first.held());
    const LockFile second(folder / "lock");
    EXPECT_FALSE(second.held());
    EXPECT_EQ(second.error(), EWOULDBLOCK);
    EXPECT_EQ(second.holder(), "process " + std::to_string(getpid()));
  }
  EXPECT_FALSE(fs::exists(folder / "lock"));
  EXPECT_TRUE(LockFile(folder / "lock").held());
}

// The one who is refused must not take the file away from the one who holds it.
TEST(LockFile, ARefusalChangesNothing) {
  const tests::TempFolder folder;
  const LockFile first(folder / "lock");
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(LockFile(folder / "lock").held());
  EXPECT_TRUE(fs::exists(folder / "lock"));
}

TEST(LockFile, OfAKilledProcessLocksNobodyOut) {
  const tests::TempFolder folder;
  const pid_t child = fork();
  if (child == 0) {
    const LockFile lock(folder / "lock");
    raise(SIGKILL);
  }
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_TRUE(fs::exists(folder / "lock"));
  EXPECT_TRUE(LockFile(folder / "lock").held());
}

TEST(LockFile, SaysWhyItCannotBeMade) {
  const tests::TempFolder folder;
  EXPECT_EQ(LockFile(folder / "none/lock").error(), ENOENT);
}

}  // namespace
}  // namespace tessera::base
