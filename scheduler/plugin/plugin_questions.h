// What a plug-in may ask of the dispatcher's state: the functions of tessera_questions over a View. Every argument is
// checked: one that makes no sense is answered with nothing, and the first of them is kept as the policy's error.
#pragma once

#include <string>
#include <vector>

#include "scheduler/plugin/sdk/tessera_policy.h"
#include "scheduler/policy/policy.h"

namespace tessera::scheduler {

// The `host` of a tessera_view.
struct Asked {
  const View* view = nullptr;  // null: no hook is under way
  std::string complaint;       // empty: all questions made sense
  // What a question returns by pointer.
  std::vector<tessera_slot> slots;
  std::vector<tessera_channel_state> channels;

  // Keeps "QUESTION was asked of WHAT ID, and there are COUNT" unless id < count.
  [[nodiscard]] bool has(const char* question, const char* what, std::uint64_t id, std::uint64_t count);
  [[nodiscard]] bool has_view(const char* question);
  void complain(std::string what);
};

[[nodiscard]] const tessera_questions& plugin_questions();

// An action of a plug-in; empty text, or why it is none.
[[nodiscard]] std::string read_action(const tessera_action&, Action&);
[[nodiscard]] tessera_action plain(const Action&);

}  // namespace tessera::scheduler
