// A trace file as its frames, and back to bytes with every checksum right: what a forger has who knows the container
// and not what it means.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tessera::tests {

struct TraceFrame {
  std::uint64_t kind;   // 1 header, 2 block, 3 index, 4 footer, 6 tiles
  std::string payload;  // plain
};

// Of a file without compression; throws std::runtime_error where it is none.
[[nodiscard]] std::vector<TraceFrame> frames_of(const std::string& file);
// A frame of its own; `zstd`: packed.
[[nodiscard]] std::string frame_bytes(const TraceFrame& frame, bool zstd = false);
// The file of these frames. Offsets and the chained checksum of the index, and the footer, are made right, but for what
// `keep` names: the frame that was changed is left as it is.
[[nodiscard]] std::string file_of(const std::vector<TraceFrame>& frames, const TraceFrame* keep = nullptr);

}  // namespace tessera::tests
