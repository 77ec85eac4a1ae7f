#include "trace/record/words.h"

#include <algorithm>

namespace tessera::trace {

std::optional<Level> level_of(std::string_view word) {
  const auto at = std::find(kLevelWords.begin(), kLevelWords.end(), word);
  if (at == kLevelWords.end()) return std::nullopt;
  return static_cast<Level>(at - kLevelWords.begin());
}

}  // namespace tessera::trace
