#include "tests/fuzz/whole_way.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>

#include "models/read_network.h"
#include "sim/config/run_reader.h"
#include "sim/prepare/prepare.h"
#include "sim/run/simulate.h"

namespace tessera::tests {

namespace {

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

// Small enough to be run in the blink of an eye.
bool is_small(const models::Network& n) {
  std::int64_t work = 0;
  for (const auto& t : n.tensors) {
    std::int64_t elements = 1;
    for (const std::int64_t extent : t.shape) {
      if (extent > (1 << 12)) return false;
      elements *= extent;
    }
    work += elements;
  }
  for (const auto& op : n.operators) {
    if (op.vector.kernel_h > 64 || op.vector.kernel_w > 64) return false;
    if (op.unit == models::Unit::pe && !op.pe.macs_within(1 << 20)) return false;
  }
  return work < (1 << 16);
}

Answer run(const std::filesystem::path& file) {
  const auto network = models::read_network(file);
  if (!network) {
    for (const auto& d : network.problems().list()) {
      EXPECT_FALSE(d.message.empty());
      EXPECT_EQ(d.where.file, file.string());
    }
    return Answer::refused;
  }
  if (!is_small(*network)) return Answer::too_large;
  sim::RunArguments arguments;
  arguments.npu_file = std::filesystem::path(TESSERA_SOURCE_DIR) / "configs/npu/tiny_8x8.yaml";
  arguments.model_file = file;
  arguments.overrides = {"trace.level=off"};
  const auto spec = sim::read_run(arguments);
  EXPECT_TRUE(spec.ok()) << spec.problems().to_string();
  if (!spec) return Answer::refused;
  const auto prepared = sim::prepare(*spec);
  if (!prepared) return Answer::not_tiled;
  const auto result = sim::simulate(*prepared, {});
  EXPECT_TRUE(result.ok() && result->ok) << (result.ok() ? result->failure : result.problems().to_string());
  return Answer::ran;
}

}  // namespace

Answer whole_way(const std::filesystem::path& network) {
  constexpr unsigned kMostSeconds = 60;
  ::alarm(kMostSeconds);
  Answer answer = Answer::refused;
  try {
    answer = run(network);
  } catch (const std::exception& e) {
    ADD_FAILURE() << "an exception left the program: " << e.what();
  }
  ::alarm(0);
  return answer;
}

std::uint64_t fuzz_rounds(std::uint64_t otherwise) { return setting("TESSERA_FUZZ_ROUNDS", otherwise); }
std::uint64_t fuzz_seed() { return setting("TESSERA_FUZZ_SEED", 1); }

void expect_little_memory() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  EXPECT_LT(used.ru_maxrss, 2 << 20) << "kilobytes";
}

}  // namespace tessera::tests
