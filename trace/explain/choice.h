// One decision of a scheduler with what its policy weighed (trace.decisions), and what each choice would have waited
// for.
#pragma once

#include <optional>
#include <vector>

#include "trace/explain/story.h"

namespace tessera::trace {

struct WeighedChoice {
  const Event* record = nullptr;  // the candidate
  bool taken = false;
  std::int64_t missing[2] = {0, 0};  // bytes of input and weights that it would have loaded
  // How long after the decision's end its data can be there at best: what is missing behind what was queued, at the
  // peak of the slower of interconnect and memory. Empty: nothing is missing, or no peak is known.
  std::optional<base::Ps> data_in;
  const Event* decided = nullptr;  // when its tile was dispatched in the end; null: never
};

struct Choice {
  const Event* answer = nullptr;  // null: the trace holds no answers, or none for this
  std::vector<WeighedChoice> weighed;
  std::vector<const Event*> before;  // refused answers and waits since the action before, in order
};

// Of a decision or a prefetch.
[[nodiscard]] Choice choice_of(const Story&, const Event& decision);
// Of any answer.
[[nodiscard]] Choice choice_of_answer(const Story&, const Event& answer);
// The best choice that was weighed for a decision, was legal and had a lower score than the one taken. Null: there was
// none, or the trace does not say.
[[nodiscard]] const WeighedChoice* passed_over(const Choice&);

}  // namespace tessera::trace
