#include "trace/file/frame.h"

#include <zstd.h>

#include "base/varint.h"
#include "trace/file/crc32c.h"

namespace tessera::trace {
namespace {

using base::put_varint;

constexpr char kFrameTag = 0x0a;                                    // TraceFile.frame
constexpr char kKindTag = 0x08, kCodingTag = 0x10, kRawTag = 0x18;  // varint fields of Frame
constexpr char kCrcTag = 0x25, kPayloadTag = 0x2a;

bool get_varint(std::string_view& in, std::uint64_t& v) {
  const auto number = base::take_varint(in);
  v = number.value_or(0);
  return number.has_value();
}

// Over kind, coding and raw size as well as the payload, so that no bit of a frame can change its meaning unnoticed.
std::uint32_t frame_crc(std::uint64_t kind, std::uint64_t coding, std::uint64_t raw, std::string_view stored) {
  std::string numbers;
  for (const std::uint64_t v : {kind, coding, raw}) put_varint(numbers, v);
  return crc32c(stored, crc32c(numbers));
}

void put_head(std::string& out, FrameKind kind, int coding, std::size_t raw, std::uint32_t crc, std::size_t stored) {
  std::string head;
  head.push_back(kKindTag);
  put_varint(head, static_cast<std::uint64_t>(kind));
  head.push_back(kCodingTag);
  put_varint(head, static_cast<std::uint64_t>(coding));
  head.push_back(kRawTag);
  put_varint(head, raw);
  head.push_back(kCrcTag);
  for (int i = 0; i < 4; ++i) head.push_back(static_cast<char>(crc >> (8 * i)));
  head.push_back(kPayloadTag);
  put_varint(head, stored);
  out.push_back(kFrameTag);
  put_varint(out, head.size() + stored);
  out += head;
}

}  // namespace

std::uint64_t frame_size(std::size_t payload) {
  std::string head;
  put_head(head, FrameKind::footer, 0, payload, 0, payload);
  return head.size() + payload;
}

void FrameOutput::write(FrameKind kind, std::string_view payload, int zstd_level) {
  std::string_view stored = payload;
  if (zstd_level > 0) {
    packed_.resize(ZSTD_compressBound(payload.size()));
    const std::size_t n = ZSTD_compress(packed_.data(), packed_.size(), payload.data(), payload.size(), zstd_level);
    if (ZSTD_isError(n) == 0 && n < payload.size() && payload.size() <= most_raw(n))
      stored = std::string_view(packed_).substr(0, n);
  }
  const int coding = stored.data() == payload.data() ? 0 : 1;
  const std::uint32_t crc =
      frame_crc(static_cast<std::uint64_t>(kind), static_cast<std::uint64_t>(coding), payload.size(), stored);
  char little[4];
  for (int i = 0; i < 4; ++i) little[i] = static_cast<char>(crc >> (8 * i));
  chained_crc_ = crc32c({little, 4}, chained_crc_);
  head_.clear();
  put_head(head_, kind, coding, payload.size(), crc, stored.size());
  file_.put(head_);
  file_.put(stored);
}

void FrameInput::seek(std::uint64_t offset) {
  offset_ = offset;
  std::fseek(file_.get(), static_cast<long>(offset), SEEK_SET);
}

FrameInput::Outcome FrameInput::bad(Outcome outcome, std::string why) {
  problem_ = std::move(why) + " at byte " + std::to_string(offset_);
  return outcome;
}

FrameInput::Outcome FrameInput::read(Frame& out) {
  if (offset_ == size_) return Outcome::end;
  char head[11];  // tag and length
  const std::size_t got = std::fread(head, 1, sizeof head, file_.get());
  std::string_view view(head, got);
  if (view.empty()) return bad(Outcome::incomplete, "file ends within a frame");
  if (view.front() != kFrameTag) return bad(Outcome::corrupt, "no frame of a trace");
  view.remove_prefix(1);
  std::uint64_t length = 0;
  if (!get_varint(view, length)) return bad(Outcome::incomplete, "file ends within a frame");
  const std::uint64_t start = offset_ + (got - view.size());
  if (length > kMaxFrameSize)
    return bad(Outcome::corrupt, "frame of " + std::to_string(length) + " bytes, more than a trace has,");
  if (length > size_ - start) return bad(Outcome::incomplete, "file ends within a frame");
  stored_.resize(length);
  std::fseek(file_.get(), static_cast<long>(start), SEEK_SET);
  if (std::fread(stored_.data(), 1, length, file_.get()) != length)
    return bad(Outcome::incomplete, "file ends within a frame");
  const Outcome outcome = decode(stored_, out);
  if (outcome != Outcome::frame) return outcome;
  out.offset = offset_;
  offset_ = start + length;
  return outcome;
}

FrameInput::Outcome FrameInput::decode(std::string_view in, Frame& out) {
  std::uint64_t kind = 0, coding = 0, raw = 0, length = 0;
  std::uint32_t crc = 0;
  std::string_view payload;
  while (!in.empty()) {
    const char tag = in.front();
    in.remove_prefix(1);
    bool good = true;
    if (tag == kKindTag) {
      good = get_varint(in, kind);
    } else if (tag == kCodingTag) {
      good = get_varint(in, coding);
    } else if (tag == kRawTag) {
      good = get_varint(in, raw);
    } else if (tag == kCrcTag && in.size() >= 4) {
      for (std::size_t i = 0; i < 4; ++i)
        crc |= static_cast<std::uint32_t>(static_cast<unsigned char>(in[i])) << (8 * i);
      in.remove_prefix(4);
    } else if (tag == kPayloadTag && get_varint(in, length) && length <= in.size()) {
      payload = in.substr(0, length);
      in.remove_prefix(length);
    } else {
      good = false;
    }
    if (!good) return bad(Outcome::corrupt, "malformed frame");
  }
  if (frame_crc(kind, coding, raw, payload) != crc) return bad(Outcome::corrupt, "wrong checksum of the frame");
  if (raw > kMaxRawSize)
    return bad(Outcome::corrupt, "frame that unpacks to " + std::to_string(raw) + " bytes, more than 16 MiB,");
  if (raw > most_raw(payload.size()))
    return bad(Outcome::corrupt,
               "frame that unpacks to more than " + std::to_string(kMaxExpansion) + " times its size,");
  out.kind = static_cast<FrameKind>(kind > 255 ? 0 : kind);
  out.crc = crc;
  if (coding == 0) {
    if (payload.size() != raw) return bad(Outcome::corrupt, "frame whose size does not match");
    out.payload.assign(payload);
    return Outcome::frame;
  }
  if (coding != 1) return bad(Outcome::corrupt, "frame of unknown coding " + std::to_string(coding));
  out.payload.resize(raw);
  const std::size_t n = ZSTD_decompress(out.payload.data(), raw, payload.data(), payload.size());
  if (ZSTD_isError(n) != 0 || n != raw) return bad(Outcome::corrupt, "frame that does not unpack");
  return Outcome::frame;
}

}  // namespace tessera::trace
