#include "sim/results/schedule_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/escape.h"
#include "trace/record/spans.h"

namespace tessera::sim {
namespace {

constexpr const char* kHeader =
    "tile,operator,request,operation,operand,core,slot,sram_start,sram_end,dram_start,dram_end,bytes,channel,"
    "planned_start_ps,planned_end_ps,actual_start_ps,actual_end_ps,depends_on_tiles\n";
constexpr std::size_t kFlushBytes = 1 << 16;

std::int64_t end_address(const arch::Strided& where) {
  std::int64_t end = where.base + where.run_bytes;
  for (std::size_t d = 0; d < 3; ++d) end += (where.count[d] - 1) * where.stride[d];
  return end;
}

}  // namespace

ScheduleTable::ScheduleTable(std::filesystem::path path, const PreparedRun& run)
    : file_(std::move(path)), network_(run.network), graph_(run.graph), spec_(run.spec.npu), dram_(run.limits.dram),
      text_(kHeader) {}

void ScheduleTable::consume(std::span<const trace::Record> records, std::uint64_t) {
  trace::for_each_span(records, [this](const trace::SpanView& s) {
    if (s.record.name == trace::Name::load || s.record.name == trace::Name::store) row(s.record, s.waits().channel);
    if (s.record.name == trace::Name::host_task) host_row(s.record);
  });
}

base::Ps ScheduleTable::planned_length(const trace::Record& transfer) const {
  const bool write = transfer.name == trace::Name::store;
  const base::Ps memory = write ? dram_.write_latency : dram_.read_latency;
  const std::int64_t peak = dram_.peak_bytes_per_second;
  const base::Ps data{static_cast<std::int64_t>(static_cast<__int128>(transfer.bytes()) * 1'000'000'000'000 / peak)};
  const auto& clock = spec_.interconnect_clock;
  const base::Ps path =
      clock.duration(arch::Cycles{base::ceil_div(transfer.bytes(), spec_.interconnect.bytes_per_cycle)});
  return memory + clock.duration(spec_.interconnect.latency * 2) + std::max(data, path);
}

void ScheduleTable::append_dependencies(const trace::Record& transfer) {
  auto out = std::back_inserter(text_);
  if (transfer.name == trace::Name::store) {
    fmt::format_to(out, "{}", transfer.tile);
    return;
  }
  const auto& tile = graph_.tiles[transfer.tile];
  const auto block = transfer.operand() == trace::Operand::weight ? tile.weight : tile.input;
  const char* separator = "";
  for (const auto g : graph_.producers(block)) {
    fmt::format_to(out, "{}{}", separator, graph_.groups[g].first + graph_.groups[g].slices - 1);
    separator = " ";
  }
}

void ScheduleTable::row(const trace::Record& r, base::Ps wait_channel) {
  const bool store = r.name == trace::Name::store;
  // A prefetch is bound to a block, not to a tile; its record names the tile it was asked for.
  if (r.tile == trace::kNoTile) return;
  const auto& tile = graph_.tiles[r.tile];
  const auto block_id =
      store ? graph_.groups[tile.group].output : (r.operand() == trace::Operand::weight ? tile.weight : tile.input);
  const auto& block = graph_.blocks[block_id];
  const auto region = static_cast<std::size_t>(r.operand());
  const std::int64_t capacity[3] = {spec_.core.sram.input.capacity.count(), spec_.core.sram.weight.capacity.count(),
                                    spec_.core.sram.output.capacity.count()};
  std::int64_t sram = static_cast<std::int64_t>(r.slot()) * graph_.slot_bytes[region];
  for (std::size_t before = 0; before < region; ++before) sram += capacity[before];
  const auto& op = network_.operators[tile.op];
  fmt::format_to(std::back_inserter(text_), "{},{},{},{},{},{},{},{:#x},{:#x},{:#x},{:#x},{},{},{},{},{},{},", r.tile,
                 base::csv_cell(op.name), r.request, to_string(r.name), to_string(r.operand()), r.core(), r.slot(),
                 sram, sram + graph_.slot_bytes[region], block.where.base, end_address(block.where), r.bytes(),
                 r.channel(), r.start.count(), (r.start + planned_length(r)).count(), (r.start + wait_channel).count(),
                 r.end.count());
  append_dependencies(r);
  text_ += '\n';
  if (text_.size() >= kFlushBytes) flush();
}

void ScheduleTable::host_row(const trace::Record& r) {
  const auto& tile = graph_.tiles[r.tile];
  const auto start = r.start.count(), end = r.end.count();
  fmt::format_to(std::back_inserter(text_), "{},{},{},{},none,,,,,,,0,,{},{},{},{},", r.tile,
                 base::csv_cell(network_.operators[tile.op].name), r.request, to_string(r.name), start, end, start,
                 end);
  const char* separator = "";
  for (const auto g : graph_.predecessors(tile.group)) {
    fmt::format_to(std::back_inserter(text_), "{}{}", separator, graph_.groups[g].first + graph_.groups[g].slices - 1);
    separator = " ";
  }
  text_ += '\n';
}

void ScheduleTable::flush() {
  file_.put(text_);
  text_.clear();
}

void ScheduleTable::finish(base::Ps) {
  flush();
  file_.commit();
}

}  // namespace tessera::sim
