// What a policy weighed and answered, in words.
#pragma once

#include <string>

#include "trace/explain/choice.h"

namespace tessera::trace {

// What the choice would have waited for, and what came of its tile. `decision`: the one for which it was weighed.
[[nodiscard]] std::string words_of(const Story&, const WeighedChoice&, const Event& decision);
// "Dispatch of tile 3 (conv) to core[0], refused: the core's queue is full".
[[nodiscard]] std::string answer_words(const Story&, const Event& answer);
// "score 4096 (missing bytes)".
[[nodiscard]] std::string score_words(const Story&, std::int64_t score);

}  // namespace tessera::trace
