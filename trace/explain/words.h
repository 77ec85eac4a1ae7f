// How explanations name things: times in nanoseconds with the core clock's cycles, tiles with their operator, records
// as what somebody waited for.
#pragma once

#include <string>

#include "trace/explain/story.h"

namespace tessera::trace {

class Phrases {
 public:
  explicit Phrases(const Story& story) : story_(story) {}

  [[nodiscard]] static std::string ns(base::Ps);   // "1234.567 ns", without zeros at its end
  [[nodiscard]] std::string when(base::Ps) const;  // "1234.567 ns (cycle 1234)"
  [[nodiscard]] std::string span(base::Ps) const;  // "40 ns (40 cycles)"
  [[nodiscard]] static std::string cap(std::uint32_t channel, std::int64_t rate);
  [[nodiscard]] static std::string bytes(std::int64_t);
  [[nodiscard]] std::string tile(std::uint32_t) const;  // "tile 17 (conv1)"
  [[nodiscard]] std::string unit(const Record&) const;  // "core[0].pe_array"
  [[nodiscard]] std::string event(const Event&) const;  // "the store of tile 17 (conv1)"
  [[nodiscard]] std::string core(std::uint32_t) const;  // "core[0]"
  // "Dispatch of tile 17 (conv1) to core[0]": what an answer asks for.
  [[nodiscard]] std::string action(const Record& answer) const;

 private:
  const Story& story_;
};

}  // namespace tessera::trace
