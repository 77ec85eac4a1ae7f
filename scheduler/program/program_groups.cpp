// Groups of a program and their tiles: what runs where, on what, after what.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "arch/array/register_array.h"
#include "base/checked.h"
#include "base/config/suggest.h"
#include "program.pb.h"
#include "scheduler/address/tensor_precision.h"
#include "scheduler/program/program_importer.h"

namespace tessera::scheduler {

namespace proto = program::proto;

void ProgramImporter::read_groups() {
  for (int i = 0; i < program_.groups_size() && !full(); ++i)
    read_group(program_.groups(i), fmt::format("groups[{}]", i));
}

BlockId ProgramImporter::block(std::uint32_t number, const std::string& path) {
  if (number < graph_.blocks.size()) return number;
  report(path, fmt::format("is {}; there are {} blocks, counted from 0", number, graph_.blocks.size()));
  return kNoId;
}

void ProgramImporter::read_group(const proto::Group& g, const std::string& path) {
  const auto op = operators_.find(g.op());
  if (op == operators_.end()) {
    std::vector<std::string> names;
    for (const auto& [name, id] : operators_) names.push_back(name);
    return report(path + ".op", g.op().empty()
                                    ? "names no operator"
                                    : fmt::format("names an operator \"{}\" that is not in the list of operators{}",
                                                  g.op(), base::did_you_mean(g.op(), names)));
  }
  const auto unit = g.has_unit() ? g.unit() : static_cast<proto::Unit>(network_.operators[op->second].unit);
  const auto kind = static_cast<TileKind>(unit);
  Group group;
  group.first = static_cast<TileId>(graph_.tiles.size());
  group.slices = static_cast<std::uint32_t>(kind == TileKind::host ? 1 : g.tiles_size());
  group.op = op->second;
  group.output = block(g.output(), path + ".output");
  group.core_hint = g.core();
  if (g.core() >= npu_.cores)
    report(path + ".core", fmt::format("is {}; the machine has cores 0 to {}", g.core(), npu_.cores - 1));
  const auto id = static_cast<GroupId>(graph_.groups.size());
  for (int i = 0; i < g.after_size(); ++i) {
    const std::string at = fmt::format("{}.after[{}]", path, i);
    if (g.after(i) >= static_cast<std::uint32_t>(program_.groups_size()))
      report(at, fmt::format("is {}; there are {} groups, counted from 0", g.after(i), program_.groups_size()));
    else if (g.after(i) == id) report(at, "is the group itself");
    else control_.emplace_back(g.after(i), id);
  }
  graph_.groups.push_back(group);
  if (group.output != kNoId) check_output(group.output, kind, path + ".output");
  if (kind == TileKind::host) return read_host(g, path);
  if (g.tiles_size() == 0) return report(path, "has no tiles");
  if (g.tiles_size() > 1 && kind == TileKind::movement)
    report(path + ".tiles", fmt::format("are {}; a movement has one", g.tiles_size()));
  for (int slice = 0; slice < g.tiles_size() && !full(); ++slice)
    read_tile(g, slice, kind, fmt::format("{}.tiles[{}]", path, slice));
}

void ProgramImporter::check_output(BlockId output, TileKind kind, const std::string& path) {
  const Block& block = graph_.blocks[output];
  const std::string& name = network_.tensors[block.root].name;
  if (block.constant) report(path, fmt::format("is a part of tensor \"{}\", which is constant", name));
  else if (block.network_input)
    report(path, fmt::format("is a part of tensor \"{}\" that is there before the run: an input", name));
  else if (kind != TileKind::host) check_slot(output, kind == TileKind::movement ? 0 : 2, path);
}

void ProgramImporter::check_slot(BlockId id, std::size_t region, const std::string& path) {
  constexpr std::array kNames{"input", "weight", "output"};
  const Block& block = graph_.blocks[id];
  if (block.useful_bytes <= graph_.slot_bytes[region]) return;
  report(path, fmt::format("is a block of {} B, and a slot of the {} region has {} B (core.sram.{} in {} slots)",
                           block.useful_bytes, kNames[region], graph_.slot_bytes[region], kNames[region],
                           graph_.slots[region]));
}

void ProgramImporter::read_host(const proto::Group& g, const std::string& path) {
  if (g.tiles_size() > 0) report(path + ".tiles", "stand in a group of the host, which has one task and no tiles");
  constexpr std::int64_t kLongest = 1'000'000'000'000'000;
  check(path + ".host_ps", g.host_ps(), 0, kLongest);
  HostTask task{graph_.groups.back().first, base::Ps{g.host_ps()}, {}, {}};
  for (int i = 0; i < g.reads_size(); ++i)
    if (const BlockId b = block(g.reads(i), fmt::format("{}.reads[{}]", path, i)); b != kNoId) task.reads.push_back(b);
  for (int i = 0; i < g.writes_size(); ++i) {
    const std::string at = fmt::format("{}.writes[{}]", path, i);
    const BlockId b = block(g.writes(i), at);
    if (b == kNoId) continue;
    check_output(b, TileKind::host, at);
    task.writes.push_back(b);
  }
  Tile tile;
  tile.kind = TileKind::host;
  tile.op = graph_.groups.back().op;
  tile.group = static_cast<GroupId>(graph_.groups.size() - 1);
  graph_.tiles.push_back(tile);
  graph_.host_tasks.push_back(std::move(task));
}

void ProgramImporter::read_tile(const proto::Group& g, int slice, TileKind kind, const std::string& path) {
  const proto::Tile& t = g.tiles(slice);
  Tile tile;
  tile.kind = kind;
  tile.op = graph_.groups.back().op;
  tile.group = static_cast<GroupId>(graph_.groups.size() - 1);
  tile.slice = static_cast<std::uint32_t>(slice);
  tile.slices = graph_.groups.back().slices;
  if (t.has_input()) tile.input = block(t.input(), path + ".input");
  if (t.has_weight()) tile.weight = block(t.weight(), path + ".weight");
  if (tile.input != kNoId) check_slot(tile.input, 0, path + ".input");
  if (tile.weight != kNoId) check_slot(tile.weight, 1, path + ".weight");
  constexpr std::int64_t kMostCycles = std::int64_t{1} << 50;
  check(path + ".vector_cycles", t.vector_cycles(), 0, kMostCycles);
  tile.vector_cycles = base::Cycles{t.vector_cycles()};
  check_unit(t, kind, tile.last(), path);
  if (t.has_array()) tile.work = work(t.array(), tile.op, slice > 0, path + ".array");
  graph_.tiles.push_back(tile);
}

void ProgramImporter::check_unit(const proto::Tile& t, TileKind kind, bool last, const std::string& path) {
  switch (kind) {
    case TileKind::pe:
      if (!t.has_array()) report(path, "runs on the array and has no array: its m, n, channels and taps");
      if (!t.has_input() || !t.has_weight()) report(path, "runs on the array and needs an input and a weight");
      if (!last && t.vector_cycles() > 0)
        report(path + ".vector_cycles", "are those of post-operations, which follow the last slice only");
      break;
    case TileKind::movement:
      if (!t.has_input()) report(path, "moves nothing: it has no input");
      if (t.has_array() || t.vector_cycles() > 0)
        report(path, "is a movement, which has neither work on the array nor cycles of the vector unit");
      break;
    case TileKind::vector:
    case TileKind::host: break;
  }
}

// The array's cycles follow from the shape and the machine, as those of a tiled network do.
std::uint32_t ProgramImporter::work(const proto::Array& a, std::uint32_t op, bool accumulates,
                                    const std::string& path) {
  constexpr std::int64_t kMost = std::int64_t{1} << 31;
  bool fine = check(path + ".m", a.m(), 1, kMost);
  fine = check(path + ".n", a.n(), 1, kMost) && fine;
  fine = check(path + ".channels", a.channels(), 0, kMost) && fine;
  fine = check(path + ".taps", a.taps(), 0, kMost) && fine;
  fine = check(path + ".groups", a.groups(), 0, kMost) && fine;
  const auto count = [](std::int64_t n) { return std::max<std::int64_t>(1, n); };
  arch::ArrayShape shape{a.m(), a.n(), count(a.channels()), count(a.taps()), count(a.groups()), accumulates, {}, {}};
  for (int i = 0; i < a.phases_size(); ++i) {
    fine = check(fmt::format("{}.phases[{}].m", path, i), a.phases(i).m(), 1, kMost) && fine;
    fine = check(fmt::format("{}.phases[{}].taps", path, i), a.phases(i).taps(), 1, kMost) && fine;
    shape.phases.push_back({a.phases(i).m(), a.phases(i).taps()});
  }
  if (!fine) return kNoId;
  constexpr std::int64_t kMostMacs = std::int64_t{1} << 50;
  const std::int64_t outputs = base::saturating_product(base::saturating_product(shape.m, shape.n), shape.groups);
  const std::int64_t macs = base::saturating_product(outputs, base::saturating_product(shape.channels, shape.taps));
  if (macs > kMostMacs) {
    report(path, fmt::format("is a product of more than {} multiply-accumulates", kMostMacs));
    return kNoId;
  }
  if (a.has_macs()) {
    if (!check(path + ".macs", a.macs(), 1, macs)) return kNoId;
    shape.macs = a.macs();
  }
  const arch::OperandFormat format = format_of(network_, npu_, network_.operators[op]);
  if (base::saturating_product(outputs, format.bits.accumulator_bytes) > graph_.slot_bytes[2]) {
    report(path,
           fmt::format("makes {} partial sums of {} B, and a slot of the output region has {} B (core.sram.output "
                       "in {} slots)",
                       outputs, format.bits.accumulator_bytes, graph_.slot_bytes[2], graph_.slots[2]));
    return kNoId;
  }
  const auto& [bits, rate] = format;
  const std::array<std::int64_t, 4> numbers{rate.thousandths, bits.input, bits.weight, bits.accumulator_bytes};
  const auto [found, fresh] = works_.try_emplace({shape, numbers}, static_cast<std::uint32_t>(graph_.works.size()));
  if (!fresh) return found->second;
  arch::PeArraySpec array = npu_.core.pe_array;
  array.rate = rate;
  graph_.works.push_back(arch::array_work(array, shape));
  graph_.works.back().bits = bits;
  graph_.work_shapes.push_back(shape);
  graph_.work_rates.push_back(rate);
  return found->second;
}

}  // namespace tessera::scheduler
