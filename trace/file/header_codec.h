// Header, tile table, index and footer to the bytes of their frames and back. Private to reader and writer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "trace/file/block_codec.h"
#include "trace/file/tile_table.h"
#include "trace/file/trace_header.h"

namespace tessera::trace {

inline constexpr std::uint32_t kFileVersion = 2;
inline constexpr std::size_t kFooterPayload = 18;  // two fixed64 with their tags

struct BlockRef {
  std::uint64_t offset = 0;
  BlockSummary summary;
};

struct FileIndex {
  std::vector<BlockRef> blocks;
  std::vector<std::string> strings;
  Trailer trailer;
  std::uint32_t chained_crc = 0;
};

struct FileFooter {
  std::uint64_t index_offset = 0, file_size = 0;
};

[[nodiscard]] std::string encode_header(const TraceHeader&);
[[nodiscard]] std::string encode_index(const FileIndex&);
[[nodiscard]] std::string encode_footer(const FileFooter&);
// The tile table in parts, each the payload of one frame.
[[nodiscard]] std::vector<std::string> encode_tiles(const TileTable&);

// False with `why` set if the bytes are not what they should be.
[[nodiscard]] bool decode_header(const std::string& bytes, TraceHeader&, std::string& why);
[[nodiscard]] bool decode_index(const std::string& bytes, std::size_t units, FileIndex&, std::string& why);
[[nodiscard]] std::optional<FileFooter> decode_footer(const std::string& bytes);
[[nodiscard]] bool decode_tiles(const std::string& bytes, TileTable&, std::string& why);  // appends a part

}  // namespace tessera::trace
