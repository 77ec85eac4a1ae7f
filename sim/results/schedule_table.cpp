#include "sim/results/schedule_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

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

// A name in a CSV cell: quoted where a comma or a quote would break the row.
std::string cell(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace

ScheduleTable::ScheduleTable(std::filesystem::path path, const PreparedRun& run)
    : path_(std::move(path)), partial_(path_), network_(run.network), graph_(run.graph), spec_(run.spec.npu),
      dram_(run.limits.dram) {
  partial_ += ".partial";
  file_ = std::fopen(partial_.c_str(), "w");
  if (file_ == nullptr) failure_ = path_.string() + ": cannot be written";
  text_ = kHeader;
}

ScheduleTable::~ScheduleTable() {
  if (file_ == nullptr) return;
  std::fclose(file_);
  std::error_code ignored;
  std::filesystem::remove(partial_, ignored);
}

void ScheduleTable::consume(std::span<const trace::Record> records, std::uint64_t) {
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto& r = records[i];
    if (r.name != trace::Name::load && r.name != trace::Name::store) continue;
    const bool has_waits = i + 1 < records.size() && records[i + 1].name == trace::Name::waits;
    row(r, has_waits ? records[i + 1].start : base::Ps{0});
  }
}

base::Ps ScheduleTable::planned_length(const trace::Record& transfer) const {
  const bool write = transfer.name == trace::Name::store;
  const base::Ps memory = write ? dram_.write_latency : dram_.read_latency;
  const std::int64_t peak = dram_.peak_bytes_per_second;
  const base::Ps data{static_cast<std::int64_t>(static_cast<__int128>(transfer.bytes) * 1'000'000'000'000 / peak)};
  const auto& clock = spec_.interconnect_clock;
  const base::Ps path =
      clock.duration(arch::Cycles{base::ceil_div(transfer.bytes, spec_.interconnect.bytes_per_cycle)});
  return memory + clock.duration(spec_.interconnect.latency * 2) + std::max(data, path);
}

void ScheduleTable::append_dependencies(const trace::Record& transfer) {
  auto out = std::back_inserter(text_);
  if (transfer.name == trace::Name::store) {
    fmt::format_to(out, "{}", transfer.tile);
    return;
  }
  const auto& tile = graph_.tiles[transfer.tile];
  const auto block = transfer.operand == trace::Operand::weight ? tile.weight : tile.input;
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
      store ? graph_.groups[tile.group].output : (r.operand == trace::Operand::weight ? tile.weight : tile.input);
  const auto& block = graph_.blocks[block_id];
  const auto region = static_cast<std::size_t>(r.operand);
  const std::int64_t capacity[3] = {spec_.core.sram.input.capacity.count(), spec_.core.sram.weight.capacity.count(),
                                    spec_.core.sram.output.capacity.count()};
  std::int64_t sram = static_cast<std::int64_t>(r.slot) * graph_.slot_bytes[region];
  for (std::size_t before = 0; before < region; ++before) sram += capacity[before];
  const auto& op = network_.operators[tile.op];
  fmt::format_to(std::back_inserter(text_), "{},{},{},{},{},{},{},{:#x},{:#x},{:#x},{:#x},{},{},{},{},{},{},", r.tile,
                 cell(op.name), r.request, to_string(r.name), to_string(r.operand), r.rows, r.slot, sram,
                 sram + graph_.slot_bytes[region], block.where.base, end_address(block.where), r.bytes, r.channel,
                 r.start.count(), (r.start + planned_length(r)).count(), (r.start + wait_channel).count(),
                 r.end.count());
  append_dependencies(r);
  text_ += '\n';
  if (text_.size() >= kFlushBytes) flush();
}

void ScheduleTable::flush() {
  if (file_ != nullptr && std::fwrite(text_.data(), 1, text_.size(), file_) != text_.size()) {
    failure_ = path_.string() + ": cannot be written (disk full?)";
  }
  text_.clear();
}

void ScheduleTable::finish(base::Ps) {
  flush();
  if (file_ == nullptr) return;
  const bool closed = std::fclose(file_) == 0;
  file_ = nullptr;
  std::error_code error;
  if (closed && failure_.empty()) {
    std::filesystem::rename(partial_, path_, error);
    if (error) failure_ = path_.string() + ": " + error.message();
  } else {
    std::filesystem::remove(partial_, error);
  }
}

}  // namespace tessera::sim
