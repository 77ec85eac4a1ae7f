// The one door into models/: a file, or an operator given on the command line, as a Network.
#pragma once

#include <filesystem>

#include "base/result.h"
#include "models/graph/bindings.h"
#include "models/graph/host_rule.h"
#include "models/network/network.h"
#include "models/one_operator.h"

namespace tessera::models {

struct ReadOptions {
  // Whether quantised operators stay: tensors then have the formats of the file, and conversions between them cost. If
  // not, a quantised network becomes the floating-point network that it was made from.
  bool keeps_quantization = false;
  Bindings bind = {};   // numbers for named dimensions of the inputs, and of what the host makes
  HostRules host = {};  // nodes that the host runs; a rule without effect is an error at its place
};

// Reads a YAML graph (.yaml, .yml) or else an ONNX file, whatever its name, runs all passes and checks that
// every operator can be simulated. Errors name the file and the node, or line and column. Dimensions that an ONNX file
// names instead of fixing take their numbers from `options.bind`; the error for those without says numbers that work.
// The error for operators that only the host could run says rules that work.
[[nodiscard]] base::Result<Network> read_network(const std::filesystem::path&, const ReadOptions& options = {});

// One PE operator named "gemm".
[[nodiscard]] base::Result<Network> gemm_network(const GemmShape&);

// One convolution named "conv".
[[nodiscard]] base::Result<Network> conv_network(const ConvShape&);

}  // namespace tessera::models
