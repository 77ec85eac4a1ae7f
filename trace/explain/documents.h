// Explanations as JSON documents (docs/trace.md, explain).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "trace/explain/story.h"

namespace tessera::trace {

[[nodiscard]] std::string tile_json(const Story&, std::string_view file, std::uint32_t tile);
// Operators that share a name have a place in the list `operators` each.
[[nodiscard]] std::string operator_json(const Story&, std::string_view file, const std::vector<std::uint32_t>& ops);
[[nodiscard]] std::string instant_json(const Story&, std::string_view file, base::Ps at);

}  // namespace tessera::trace
