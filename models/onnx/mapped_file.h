// A file's bytes, mapped read-only: pages that nobody looks at are never read.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.h"

namespace tessera::models::onnx {

class MappedFile {
 public:
  // Fails with one sentence where the file cannot be opened or is no regular file.
  [[nodiscard]] static base::Result<MappedFile> open(const std::filesystem::path&);
  MappedFile(MappedFile&&) noexcept;
  MappedFile& operator=(MappedFile&&) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();
  [[nodiscard]] std::string_view bytes() const { return {static_cast<const char*>(data_), size_}; }

 private:
  MappedFile() = default;
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace tessera::models::onnx
