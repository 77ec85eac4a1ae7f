#include "trace/file/writer.h"

#include <algorithm>

#include "trace/file/crc32c.h"
#include "trace/file/frame.h"
#include "trace/file/header_codec.h"

namespace tessera::trace {

struct FileWriter::State {
  State(const std::filesystem::path& path, const TraceHeader& h, WriterOptions o)
      : header(h), options(o), out(path), encoder(header.units), counts(h.units.size()) {}
  TraceHeader header;
  WriterOptions options;
  FrameOutput out;
  BlockEncoder encoder;
  std::vector<UnitCount> counts;  // by unit
  std::vector<UnitCount> given_counts;
  FileIndex index;
  std::string buffer, failure;
  bool finished = false;

  void flush_block() {
    if (encoder.count() == 0) return;
    const std::uint64_t offset = out.offset();
    index.blocks.push_back({offset, encoder.finish(buffer)});
    out.write(FrameKind::block, buffer, options.zstd_level);
  }
  void write_head(FrameKind kind, const std::string& payload, int zstd_level) {
    index.head_crc = crc32c(payload, index.head_crc);
    out.write(kind, payload, zstd_level);
  }
  void write_tail(base::Ps end);
};

base::Result<std::unique_ptr<FileWriter>> FileWriter::create(const std::filesystem::path& path,
                                                             const TraceHeader& header, const TileTable& tiles,
                                                             WriterOptions options) {
  auto state = std::make_unique<State>(path, header, options);
  if (!state->out.failure().empty()) return base::failure(state->out.failure());
  state->write_head(FrameKind::header, encode_header(header), 0);
  for (const std::string& part : encode_tiles(tiles)) state->write_head(FrameKind::tiles, part, options.zstd_level);
  Trailer& trailer = state->index.trailer;
  trailer.operators = sums_by_operator(tiles);
  trailer.level = header.level;
  trailer.device = header.device;
  return std::unique_ptr<FileWriter>(new FileWriter(std::move(state)));
}

FileWriter::FileWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}

FileWriter::~FileWriter() = default;

void FileWriter::consume(std::span<const Record> records, std::uint64_t first_id) {
  State& s = *state_;
  for_each_span(records, first_id, [&s](const SpanView& span) {
    const std::uint16_t unit = span.record.unit;
    if (unit >= s.counts.size()) {
      if (s.failure.empty()) {
        s.failure =
            "record " + std::to_string(span.id) + " names unit " + std::to_string(unit) + " that the header does not";
      }
      return;
    }
    s.encoder.add(span);
    UnitCount& count = s.counts[unit];
    ++count.kept;
    if (span.has_waits()) {
      const Waits waits = span.waits();
      count.waits[0] += waits.channel;
      count.waits[1] += waits.noc;
      count.waits[2] += waits.dram;
    }
    ++s.index.trailer.events;
    if (s.encoder.count() == kBlockRecords) s.flush_block();
  });
}

void FileWriter::State::write_tail(base::Ps end) {
  Trailer& t = index.trailer;
  t.end = end;
  t.units = given_counts;
  t.units.resize(counts.size());
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (given_counts.empty()) t.units[i].emitted = t.units[i].kept = counts[i].kept;
    std::copy(std::begin(counts[i].waits), std::end(counts[i].waits), t.units[i].waits);
  }
  index.strings = encoder.strings();
  index.chained_crc = out.chained_crc();
  const std::uint64_t index_offset = out.offset();
  out.write(FrameKind::index, encode_index(index), options.zstd_level);
  out.write(FrameKind::footer, encode_footer({index_offset, out.offset() + frame_size(kFooterPayload)}), 0);
}

void FileWriter::finish(base::Ps end) {
  State& s = *state_;
  if (s.finished) return;
  s.flush_block();
  s.write_tail(end);
  s.finished = true;
  if (!s.failure.empty()) return s.out.discard();  // a record is missing from it
  s.out.commit();
  s.failure = s.out.failure();
}

void FileWriter::set_end_meta(std::string key, std::string value) {
  state_->index.trailer.meta[std::move(key)] = std::move(value);
}
void FileWriter::set_failed() { state_->index.trailer.clean_end = false; }
void FileWriter::set_unit_counts(std::vector<UnitCount> counts) { state_->given_counts = std::move(counts); }
const std::string& FileWriter::failure() const { return state_->failure; }
std::uint64_t FileWriter::events() const { return state_->index.trailer.events; }
std::uint64_t FileWriter::bytes() const { return state_->out.offset(); }

}  // namespace tessera::trace
