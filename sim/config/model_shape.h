// One-operator networks as text: "512x256x64" and "w=56,h=56,c=64,k=64,kw=3,kh=3,pl=1,pr=1,pt=1,pb=1".
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "sim/config/run_spec.h"

namespace tessera::sim {

// Failures carry a message that starts with "must be" or names the offending part; the caller puts a name before it.
[[nodiscard]] base::Result<models::GemmShape> parse_gemm(std::string_view text);
[[nodiscard]] base::Result<models::ConvShape> parse_conv(std::string_view text);
[[nodiscard]] std::string to_string(const models::GemmShape&);
[[nodiscard]] std::string to_string(const models::ConvShape&);

}  // namespace tessera::sim
