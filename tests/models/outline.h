// What a network runs, in lines that two equal networks share.
#pragma once

#include <string>
#include <vector>

#include "tests/models/build_graph.h"

namespace tessera::models::tests {

using Lines = std::vector<std::string>;

// Of each operator the unit, what it calculates, and the canonical shapes that it reads and writes. A file that cannot
// be read fails the test.
[[nodiscard]] Lines outline(const OnnxBuilder&, std::int64_t opset = 17);

}  // namespace tessera::models::tests
