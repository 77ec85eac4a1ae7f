#include "trace/file/reader.h"

#include <algorithm>
#include <cstring>
#include <system_error>

#include "trace/file/crc32c.h"
#include "trace/file/frame.h"
#include "trace/file/header_codec.h"

namespace tessera::trace {

struct FileReader::State {
  State(std::string n, FileHandle file, std::uint64_t size) : name(std::move(n)), in(std::move(file), size) {}
  std::string name;
  FrameInput in;
  TraceHeader header;
  TileTable tiles;
  std::optional<FileIndex> index;
  std::vector<std::string> warnings;
  std::unique_ptr<BlockDecoder> decoder;
  std::uint64_t first_block = 0;
  std::uint32_t head_chain = 0, chain = 0;  // checksums of the frames before the first block, and so far
  std::uint32_t head_crc = 0;               // over the payloads of header and tiles
  std::uint64_t seen = 0, last_id = 0;
  std::size_t blocks = 0;
  base::Ps max_end{0};
  bool at_end = false;
  Frame frame;

  [[nodiscard]] base::Diagnostics problem(const std::string& what) const { return base::failure({name, 0, 0}, what); }
  FrameInput::Outcome read_frame() {
    const auto outcome = in.read(frame);
    if (outcome == FrameInput::Outcome::frame) {
      char little[4];
      for (int i = 0; i < 4; ++i) little[i] = static_cast<char>(frame.crc >> (8 * i));
      chain = crc32c({little, 4}, chain);
    }
    return outcome;
  }
  std::optional<base::Diagnostics> read_footer();
  std::optional<base::Diagnostics> read_head();
  std::optional<base::Diagnostics> read_tiles();
  [[nodiscard]] std::string contradiction() const;
  base::Result<bool> next_block(RecordBatch& out);
  base::Result<bool> read_block(RecordBatch& out);
  base::Result<bool> ended();
};

// Without a valid footer the file counts as truncated. With one, a bad index is an error.
std::optional<base::Diagnostics> FileReader::State::read_footer() {
  const std::uint64_t tail = frame_size(kFooterPayload);
  if (in.size() >= tail) {
    in.seek(in.size() - tail);
    if (in.read(frame) == FrameInput::Outcome::frame && frame.kind == FrameKind::footer) {
      const auto footer = decode_footer(frame.payload);
      if (footer && footer->file_size == in.size() && footer->index_offset < in.size()) {
        in.seek(footer->index_offset);
        if (in.read(frame) != FrameInput::Outcome::frame) return problem("corrupt trace: " + in.problem());
        std::string why = "no index where the footer says";
        index.emplace();
        if (frame.kind != FrameKind::index ||
            !decode_index(frame.payload, header.units.size(), in.size(), *index, why)) {
          return problem("corrupt trace: " + why);
        }
        if (in.offset() != in.size() - tail) return problem("corrupt trace: frames between the index and the footer");
        return std::nullopt;
      }
    }
  }
  warnings.push_back(name + ": truncated or still being written: no footer; what is complete is read");
  return std::nullopt;
}

std::optional<base::Diagnostics> FileReader::State::read_head() {
  if (read_frame() != FrameInput::Outcome::frame || frame.kind != FrameKind::header) {
    return problem("not a Tessera trace" + (in.problem().empty() ? std::string() : " (" + in.problem() + ")"));
  }
  std::string why;
  if (!decode_header(frame.payload, header, why)) return problem(why);
  head_crc = crc32c(frame.payload);
  decoder = std::make_unique<BlockDecoder>(header.units);
  const std::uint64_t after_header = in.offset();
  if (auto bad = read_footer()) return bad;
  in.seek(after_header);
  return read_tiles();
}

std::optional<base::Diagnostics> FileReader::State::read_tiles() {
  std::string why;
  for (;;) {
    first_block = in.offset();
    head_chain = chain;
    if (read_frame() != FrameInput::Outcome::frame || frame.kind != FrameKind::tiles) break;
    if (!decode_tiles(frame.payload, tiles, why)) return problem("corrupt trace: " + why);
    head_crc = crc32c(frame.payload, head_crc);
  }
  in.seek(first_block);
  chain = head_chain;
  if (!index) return std::nullopt;
  if (index->head_crc != head_crc) return problem("corrupt trace: another head or tile table than the index says");
  return std::nullopt;
}

base::Result<FileReader> FileReader::open(const std::filesystem::path& path) {
  FileHandle file(std::fopen(path.c_str(), "rb"));
  if (!file) return base::failure({path.string(), 0, 0}, std::string("cannot open trace: ") + std::strerror(errno));
  std::error_code error;
  const std::uint64_t size = std::filesystem::file_size(path, error);
  if (error) return base::failure({path.string(), 0, 0}, "cannot read trace: " + error.message());
  auto state = std::make_unique<State>(path.string(), std::move(file), size);
  if (size == 0) return state->problem("not a Tessera trace: the file is empty");
  if (auto bad = state->read_head()) return std::move(*bad);
  return FileReader(std::move(state));
}

FileReader::FileReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
FileReader::FileReader(FileReader&&) noexcept = default;
FileReader& FileReader::operator=(FileReader&&) noexcept = default;
FileReader::~FileReader() = default;

const TraceHeader& FileReader::header() const { return state_->header; }
const TileTable& FileReader::tiles() const { return state_->tiles; }
const Trailer* FileReader::trailer() const { return state_->index ? &state_->index->trailer : nullptr; }
const std::vector<std::string>& FileReader::warnings() const { return state_->warnings; }

void FileReader::rewind() {
  State& s = *state_;
  s.in.seek(s.first_block);
  s.chain = s.head_chain;
  s.seen = s.last_id = s.blocks = 0;
  s.at_end = false;
  s.decoder = std::make_unique<BlockDecoder>(s.header.units);
}

// What the index says against what was read; empty where they agree.
std::string FileReader::State::contradiction() const {
  if (index->trailer.events != seen || index->blocks.size() != blocks) {
    return std::to_string(seen) + " records in " + std::to_string(blocks) + " blocks, " +
           std::to_string(index->trailer.events) + " in " + std::to_string(index->blocks.size()) + " in the index";
  }
  const std::vector<Name>& found = decoder->strings();
  const bool same = std::equal(found.begin(), found.end(), index->strings.begin(), index->strings.end(),
                               [](Name n, const std::string& text) { return to_string(n) == text; });
  return same ? "" : "another string table in the index than in the blocks";
}

base::Result<bool> FileReader::State::ended() {
  at_end = true;
  if (!index) return false;
  if (const std::string why = contradiction(); !why.empty()) return problem("corrupt trace: " + why);
  return false;
}

// The block in `frame`: its records ascend, and the index says of it what it is.
base::Result<bool> FileReader::State::read_block(RecordBatch& out) {
  std::string why;
  if (!decoder->decode(frame.payload, out, why)) return problem("corrupt trace: " + why);
  if (out.ids.front() <= last_id) return problem("corrupt trace: blocks whose ids do not ascend");
  last_id = out.ids.back();
  const BlockSummary& found = decoder->summary();
  max_end = std::max(max_end, found.max_end);
  seen += out.ids.size();
  if (index) {
    const bool listed = blocks < index->blocks.size() && index->blocks[blocks].offset == frame.offset &&
                        index->blocks[blocks].summary == found;
    if (!listed) {
      return problem("corrupt trace: the index says something else of the block at byte " +
                     std::to_string(frame.offset));
    }
  }
  ++blocks;
  return true;
}

base::Result<bool> FileReader::State::next_block(RecordBatch& out) {
  while (!at_end) {
    const std::uint32_t chain_before = chain;
    const auto outcome = read_frame();
    if (outcome != FrameInput::Outcome::frame) {
      if (index) return problem("corrupt trace: " + (outcome == FrameInput::Outcome::end ? "no index" : in.problem()));
      if (outcome == FrameInput::Outcome::corrupt) warnings.push_back(name + ": stopped: " + in.problem());
      return ended();
    }
    switch (frame.kind) {
      case FrameKind::block: return read_block(out);
      case FrameKind::index:
        if (index && index->chained_crc != chain_before)
          return problem("corrupt trace: wrong checksum over all frames");
        return ended();
      case FrameKind::header:
      case FrameKind::tiles:
      case FrameKind::footer: return problem("corrupt trace: a frame of the head or the tail among the blocks");
      default: continue;  // of a later version
    }
  }
  return false;
}

base::Result<bool> FileReader::next(RecordBatch& out) {
  out.clear();
  return state_->next_block(out);
}

base::Result<base::Ps> FileReader::stream(Consumer& consumer) {
  RecordBatch batch;
  for (;;) {
    auto more = next(batch);
    if (!more) return more.problems();
    if (!*more) break;
    replay(batch, consumer);
  }
  const base::Ps end = trailer() != nullptr ? trailer()->end : state_->max_end;
  consumer.finish(end);
  return end;
}

void replay(const RecordBatch& batch, Consumer& consumer) {
  const Record* run = nullptr;  // start of the spans whose ids follow one another
  std::size_t length = 0;
  std::uint64_t run_id = 0, next_id = 0;
  for_each_span(batch, [&](const SpanView& s) {
    if (length > 0 && s.id != next_id) {
      consumer.consume({run, length}, run_id);
      length = 0;
    }
    if (length == 0) run = &s.record, run_id = s.id;
    length += s.records().size();
    next_id = s.id + 1;
  });
  if (length > 0) consumer.consume({run, length}, run_id);
}

}  // namespace tessera::trace
