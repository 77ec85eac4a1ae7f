// The one way in which the program writes a file: whole or not at all.
//
// The bytes go to a file of its own beside PATH, PATH.<process>-<n>.partial. commit() hands them to the disk and then
// gives them the name PATH, so that PATH holds either what it held before or everything, whatever ends the program in
// between, and whoever else writes the same PATH. A symbolic link stays one: the file that it leads to is replaced, and
// keeps its permissions. What is not a regular file (a device, a FIFO, an open descriptor such as /dev/stdout) cannot
// be replaced: the bytes go straight into it.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/file/unfinished.h"

namespace tessera::base {

class AtomicFile {
 public:
  // Opens the file. After a failure everything else does nothing, and failure() says why.
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();  // without commit(): nothing is left behind
  AtomicFile(AtomicFile&&) noexcept = default;
  AtomicFile& operator=(AtomicFile&&) = delete;

  void put(std::string_view bytes);
  // Ends the file, well or not; true: it is complete under its name. To be called once.
  bool commit();
  // Gives the file up: nothing is left behind.
  void discard();

  [[nodiscard]] bool ok() const { return failure_.empty(); }
  // "PATH: cannot write: No space left on device", or empty.
  [[nodiscard]] const std::string& failure() const { return failure_; }
  // The path was good and the bytes were lost: the disk is full or broken, the reader of a pipe is gone.
  [[nodiscard]] bool lost() const { return lost_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }  // put so far
  // The bytes go where the descriptor does: its own file, device or pipe.
  [[nodiscard]] bool writes_into(int descriptor) const;

 private:
  struct Closer {
    void operator()(std::FILE* f) const { std::fclose(f); }
  };

  void open();
  void open_partial();
  void use(int descriptor);
  void fail(int error);
  void flush_to_disk();
  void close();

  std::filesystem::path path_;              // as the caller names it
  std::filesystem::path target_, partial_;  // without symbolic links; no partial: written through
  Unfinished unfinished_;
  std::unique_ptr<std::FILE, Closer> file_;
  std::uint64_t bytes_ = 0;
  std::string failure_;
  bool lost_ = false;
};

// A whole text in one call; empty, or why it could not be written.
[[nodiscard]] std::string write_file(const std::filesystem::path& path, std::string_view text);

// Is this what keeps a good path from being written, and not a path that is wrong? Of an errno.
[[nodiscard]] bool is_loss(int error);

}  // namespace tessera::base
