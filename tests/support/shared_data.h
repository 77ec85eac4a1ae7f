// Where the data that tests share with other projects lies: models, tables of measured numbers. Not in the repository.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string_view>

namespace tessera::tests {

// TESSERA_SHARED, or the folder `shared` beside the source tree; nothing if there is none.
// TESSERA_SOURCE_DIR is a compile definition of the test.
[[nodiscard]] inline std::optional<std::filesystem::path> shared_data() {
  std::error_code error;
  const char* named = std::getenv("TESSERA_SHARED");
  const auto folder =
      named ? std::filesystem::path(named) : std::filesystem::path(TESSERA_SOURCE_DIR).parent_path() / "shared";
  if (std::filesystem::is_directory(folder, error)) return folder;
  return std::nullopt;
}

// True on the machines that must have the data: there a missing file is a failure, elsewhere a skip.
[[nodiscard]] inline bool shared_data_required() {
  const char* ci = std::getenv("CI");
  return ci && std::string_view(ci) == "true";
}

}  // namespace tessera::tests

// At the start of a test or of SetUp: leaves it when the data is not there.
#define TESSERA_NEED_SHARED_DATA()                                                                  \
  do {                                                                                              \
    if (!::tessera::tests::shared_data()) {                                                         \
      if (::tessera::tests::shared_data_required()) FAIL() << "no shared data: set TESSERA_SHARED"; \
      GTEST_SKIP() << "no shared data: set TESSERA_SHARED to the folder with models/ and truth/";   \
    }                                                                                               \
  } while (false)
