// Rotary position embedding, as RotaryEmbedding of operator set 23 spells it out: of the first `size` numbers of each
// head two halves x1, x2 (or the numbers at even and odd places) become x1 cos - x2 sin and x1 sin + x2 cos.
#pragma once

#include <cstdint>
#include <string>

#include "models/expansion/expansion.h"

namespace tessera::models {

struct Rotation {
  ValueId cos = kNone, sin = kNone;  // of half the size, in a shape that broadcasts to the heads'
  bool interleaved = false;
};
// `heads`: four axes, the last of them the numbers of a head.
[[nodiscard]] ValueId rotate(Expansion&, const std::string& name, ValueId heads, const Rotation&);

}  // namespace tessera::models
