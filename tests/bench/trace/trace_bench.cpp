// Cost of a record on its way: sink, ring, column blocks, zstd, and back. Times are per record.
#include <benchmark/benchmark.h>

#include "tests/trace/synthetic.h"
#include "trace/analysis/measures.h"
#include "trace/file/block_codec.h"
#include "trace/file/reader.h"
#include "trace/file/writer.h"
#include "trace/record/host_ring.h"

namespace tessera::trace {
namespace {

// Like a run at level tile: ten records a tile, most of them with neighbours' values close by.
std::vector<Record> like_a_run(const Lanes& lanes, std::size_t tiles) {
  std::vector<Record> out;
  std::int64_t now = 0;
  const auto add = [&](Name name, std::uint16_t unit, std::int64_t from, std::int64_t to, std::uint32_t tile) {
    Record r;
    r.name = name;
    r.unit = unit;
    r.start = base::Ps{now + from};
    r.end = base::Ps{now + to};
    r.tile = tile;
    r.op = static_cast<std::uint16_t>(tile / 64);
    r.task = tile * 4;
    r.cause = out.empty() ? 0 : out.size();
    if (r.has(Field::bytes)) r.set_bytes(4096);
    if (r.has(Field::address)) r.set_address(static_cast<std::int64_t>(tile) * 4096);
    if (r.has(Field::macs)) r.set_macs(static_cast<std::int64_t>(tile) * 4096);
    out.push_back(r);
  };
  for (std::uint32_t t = 0; t < tiles; ++t) {
    const std::uint32_t core = t % 2;
    add(Name::decision, lanes.scheduler(0), 0, 16'000, t);
    add(Name::load, lanes.channel(0), 16'000, 90'000, t);
    add(Name::load, lanes.channel(1), 16'000, 95'000, t);
    add(Name::fill, lanes.slot(core, Operand::input, t % 2), 0, 90'000, t);
    add(Name::fill, lanes.slot(core, Operand::weight, t % 2), 0, 95'000, t);
    add(Name::stall, lanes.pe_array(core), 80'000, 95'000, t);
    add(Name::compute, lanes.pe_array(core), 95'000, 180'000, t);
    add(Name::drain, lanes.pe_drain(core), 180'000, 190'000, t);
    add(Name::hold, lanes.slot(core, Operand::input, t % 2), 90'000, 180'000, t);
    add(Name::store, lanes.channel(0), 190'000, 230'000, t);
    now += 100'000;
  }
  return out;
}

TraceHeader header_of(const Lanes& lanes) {
  TraceHeader h;
  h.units = lanes.units();
  return h;
}

struct Nothing : Consumer {
  void consume(std::span<const Record> records, std::uint64_t) override { benchmark::DoNotOptimize(records.data()); }
  void finish(base::Ps) override {}
};

void per_record(benchmark::State& state, std::size_t records) {
  state.counters["per_record"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * static_cast<double>(records),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

constexpr std::size_t kTiles = 20'000;

void sink_and_ring(benchmark::State& state) {
  const Lanes lanes = test::small_lanes();
  const auto records = like_a_run(lanes, kTiles);
  for (auto _ : state) {
    Nothing nothing;
    HostRing ring(nothing, HostRing::Drain::in_place);
    Sink sink;
    sink.add(ring);
    for (const Record& r : records) sink.emit(r);
    sink.finish(base::Ps{0});
  }
  per_record(state, records.size());
}
BENCHMARK(sink_and_ring)->Unit(benchmark::kMillisecond);

void encode(benchmark::State& state) {
  const Lanes lanes = test::small_lanes();
  const auto records = like_a_run(lanes, kTiles);
  const auto units = lanes.units();
  BlockEncoder encoder(units);
  std::string bytes;
  std::uint64_t total = 0;
  for (auto _ : state) {
    std::uint64_t id = 1;
    total = 0;
    for (const Record& r : records) {
      encoder.add({r, id++, nullptr});
      if (encoder.count() == kBlockRecords) {
        encoder.finish(bytes);
        total += bytes.size();
      }
    }
    encoder.finish(bytes);
    total += bytes.size();
  }
  per_record(state, records.size());
  state.counters["bytes_per_record"] = static_cast<double>(total) / static_cast<double>(records.size());
}
BENCHMARK(encode)->Unit(benchmark::kMillisecond);

void write_file(benchmark::State& state) {
  test::ScratchFolder folder;
  const Lanes lanes = test::small_lanes();
  const auto records = like_a_run(lanes, kTiles);
  std::uint64_t bytes = 0;
  for (auto _ : state) {
    auto writer = FileWriter::create(folder / "t.tsr", header_of(lanes), {}, {static_cast<int>(state.range(0))});
    (*writer)->consume(records, 1);
    (*writer)->finish(base::Ps{0});
    bytes = (*writer)->bytes();
  }
  per_record(state, records.size());
  state.counters["bytes_per_record"] = static_cast<double>(bytes) / static_cast<double>(records.size());
}
BENCHMARK(write_file)->ArgName("zstd")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void read_file(benchmark::State& state) {
  test::ScratchFolder folder;
  const Lanes lanes = test::small_lanes();
  const auto records = like_a_run(lanes, kTiles);
  auto writer = FileWriter::create(folder / "t.tsr", header_of(lanes), {});
  (*writer)->consume(records, 1);
  (*writer)->finish(base::Ps{0});
  for (auto _ : state) {
    Nothing nothing;
    auto reader = FileReader::open(folder / "t.tsr");
    benchmark::DoNotOptimize(reader->stream(nothing).ok());
  }
  per_record(state, records.size());
}
BENCHMARK(read_file)->Unit(benchmark::kMillisecond);

void measures(benchmark::State& state) {
  const Lanes lanes = test::small_lanes();
  const auto records = like_a_run(lanes, kTiles);
  const TileTable tiles;
  for (auto _ : state) {
    Measures m(lanes.units(), tiles, {});
    m.consume(records, 1);
    m.finish(base::Ps{static_cast<std::int64_t>(kTiles) * 100'000 + 200'000});
    benchmark::DoNotOptimize(m.result().macs);
  }
  per_record(state, records.size());
}
BENCHMARK(measures)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tessera::trace
