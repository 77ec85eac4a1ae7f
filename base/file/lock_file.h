// One process at a time: a file that is locked while its maker lives, and gone afterwards.
//
// The lock is the kernel's (flock): it ends with the process, however that ends, so a file that a killed process left
// behind locks nobody out. The file holds the number of the process, for messages only.
#pragma once

#include <filesystem>
#include <string>

#include "base/file/unfinished.h"

namespace tessera::base {

class LockFile {
 public:
  explicit LockFile(const std::filesystem::path& path) : path_(path) { take(); }
  ~LockFile();
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;

  [[nodiscard]] bool held() const { return descriptor_ >= 0; }
  // Not held: why, as an errno. EWOULDBLOCK: somebody else holds it.
  [[nodiscard]] int error() const { return error_; }
  // Not held: "process 1234", or "another process".
  [[nodiscard]] const std::string& holder() const { return holder_; }

 private:
  void take();
  // False: the file was removed or exchanged meanwhile, and has to be opened again.
  bool try_once();
  void read_holder(int descriptor);

  std::filesystem::path path_;
  Unfinished unfinished_;
  int descriptor_ = -1, error_ = 0;
  std::string holder_ = "another process";
};

}  // namespace tessera::base
