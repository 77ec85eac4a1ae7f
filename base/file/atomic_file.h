// The one way in which the program writes a file: whole or not at all.
//
// The bytes go to PATH.partial. commit() hands them to the disk and then gives them the name PATH, so that PATH holds
// either what it held before or everything, whatever ends the program in between. A symbolic link stays one: the file
// that it leads to is replaced. What is not a regular file (a device, a FIFO) cannot be replaced: the bytes go straight
// into it.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

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
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }  // put so far

 private:
  struct Closer {
    void operator()(std::FILE* f) const { std::fclose(f); }
  };

  void open();
  void fail(const std::string& reason);
  void flush_to_disk();
  void close();

  std::filesystem::path path_;              // as the caller names it
  std::filesystem::path target_, partial_;  // without symbolic links; no partial: written through
  std::unique_ptr<std::FILE, Closer> file_;
  std::uint64_t bytes_ = 0;
  std::string failure_;
};

// A whole text in one call; empty, or why it could not be written.
[[nodiscard]] std::string write_file(const std::filesystem::path& path, std::string_view text);

}  // namespace tessera::base
