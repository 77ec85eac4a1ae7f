// The message for dimensions that have names and no numbers: all of them, where they stand, and numbers that work.
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "base/result.h"
#include "models/graph/named_dimensions.h"

namespace tessera::models {

// What is wrong with the network under those numbers; empty: nothing.
using TryBindings = std::function<base::Diagnostics(const Bindings&)>;

// `given`: numbers that the user gave for other names. The example in the message has been tried: likely numbers by the
// names, then the same number for all. Where none works, the message says what stands in the way of the first.
[[nodiscard]] base::Diagnostics open_dimensions(const std::filesystem::path& file,
                                                const std::vector<OpenDimension>& open, const Bindings& given,
                                                const TryBindings& attempt);

// Of names that the user gave a number, though nothing has them.
[[nodiscard]] base::Diagnostics unknown_dimensions(const std::filesystem::path& file, const NamedDimensions& dimensions,
                                                   const Bindings& given, const TryBindings& attempt);

}  // namespace tessera::models
