// A network file all the way: read, tiled, run on a small machine.
#pragma once

#include <cstdint>
#include <filesystem>

namespace tessera::tests {

enum class Answer { refused, too_large, not_tiled, ran };

// Fails the test where a refusal says nothing or names another file, or where a run does not reach its end. Networks
// that a damaged shape made large are read only. The program is killed where a file takes more than a minute.
[[nodiscard]] Answer whole_way(const std::filesystem::path& network);

// How many files a fuzzer makes (TESSERA_FUZZ_ROUNDS, else `otherwise`), and from which number on its random
// generators are seeded (TESSERA_FUZZ_SEED, else 1).
[[nodiscard]] std::uint64_t fuzz_rounds(std::uint64_t otherwise);
[[nodiscard]] std::uint64_t fuzz_seed();
// Fails the test where the program has taken more memory than small files ever need.
void expect_little_memory();

}  // namespace tessera::tests
