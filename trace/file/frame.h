// Frames of the trace file: kind, coding, size, checksum, payload. Written and parsed by hand (a dozen bytes of
// protobuf wire format), so that sizes are judged before anything is allocated.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "base/file/atomic_file.h"
#include "base/result.h"

namespace tessera::trace {

enum class FrameKind : std::uint8_t { unknown, header, block, index, footer, loss, tiles };

inline constexpr std::uint32_t kMaxRawSize = 16u << 20;
// A payload unpacks to at most so many bytes for each byte that its frame takes: what a reader takes memory for is
// bounded by the size of the file.
inline constexpr std::uint64_t kMaxExpansion = 64;
inline constexpr std::uint64_t kFrameHead = 16;  // counted for the head of a frame
[[nodiscard]] constexpr std::uint64_t most_raw(std::uint64_t stored) { return (stored + kFrameHead) * kMaxExpansion; }
inline constexpr std::uint64_t kMaxFrameSize =
    kMaxRawSize + (1u << 17);  // zstd may add a little to what it cannot pack

struct FileCloser {
  void operator()(std::FILE* f) const { std::fclose(f); }
};
using FileHandle = std::unique_ptr<std::FILE, FileCloser>;

// Appends frames to a file, which gets its name with commit(). After the first failure everything is a no-op and
// failure() says why.
class FrameOutput {
 public:
  explicit FrameOutput(const std::filesystem::path& path) : file_(path) {}
  // zstd_level 0 = plain. A payload that zstd does not shrink, or shrinks beyond kMaxExpansion, is stored plain.
  void write(FrameKind kind, std::string_view payload, int zstd_level);
  [[nodiscard]] std::uint64_t offset() const { return file_.bytes(); }
  [[nodiscard]] std::uint32_t chained_crc() const { return chained_crc_; }
  void commit() { file_.commit(); }
  void discard() { file_.discard(); }
  [[nodiscard]] const std::string& failure() const { return file_.failure(); }

 private:
  base::AtomicFile file_;
  std::uint32_t chained_crc_ = 0;
  std::string packed_, head_;
};

// Bytes that a frame of this payload size takes in the file, for the footer, which holds the size of the whole.
[[nodiscard]] std::uint64_t frame_size(std::size_t payload);

struct Frame {
  FrameKind kind = FrameKind::unknown;
  std::uint64_t offset = 0;  // of the frame in the file
  std::uint32_t crc = 0;
  std::string payload;  // decoded
};

// Reads frames one after another. `incomplete`: the file ends within the frame or its head is not one of a frame.
class FrameInput {
 public:
  enum class Outcome : std::uint8_t { frame, end, incomplete, corrupt };
  FrameInput(FileHandle file, std::uint64_t size) : file_(std::move(file)), size_(size) {}
  [[nodiscard]] Outcome read(Frame& out);
  void seek(std::uint64_t offset);
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  // Why the last read() was not a frame.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  Outcome bad(Outcome outcome, std::string why);
  Outcome decode(std::string_view bytes, Frame& out);
  FileHandle file_;
  std::uint64_t size_ = 0, offset_ = 0;
  std::string stored_, problem_;
};

}  // namespace tessera::trace
