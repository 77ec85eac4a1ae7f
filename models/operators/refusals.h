// Operators of ONNX that no unit of an NPU runs, each with what stands in the way.
#pragma once

#include <string_view>

namespace tessera::models {

// The cause, and a remedy where there is another than the host, as the end of a sentence; empty for what is none of
// ONNX's own operators.
[[nodiscard]] std::string_view why_refused(std::string_view type, std::string_view domain);

}  // namespace tessera::models
