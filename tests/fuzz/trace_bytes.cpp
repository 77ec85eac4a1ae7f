#include "tests/fuzz/trace_bytes.h"

#include <zstd.h>

#include <stdexcept>

#include "base/varint.h"
#include "trace.pb.h"
#include "trace/file/crc32c.h"

namespace tessera::tests {
namespace {

using base::put_varint;

std::string little(std::uint32_t crc) {
  std::string bytes;
  for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<char>(crc >> (8 * i)));
  return bytes;
}

std::uint64_t number(std::string_view& in) {
  const auto v = base::take_varint(in);
  if (!v) throw std::runtime_error("no trace file");
  return *v;
}

struct Stored {
  std::string bytes;
  std::uint64_t coding;
};

Stored stored(const TraceFrame& frame, bool zstd) {
  if (!zstd) return {frame.payload, 0};
  std::string packed(ZSTD_compressBound(frame.payload.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), frame.payload.data(), frame.payload.size(), 3));
  return {packed, 1};
}

std::uint32_t crc_of(const TraceFrame& frame, const Stored& s) {
  std::string head;
  for (const std::uint64_t v : {frame.kind, s.coding, std::uint64_t{frame.payload.size()}}) put_varint(head, v);
  return trace::crc32c(s.bytes, trace::crc32c(head));
}

}  // namespace

std::string frame_bytes(const TraceFrame& frame, bool zstd) {
  const Stored s = stored(frame, zstd);
  std::string inside;
  inside.push_back(0x08), put_varint(inside, frame.kind);
  inside.push_back(0x10), put_varint(inside, s.coding);
  inside.push_back(0x18), put_varint(inside, frame.payload.size());
  inside.push_back(0x25), inside += little(crc_of(frame, s));
  inside.push_back(0x2a), put_varint(inside, s.bytes.size());
  inside += s.bytes;
  std::string whole(1, 0x0a);
  put_varint(whole, inside.size());
  return whole + inside;
}

std::vector<TraceFrame> frames_of(const std::string& file) {
  std::vector<TraceFrame> frames;
  for (std::string_view in = file; !in.empty();) {
    in.remove_prefix(1);
    std::string_view frame = in.substr(0, 0);
    const std::uint64_t length = number(in);
    frame = in.substr(0, length);
    in.remove_prefix(length);
    TraceFrame f{};
    frame.remove_prefix(1), f.kind = number(frame);
    frame.remove_prefix(1);
    if (number(frame) != 0) throw std::runtime_error("a packed frame");
    frame.remove_prefix(1), (void)number(frame);
    frame.remove_prefix(5);
    frame.remove_prefix(1), (void)number(frame);
    f.payload = frame;
    frames.push_back(std::move(f));
  }
  return frames;
}

std::string file_of(const std::vector<TraceFrame>& frames, const TraceFrame* keep) {
  std::string file;
  std::vector<std::uint64_t> blocks;
  std::uint64_t index_offset = 0;
  std::uint32_t chain = 0;
  for (const TraceFrame& frame : frames) {
    TraceFrame f = frame;
    if (f.kind == 2) blocks.push_back(file.size());
    trace::proto::Index index;
    if (f.kind == 3) {
      index_offset = file.size();
      if (&frame != keep && index.ParseFromString(f.payload)) {
        for (int i = 0; i < index.block_size() && i < static_cast<int>(blocks.size()); ++i)
          index.mutable_block(i)->set_offset(blocks[static_cast<std::size_t>(i)]);
        index.set_chained_crc(chain);
        f.payload = index.SerializeAsString();
      }
    }
    if (f.kind == 4 && &frame != keep) {
      trace::proto::Footer footer;
      footer.set_index_offset(index_offset);
      footer.set_file_size(file.size() + 33);
      f.payload = footer.SerializeAsString();
    }
    chain = trace::crc32c(little(crc_of(f, stored(f, false))), chain);
    file += frame_bytes(f);
  }
  return file;
}

}  // namespace tessera::tests
