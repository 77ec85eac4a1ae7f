#include "base/file/atomic_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace tessera::base {
namespace {

namespace fs = std::filesystem;

// The file that a symbolic link leads to, whether or not it exists. Loops were found by fs::status before.
fs::path without_links(fs::path path) {
  std::error_code none;
  while (fs::is_symlink(path, none)) path = path.parent_path() / fs::read_symlink(path, none);
  return path;
}

std::string last_error() { return std::strerror(errno); }

}  // namespace

AtomicFile::AtomicFile(fs::path path) : path_(std::move(path)) { open(); }

void AtomicFile::open() {
  std::error_code error;
  const fs::file_status status = fs::status(path_, error);
  if (status.type() == fs::file_type::none) return fail(error.message());
  if (status.type() == fs::file_type::directory) return fail(std::strerror(EISDIR));
  const bool replaced = !fs::exists(status) || fs::is_regular_file(status);
  if (replaced) {
    target_ = without_links(path_);
    partial_ = target_;
    partial_ += ".partial";
  }
  file_.reset(std::fopen((replaced ? partial_ : path_).c_str(), "wbe"));
  if (!file_) fail(last_error());
}

AtomicFile::~AtomicFile() { discard(); }

void AtomicFile::fail(const std::string& reason) {
  if (failure_.empty()) failure_ = path_.string() + ": cannot write: " + reason;
}

void AtomicFile::put(std::string_view bytes) {
  if (!ok()) return;
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) fail(last_error());
  bytes_ += bytes.size();
}

// Before the rename: else a crash of the machine could leave the name with half of the bytes.
void AtomicFile::flush_to_disk() {
  if (std::fflush(file_.get()) != 0) return fail(last_error());
  if (!partial_.empty() && ::fsync(::fileno(file_.get())) != 0) fail(last_error());
}

void AtomicFile::close() {
  if (std::fclose(file_.release()) != 0) fail(last_error());
}

bool AtomicFile::commit() {
  if (!file_) return false;
  if (ok()) flush_to_disk();
  close();
  if (partial_.empty()) return ok();
  std::error_code error;
  if (ok()) {
    fs::rename(partial_, target_, error);
    if (error) fail(error.message());
  }
  if (!ok()) fs::remove(partial_, error);
  return ok();
}

void AtomicFile::discard() {
  if (!file_) return;
  file_.reset();
  std::error_code ignored;
  if (!partial_.empty()) fs::remove(partial_, ignored);
}

std::string write_file(const fs::path& path, std::string_view text) {
  AtomicFile file(path);
  file.put(text);
  file.commit();
  return file.failure();
}

}  // namespace tessera::base
