// The reader on bytes that nobody wrote: it may refuse or read less, never crash or read beyond (run under asan too).
#include <gtest/gtest.h>

#include <fstream>

#include "tests/trace/synthetic.h"
#include "trace/file/header_codec.h"
#include "trace/file/reader.h"
#include "trace/file/writer.h"

namespace tessera::trace {
namespace {

using test::ScratchFolder;

std::string mutated(std::string bytes, std::mt19937_64& random) {
  for (std::uint64_t n = 1 + random() % 6; n > 0 && !bytes.empty(); --n) {
    const std::size_t at = random() % bytes.size();
    switch (random() % 5) {
      case 0: bytes[at] = static_cast<char>(random()); break;
      case 1: bytes[at] = static_cast<char>(bytes[at] ^ (1 << (random() % 8))); break;
      case 2: bytes.erase(at, 1 + random() % 16); break;
      case 3: bytes.insert(at, 1 + random() % 16, static_cast<char>(random())); break;
      default: bytes.replace(at, 1 + random() % 8, bytes.substr(random() % bytes.size(), 1 + random() % 24)); break;
    }
  }
  return bytes;
}

TraceHeader some_header() {
  TraceHeader h;
  h.clocks = {{"core", {1000, 1}}};
  h.units = test::small_lanes().units();
  h.meta = {{"network", "fuzz"}};
  return h;
}

TileTable some_tiles() {
  TileTable t;
  t.operators = {{"a", "Conv"}, {"b", "Add"}};
  for (std::uint32_t i = 0; i < 40; ++i)
    t.tiles.push_back({i % 2, 0, i, 0, TileTable::Kind::pe, false, TileTable::kAnyCore, i, i, i, i});
  for (std::uint32_t i = 1; i < 40; ++i) t.edges.push_back({i - 1, i, TileTable::EdgeKind::input});
  return t;
}

// Below the checksums, where a mutation of a whole file never gets.
TEST(TraceFuzz, DecodersSurviveAnyPayload) {
  const TraceHeader header = some_header();
  BlockEncoder encoder(header.units);
  Collector collected;
  Sink sink;
  sink.add(collected);
  test::emit_random(sink, test::small_lanes(), 300, 5);
  sink.finish(base::Ps{0});
  for (const auto& i : collected.items()) {
    const Record extension = Record::extension(i.waits.value_or(Waits{}));
    encoder.add({i.record, i.id, i.waits ? &extension : nullptr});
  }
  std::string block;
  FileIndex index;
  index.blocks.push_back({10, encoder.finish(block)});
  index.strings = encoder.strings();
  index.trailer.units.assign(header.units.size(), {5, 4, 1, {{base::Ps{1}, base::Ps{2}}}});
  const std::string head = encode_header(header), tail = encode_index(index);
  const auto tiles = encode_tiles(some_tiles());
  std::mt19937_64 random(1);
  std::size_t accepted = 0;
  for (int round = 0; round < 5000; ++round) {
    std::string why;
    RecordBatch batch;
    BlockDecoder decoder(header.units);
    if (decoder.decode(mutated(block, random), batch, why)) {
      ++accepted;
      for (const Record& r : batch.records) {
        ASSERT_TRUE(r.name == Name::waits || r.unit < header.units.size());
      }
    } else {
      ASSERT_FALSE(why.empty());
    }
    TraceHeader h;
    TileTable t;
    FileIndex i;
    ASSERT_TRUE(decode_header(mutated(head, random), h, why) || !why.empty());
    for (const std::string& part : tiles) {
      if (!decode_tiles(mutated(part, random), t, why)) break;
    }
    for (const auto& e : t.edges) ASSERT_LT(std::max(e.from, e.to), t.tiles.size());
    ASSERT_TRUE(decode_index(mutated(tail, random), header.units.size(), 1 << 20, i, why) || !why.empty());
  }
  EXPECT_GT(accepted, 10u);  // a mutation may well leave a block sound
}

TEST(TraceFuzz, ReaderSurvivesAnyFile) {
  ScratchFolder folder;
  const Lanes lanes = test::small_lanes();
  auto writer = FileWriter::create(folder / "t.tsr", some_header(), some_tiles());
  Sink sink;
  sink.add(**writer);
  test::emit_random(sink, lanes, 300, 8);
  sink.finish(base::Ps{1'000'000});
  std::ifstream in(folder / "t.tsr", std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(in), {}};
  std::mt19937_64 random(2);
  for (int round = 0; round < 2000; ++round) {
    const std::string bytes = mutated(whole, random);
    std::filesystem::remove(folder / "x.tsr");  // truncating in place makes some file systems wait for the disk
    std::ofstream(folder / "x.tsr", std::ios::binary) << bytes;
    auto reader = FileReader::open(folder / "x.tsr");
    Collector back;
    const bool read = reader.ok() && reader->stream(back).ok();
    if (read && bytes != whole) {
      EXPECT_FALSE(reader->warnings().empty()) << "round " << round;
    }
  }
}

}  // namespace
}  // namespace tessera::trace
