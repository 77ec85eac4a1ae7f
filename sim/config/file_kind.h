// What a file given by the user is, by what it holds.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/config/node.h"
#include "base/result.h"

namespace tessera::sim {

// In the order in which kinds are preferred where a file could be of two: a run may hold a whole machine under `npu`.
enum class FileKind : std::uint8_t {
  run,
  network,
  program,
  npu,
  dram,
  energy,
  trace,
  summary,
  schedule,
  actions,
  unknown
};

[[nodiscard]] std::string_view to_string(FileKind);
// "a machine"
[[nodiscard]] std::string_view noun(FileKind);

// YAML (.yaml, .yml) by its keys: the kind that knows most of them. A trace by its name (.tsr); documents and tables
// that the program itself wrote (.json, .csv) by how they begin; protobuf by its name (.pb, .txtpb, .textproto,
// .pbtxt); anything else is a network. A failure if unreadable.
[[nodiscard]] base::Result<FileKind> kind_of_file(const std::filesystem::path& file);

// The problems that the reader of a file had with it. Where the file is of another kind than `wanted`, that alone is
// the problem, with what such a file is for.
[[nodiscard]] base::Diagnostics explained(base::Diagnostics problems, const std::filesystem::path& file,
                                          FileKind wanted);

}  // namespace tessera::sim
