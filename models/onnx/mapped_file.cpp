#include "models/onnx/mapped_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace tessera::models::onnx {

base::Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  // A pipe must not make us wait for a writer: it is refused as no regular file.
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return base::failure({path.string()}, fmt::format("cannot open the file: {}", std::strerror(errno)));
  struct stat about {};
  if (::fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) {
    ::close(file);
    return base::failure({path.string()}, "not a regular file");
  }
  MappedFile mapped;
  mapped.size_ = static_cast<std::size_t>(about.st_size);
  if (mapped.size_ > 0) {
    mapped.data_ = ::mmap(nullptr, mapped.size_, PROT_READ, MAP_PRIVATE, file, 0);
    if (mapped.data_ == MAP_FAILED) mapped.data_ = nullptr;
  }
  const int error = errno;
  ::close(file);
  if (mapped.size_ > 0 && mapped.data_ == nullptr)
    return base::failure({path.string()}, fmt::format("cannot read the file: {}", std::strerror(error)));
  return mapped;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

}  // namespace tessera::models::onnx
