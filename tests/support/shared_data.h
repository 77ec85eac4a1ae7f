// Where the data that tests share with other projects lies: ONNX networks, whole tables of measured numbers. It is not
// in the repository. What matters most of it is: rows of the tables in tests/truth/data, networks in models/zoo.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string_view>

namespace tessera::tests {

// What TESSERA_SHARED names, or the folder `shared` beside the source tree; nothing if there is none.
// TESSERA_SHARED=none is the word of somebody who knows that there is none.
// TESSERA_SOURCE_DIR is a compile definition of the test.
[[nodiscard]] inline std::optional<std::filesystem::path> shared_data() {
  std::error_code error;
  const char* named = std::getenv("TESSERA_SHARED");
  if (named && std::string_view(named) == "none") return std::nullopt;
  const auto folder =
      named ? std::filesystem::path(named) : std::filesystem::path(TESSERA_SOURCE_DIR).parent_path() / "shared";
  if (std::filesystem::is_directory(folder, error)) return folder;
  return std::nullopt;
}

// Where CI=true missing data is a failure, so that nothing is left out unseen, unless TESSERA_SHARED=none says that it
// is meant. Elsewhere missing data is a skip.
[[nodiscard]] inline bool shared_data_required() {
  const char* ci = std::getenv("CI");
  const char* named = std::getenv("TESSERA_SHARED");
  return ci && std::string_view(ci) == "true" && !(named && std::string_view(named) == "none");
}

}  // namespace tessera::tests

// At the start of a test or of SetUp: leaves it when the data is not there.
#define TESSERA_NEED_SHARED_DATA()                                                                \
  do {                                                                                            \
    if (!::tessera::tests::shared_data()) {                                                       \
      if (::tessera::tests::shared_data_required())                                               \
        FAIL() << "no shared data: set TESSERA_SHARED to its folder, or to `none` to go without"; \
      GTEST_SKIP() << "no shared data: set TESSERA_SHARED to the folder with models/ and truth/"; \
    }                                                                                             \
  } while (false)
