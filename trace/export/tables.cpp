// CSV (one line a record) and Graphviz DOT (the tiles of the run).
#include <fmt/format.h>

#include <iomanip>
#include <sstream>

#include "base/csv.h"
#include "trace/export/formats.h"

namespace tessera::trace {
namespace {

using base::csv_cell;

std::string row(const FileReader& reader, const Record& r, std::uint64_t id, const Record* waits) {
  const auto& operators = reader.tiles().operators;
  const std::string op = r.op == kNoOperator       ? ""
                         : r.op < operators.size() ? csv_cell(operators[r.op].name)
                                                   : std::to_string(r.op);
  const Scope scope = reader.header().units[r.unit].scope;
  const bool transfer = scope == Scope::dma || scope == Scope::dram;
  std::string line =
      fmt::format("{},{},{},{},{},{},{},", id, to_string(r.name), csv_cell(reader.header().units[r.unit].path),
                  r.start.count(), r.end.count(), r.request, op);
  line +=
      fmt::format("{},{},{},{},{},", r.tile == kNoTile ? "" : std::to_string(r.tile), r.task, r.cause,
                  r.reason == Reason::none ? "" : to_string(r.reason), r.link == Link::none ? "" : to_string(r.link));
  line += fmt::format("{},{},{},{},{},{},{},{}", r.bytes, transfer ? std::to_string(r.payload) : "",
                      scope == Scope::pe ? std::to_string(r.payload) : "", r.channel, r.slot,
                      r.operand == Operand::none ? "" : to_string(r.operand), r.rows, r.columns);
  if (waits == nullptr) return line + ",,,,\n";
  return line + fmt::format(",{},{},{},{}\n", waits->start.count(), waits->bytes, waits->payload, waits->end.count());
}

std::string dot_quoted(const std::string& text) {
  std::ostringstream out;
  out << std::quoted(text);
  return std::move(out).str();
}

}  // namespace

std::optional<base::Diagnostics> write_csv(FileReader& reader, TextOutput& out) {
  out.put(
      "id,name,unit,start_ps,end_ps,request,operator,tile,task,cause,reason,link,bytes,address,macs,channel,slot,"
      "operand,rows,columns,"
      "wait_channel_ps,wait_noc_ps,wait_dram_ps,wait_port_ps\n");
  RecordBatch batch;
  for (;;) {
    auto more = reader.next(batch);
    if (!more) return more.problems();
    if (!*more) return std::nullopt;
    std::size_t span = 0;
    for (std::size_t i = 0; i < batch.records.size(); ++i) {
      if (batch.records[i].name == Name::waits) continue;
      const bool extended = i + 1 < batch.records.size() && batch.records[i + 1].name == Name::waits;
      out.put(row(reader, batch.records[i], batch.ids[span++], extended ? &batch.records[i + 1] : nullptr));
    }
  }
}

std::optional<base::Diagnostics> write_dot(FileReader& reader, TextOutput& out) {
  const TileTable& t = reader.tiles();
  if (t.tiles.empty()) return base::failure("the trace has no tile table; there is no task graph to write");
  constexpr std::string_view kShapes[] = {"box", "ellipse", "parallelogram"};  // pe, vector, movement
  out.put("digraph tiles {\n  rankdir=LR;\n");
  for (std::size_t i = 0; i < t.tiles.size(); ++i) {
    const TileTable::Tile& tile = t.tiles[i];
    out.put(fmt::format("  t{} [shape={},label={}];\n", i, kShapes[static_cast<std::size_t>(tile.kind)],
                        dot_quoted(fmt::format("{} #{}", t.operators[tile.op].name, i))));
  }
  for (std::size_t i = 1; i < t.tiles.size(); ++i) {  // slices of a group run one after another
    if (t.tiles[i].group == t.tiles[i - 1].group) out.put(fmt::format("  t{} -> t{} [style=bold];\n", i - 1, i));
  }
  for (const TileTable::Edge& e : t.edges) {
    out.put(fmt::format("  t{} -> t{}{};\n", e.from, e.to,
                        e.kind == TileTable::EdgeKind::control ? " [style=dashed]" : ""));
  }
  out.put("}\n");
  return std::nullopt;
}

}  // namespace tessera::trace
