#include "base/file/lock_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>

namespace tessera::base {
namespace {

bool is_still(const std::filesystem::path& path, int descriptor) {
  struct stat named {
  }, opened{};
  return ::stat(path.c_str(), &named) == 0 && ::fstat(descriptor, &opened) == 0 && named.st_dev == opened.st_dev &&
         named.st_ino == opened.st_ino;
}

}  // namespace

void LockFile::take() {
  while (!try_once()) {
  }
}

bool LockFile::try_once() {
  const WholeStep whole;
  const int descriptor = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor < 0) {
    error_ = errno;
    return true;
  }
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    error_ = errno;
    read_holder(descriptor);
    ::close(descriptor);
    return true;
  }
  if (!is_still(path_, descriptor)) {
    ::close(descriptor);
    return false;
  }
  descriptor_ = descriptor;
  unfinished_ = Unfinished(path_);
  const std::string process = std::to_string(getpid()) + "\n";
  // Only for messages: on a full disk they say less.
  if (::ftruncate(descriptor, 0) != 0 || ::pwrite(descriptor, process.data(), process.size(), 0) < 0) return true;
  return true;
}

void LockFile::read_holder(int descriptor) {
  char text[16] = {};
  const auto size = ::pread(descriptor, text, sizeof text - 1, 0);
  const auto* end = std::find_if_not(text, text + std::max<ssize_t>(size, 0),
                                     [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; });
  if (end != text) holder_ = "process " + std::string(text, static_cast<std::size_t>(end - text));
}

// Removed while it is locked: who opens it from now on makes a new one.
LockFile::~LockFile() {
  if (!held()) return;
  ::unlink(path_.c_str());
  unfinished_.done();
  ::close(descriptor_);
}

}  // namespace tessera::base
