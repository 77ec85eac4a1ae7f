// What a file given on the command line is, by what it holds.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.h"

namespace tessera::app {

enum class FileKind : std::uint8_t { npu, run, network, unknown };

[[nodiscard]] std::string_view to_string(FileKind);

// YAML by its top-level keys; anything that is no YAML name (.yaml, .yml) is a network. A failure if unreadable.
[[nodiscard]] base::Result<FileKind> kind_of_file(const std::filesystem::path& file);

}  // namespace tessera::app
