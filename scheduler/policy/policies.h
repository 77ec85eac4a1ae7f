// The built-in policies by name. A policy is one file that defines its PolicyEntry, and one line in policies.cpp.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "scheduler/policy/policy.h"

namespace tessera::scheduler {

// A key of the run file's `scheduler` section that one policy reads: a whole number within [low, high], a rate within
// it (thousandths of a byte per cycle), a flag (0, 1), a text, or the path of a file (relative to the run file; here
// from the working directory).
struct PolicyOption {
  enum class Kind : std::uint8_t { integer, flag, text, file, rate };
  std::string_view key;       // "window" is scheduler.window
  std::string_view text;      // what `tessera params run` says of it
  std::int64_t fallback = 0;  // of texts and files: empty
  Kind kind = Kind::integer;
  std::int64_t low = 0, high = 1;

  // What the run says, or the fallback if the run does not say.
  [[nodiscard]] std::int64_t of(const PolicySpec&) const;
  [[nodiscard]] std::string text_of(const PolicySpec&) const;
  [[nodiscard]] bool holds_text() const { return kind == Kind::text || kind == Kind::file; }
  // Whether the run says something else than the fallback.
  [[nodiscard]] bool is_set(const PolicySpec&) const;
};

struct PolicyEntry {
  std::string_view name;
  std::unique_ptr<Policy> (*make)(const PolicySpec&);
  std::span<const PolicyOption> options = {};
};

// In the order of the list; the names and the options' keys are distinct.
[[nodiscard]] std::span<const PolicyEntry* const> policies();
[[nodiscard]] std::span<const std::string_view> policy_names();
// Null if there is no policy of that name.
[[nodiscard]] std::unique_ptr<Policy> make_policy(const PolicySpec&);

}  // namespace tessera::scheduler
