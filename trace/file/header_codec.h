// Header, tile table, index and footer to the bytes of their frames and back. Private to reader and writer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "trace/file/block_codec.h"
#include "trace/file/tile_table.h"
#include "trace/file/trace_header.h"

namespace tessera::trace {

inline constexpr std::uint32_t kFileVersion = 3;
inline constexpr std::size_t kFooterPayload = 18;  // two fixed64 with their tags

struct BlockRef {
  std::uint64_t offset = 0;
  BlockSummary summary;
};

// A block takes at least so many bytes in the file: the head of its frame.
inline constexpr std::uint64_t kLeastBlockFrame = 24;

struct FileIndex {
  std::vector<BlockRef> blocks;
  std::vector<std::string> strings;
  Trailer trailer;
  std::uint32_t chained_crc = 0;
  std::uint32_t head_crc = 0;  // over the plain payloads of the header and of all tile parts
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
// `file_size` bounds the blocks that there can be.
[[nodiscard]] bool decode_index(const std::string& bytes, std::size_t units, std::uint64_t file_size, FileIndex&,
                                std::string& why);
[[nodiscard]] std::optional<FileFooter> decode_footer(const std::string& bytes);
[[nodiscard]] bool decode_tiles(const std::string& bytes, TileTable&, std::string& why);  // appends a part

}  // namespace tessera::trace
