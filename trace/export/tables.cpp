// CSV (one line a record) and Graphviz DOT (the tiles of the run).
#include <fmt/format.h>

#include "base/escape.h"
#include "trace/export/arguments.h"
#include "trace/export/formats.h"

namespace tessera::trace {
namespace {

using base::csv_cell;

std::string row(const FileReader& reader, const SpanView& s) {
  const Record& r = s.record;
  std::string line = fmt::format("{},{},{},{},{}", s.id, to_string(r.name),
                                 csv_cell(reader.header().units[r.unit].path), r.start.count(), r.end.count());
  for (const FieldSpec& f : kFields) {
    const bool of_waits = carries(Name::waits, f.field);
    const auto a = of_waits && s.has_waits() ? argument(*s.extension, f.field, reader.tiles())
                                             : argument(r, f.field, reader.tiles());
    line += ',';
    if (a) line += a->text.empty() ? std::to_string(a->number) : csv_cell(a->text);
  }
  return line + "\n";
}

}  // namespace

std::optional<base::Diagnostics> write_csv(FileReader& reader, TextOutput& out) {
  std::string head = "id,name,unit,start_ps,end_ps";
  for (const FieldSpec& f : kFields) head += fmt::format(",{}", f.key);
  out.put(head + "\n");
  RecordBatch batch;
  for (;;) {
    auto more = reader.next(batch);
    if (!more) return more.problems();
    if (!*more) return std::nullopt;
    for_each_span(batch, [&](const SpanView& s) { out.put(row(reader, s)); });
  }
}

std::optional<base::Diagnostics> write_dot(FileReader& reader, TextOutput& out) {
  const TileTable& t = reader.tiles();
  if (t.tiles.empty()) return base::failure("the trace has no tile table; there is no task graph to write");
  constexpr std::string_view kShapes[] = {"box", "ellipse", "parallelogram", "house"};  // by kind
  out.put("digraph tiles {\n  rankdir=LR;\n");
  for (std::size_t i = 0; i < t.tiles.size(); ++i) {
    const TileTable::Tile& tile = t.tiles[i];
    out.put(fmt::format("  t{} [shape={},label={}];\n", i, kShapes[static_cast<std::size_t>(tile.kind)],
                        base::dot_text(fmt::format("{} #{}", t.operators[tile.op].name, i))));
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
