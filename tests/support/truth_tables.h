// Tables of numbers that this project did not make. A few rows of each are in the repository, and every test runs on
// those; the whole tables are shared data, and the same tests run on them where they are.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <ostream>
#include <string>

#include "tests/support/shared_data.h"

namespace tessera::tests {

enum class Truth { few_rows, whole_table };  // tests/truth/data; the folder `truth` of the shared data

inline std::string to_string(Truth t) { return t == Truth::few_rows ? "FewRows" : "WholeTable"; }
inline void PrintTo(Truth t, std::ostream* out) { *out << to_string(t); }

// For the first argument of a parameterized test.
inline auto both_truths() { return testing::Values(Truth::few_rows, Truth::whole_table); }

// `file` is a table's name, "dram.csv". Truth::whole_table needs the shared data.
inline std::filesystem::path truth_table(Truth t, const std::string& file) {
  if (t == Truth::few_rows) return std::filesystem::path(TESSERA_SOURCE_DIR) / "tests" / "truth" / "data" / file;
  return *shared_data() / "truth" / file;
}

}  // namespace tessera::tests

// At the start of a test or of SetUp: leaves it when the rows are not there, which those of the repository always are.
#define TESSERA_NEED_TRUTH(truth)                                                    \
  do {                                                                               \
    if ((truth) == ::tessera::tests::Truth::whole_table) TESSERA_NEED_SHARED_DATA(); \
  } while (false)
