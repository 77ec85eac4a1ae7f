// The one door into models/: a file, or an operator given on the command line, as a Network.
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/result.h"
#include "models/network/network.h"

namespace tessera::models {

// Reads a YAML graph (.yaml, .yml) or else an ONNX file, whatever its name, runs all passes and checks that
// every operator can be simulated. Errors name the file and the node, or line and column.
[[nodiscard]] base::Result<Network> read_network(const std::filesystem::path&);

// [m, k] times [k, n], one PE operator named "gemm"; extents >= 1.
[[nodiscard]] base::Result<Network> gemm_network(std::int64_t m, std::int64_t k, std::int64_t n);

// One convolution named "conv": w x h x c input, k output channels.
struct ConvSpec {
  std::int64_t w = 1, h = 1, c = 1, k = 1, kw = 1, kh = 1;
  std::int64_t sx = 1, sy = 1, pl = 0, pr = 0, pt = 0, pb = 0, dx = 1, dy = 1, groups = 1;
};
[[nodiscard]] base::Result<Network> conv_network(const ConvSpec&);

}  // namespace tessera::models
