// How much a message may hold, judged on its bytes before protobuf takes memory for them: a few bytes can ask for a
// whole message each.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace tessera::trace {

struct WireLimit {
  std::uint32_t field;                  // number of a repeated field
  std::uint64_t most;                   // values of it in one message
  bool packed = false;                  // a list of numbers, packed or not; else each occurrence is a value
  std::span<const WireLimit> inside{};  // of the fields of each occurrence, where it is a message with lists
};

// Whether no list is longer than its limit. Bytes that are no message pass; protobuf refuses them.
[[nodiscard]] bool within_limits(std::string_view message, std::span<const WireLimit> limits);

}  // namespace tessera::trace
