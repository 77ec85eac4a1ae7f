// Explanations as text for a screen, no line wider than `width`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "trace/explain/story.h"

namespace tessera::trace {

[[nodiscard]] std::string tile_text(const Story&, std::uint32_t tile, std::size_t width);
[[nodiscard]] std::string operator_text(const Story&, std::uint32_t op, std::size_t width);
[[nodiscard]] std::string instant_text(const Story&, base::Ps at, std::size_t width);

}  // namespace tessera::trace
