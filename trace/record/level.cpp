#include "trace/record/level.h"

#include <array>

namespace tessera::trace {
namespace {
constexpr std::array<std::string_view, 5> kLevels{"off", "operator", "tile", "fold", "burst"};
}

std::string_view to_string(Level level) {
  const auto i = static_cast<std::size_t>(level);
  return i < kLevels.size() ? kLevels[i] : std::string_view{"?"};
}

std::optional<Level> level_of(std::string_view word) {
  for (std::size_t i = 0; i < kLevels.size(); ++i) {
    if (kLevels[i] == word) return static_cast<Level>(i);
  }
  return std::nullopt;
}

void LevelFilter::pass_copy(const Record& r, std::uint64_t id) {
  Record copy = r;
  copy.cause = kNoCause;
  copy.link = Link::none;
  next_.consume({&copy, 1}, id);
}

void LevelFilter::consume(std::span<const Record> records, std::uint64_t first_id) {
  std::uint64_t id = first_id;
  std::uint64_t run_id = first_id;
  std::size_t run = 0;  // start of the records that are kept but not passed on yet
  bool kept = false;    // whether the last span passed, and so its extension does
  for (std::size_t i = 0; i < records.size(); ++i) {
    const Record& r = records[i];
    const bool extension = r.name == Name::waits;
    if (!extension) kept = keeps(r);
    if (kept && level_ == Level::op) {
      if (!extension) pass_copy(r, id);
    } else if (!kept) {
      if (i > run) next_.consume(records.subspan(run, i - run), run_id);
      run = i + 1;
      run_id = extension ? id : id + 1;
    }
    if (!extension) ++id;
    if (level_ == Level::op) run = i + 1;
  }
  if (run < records.size()) next_.consume(records.subspan(run), run_id);
}

}  // namespace tessera::trace
