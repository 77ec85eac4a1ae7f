#include "base/file/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>

namespace tessera::base {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 40;  // as the kernel follows them

// A name of a descriptor that the program has open: opening it anew would start a file at its beginning.
std::optional<int> open_descriptor(const fs::path& path) {
  const std::string name = path.lexically_normal().string();
  if (name == "/dev/stdout") return STDOUT_FILENO;
  if (name == "/dev/stderr") return STDERR_FILENO;
  for (const std::string& folder :
       {std::string("/dev/fd/"), std::string("/proc/self/fd/"), "/proc/" + std::to_string(getpid()) + "/fd/"}) {
    if (!name.starts_with(folder)) continue;
    int descriptor = 0;
    const char* end = name.data() + name.size();
    const auto [last, error] = std::from_chars(name.data() + folder.size(), end, descriptor);
    if (error == std::errc{} && last == end) return descriptor;
  }
  return std::nullopt;
}

// Unique among all processes that write here, and never the name of a file that is there. Short enough for any name.
fs::path partial_name(const fs::path& target) {
  static std::atomic<unsigned> files{0};
  constexpr std::size_t kMostOfName = 200;
  const std::string number = std::to_string(getpid()) + "-" + std::to_string(++files);
  return target.parent_path() / (target.filename().string().substr(0, kMostOfName) + "." + number + ".partial");
}

}  // namespace

bool is_loss(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EIO:
    case EPIPE:
    case EMFILE:
    case ENFILE:
    case ENOMEM: return true;
    default: return false;
  }
}

AtomicFile::AtomicFile(fs::path path) : path_(std::move(path)) { open(); }

// Follows symbolic links by hand: a link may lead to an open descriptor, or to where no file is yet.
void AtomicFile::open() {
  target_ = path_;
  for (int links = 0;; ++links) {
    if (const auto descriptor = open_descriptor(target_)) return use(::fcntl(*descriptor, F_DUPFD_CLOEXEC, 0));
    std::error_code none;
    if (!fs::is_symlink(target_, none)) break;
    if (links == kMostLinks) return fail(ELOOP);
    target_ = target_.parent_path() / fs::read_symlink(target_, none);
  }
  std::error_code error;
  const fs::file_status status = fs::status(target_, error);
  if (status.type() == fs::file_type::none) return fail(error.value());
  if (status.type() == fs::file_type::directory) return fail(EISDIR);
  if (!fs::exists(status) || fs::is_regular_file(status)) return open_partial();
  use(::open(target_.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
}

void AtomicFile::open_partial() {
  struct stat before {};
  const bool replaces = ::stat(target_.c_str(), &before) == 0;
  if (replaces && ::access(target_.c_str(), W_OK) != 0) return fail(errno);
  int descriptor = -1;
  const WholeStep whole;  // a signal finds the file in the table, or not at all
  do {
    partial_ = partial_name(target_);
    descriptor = ::open(partial_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (descriptor < 0 && errno == EEXIST);  // of a process that was killed
  if (descriptor >= 0) unfinished_ = Unfinished(partial_);
  use(descriptor);
  if (replaces && ok()) ::fchmod(descriptor, before.st_mode & 07777);
}

void AtomicFile::use(int descriptor) {
  if (descriptor < 0) return fail(errno);
  file_.reset(::fdopen(descriptor, "wb"));
  if (file_) return;
  ::close(descriptor);
  fail(EBADF);  // open, but not for writing: what stands for a standard output that was closed
  lost_ = true;
}

AtomicFile::~AtomicFile() { discard(); }

void AtomicFile::fail(int error) {
  if (!failure_.empty()) return;
  failure_ = path_.string() + ": cannot write: " + std::strerror(error);
  lost_ = is_loss(error);
}

void AtomicFile::put(std::string_view bytes) {
  if (!ok()) return;
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) fail(errno);
  bytes_ += bytes.size();
}

bool AtomicFile::writes_into(int descriptor) const {
  struct stat ours {
  }, other{};
  return file_ && partial_.empty() && ::fstat(::fileno(file_.get()), &ours) == 0 && ::fstat(descriptor, &other) == 0 &&
         ours.st_dev == other.st_dev && ours.st_ino == other.st_ino;
}

// Before the rename: else a crash of the machine could leave the name with half of the bytes.
void AtomicFile::flush_to_disk() {
  if (std::fflush(file_.get()) != 0) return fail(errno);
  if (partial_.empty() || ::fsync(::fileno(file_.get())) == 0) return;
  if (errno != EINVAL && errno != ENOTSUP) fail(errno);  // a file system that has no disk
}

void AtomicFile::close() {
  if (std::fclose(file_.release()) != 0) fail(errno);
}

bool AtomicFile::commit() {
  if (!file_) return false;
  if (ok()) flush_to_disk();
  close();
  if (partial_.empty()) return ok();
  if (ok() && std::rename(partial_.c_str(), target_.c_str()) != 0) fail(errno);
  if (!ok()) ::unlink(partial_.c_str());
  unfinished_.done();
  return ok();
}

void AtomicFile::discard() {
  if (!file_) return;
  file_.reset();
  if (!partial_.empty()) ::unlink(partial_.c_str());
  unfinished_.done();
}

std::string write_file(const fs::path& path, std::string_view text) {
  AtomicFile file(path);
  file.put(text);
  file.commit();
  return file.failure();
}

}  // namespace tessera::base
