#include <algorithm>
#include <array>

#include "trace.pb.h"
#include "trace/file/header_codec.h"
#include "trace/file/wire_limits.h"

namespace tessera::trace {
namespace {

// One part stays far below the size limit of a frame: at most ~70 bytes a tile and 15 an edge.
constexpr std::size_t kTilesPerPart = 1 << 16;
constexpr std::size_t kEdgesPerPart = 1 << 18;
constexpr std::uint64_t kMaxOperators = 0xffff;  // records number them with 16 bits

constexpr auto kPartLimits = [] {
  std::array<WireLimit, 19> limits{};
  for (std::uint32_t i = 0; i < 11; ++i) limits[i] = {i + 3, kTilesPerPart, true};
  for (std::uint32_t i = 11; i < 14; ++i) limits[i] = {i + 3, kEdgesPerPart, true};
  limits[14] = {17, kMaxOperators};
  limits[15] = {18, kMaxOperators};
  limits[16] = {19, kTilesPerPart, true};
  limits[17] = {20, kTilesPerPart, true};
  limits[18] = {21, kMaxOperators};
  return limits;
}();

std::int32_t step(std::uint32_t value, std::uint32_t& before) {
  const auto d = static_cast<std::int32_t>(value - before);
  before = value;
  return d;
}

void put_tiles(const TileTable& table, std::size_t first, std::size_t count, proto::Tiles& out) {
  out.set_first(static_cast<std::uint32_t>(first));
  out.set_count(static_cast<std::uint32_t>(count));
  std::uint32_t op = 0, request = 0, group = 0;
  for (std::size_t i = first; i < first + count; ++i) {
    const TileTable::Tile& t = table.tiles[i];
    out.add_op(step(t.op, op));
    out.add_request(step(t.request, request));
    out.add_group(step(t.group, group));
    out.add_slice(t.slice);
    out.add_kind(static_cast<std::uint32_t>(t.kind));
    out.add_macs(t.macs);
    out.add_input_bytes(t.input_bytes);
    out.add_weight_bytes(t.weight_bytes);
    out.add_output_bytes(t.output_bytes);
    out.add_core_plus_1(t.core + 1);  // any core wraps to 0
    out.add_post(t.post ? 1 : 0);
    out.add_rows(t.rows);
    out.add_columns(t.columns);
  }
}

void put_edges(const TileTable& table, std::size_t first, std::size_t count, proto::Tiles& out) {
  std::uint32_t from = 0, to = 0;
  for (std::size_t i = first; i < first + count; ++i) {
    out.add_edge_from(step(table.edges[i].from, from));
    out.add_edge_to(step(table.edges[i].to, to));
    out.add_edge_kind(static_cast<std::uint32_t>(table.edges[i].kind));
  }
}

void put_choice(const TileTable::Choice& c, proto::Choice& out) {
  out.set_b(c.b);
  out.set_m(c.m);
  out.set_w(c.w);
  out.set_n(c.n);
  out.set_k(c.k);
  out.set_loop_order(c.loop_order);
  out.set_whole_input(c.whole_input);
  out.set_deal(static_cast<std::uint32_t>(c.deal));
  out.set_cores(c.cores);
}

// Older traces say nothing of the choice.
bool get_operators(const proto::Tiles& in, TileTable& table) {
  constexpr std::size_t kLoops = 4;
  if (in.op_choice_size() != 0 && in.op_choice_size() != in.op_name_size()) return false;
  for (int i = 0; i < in.op_name_size(); ++i) {
    table.operators.push_back({in.op_name(i), in.op_type(i)});
    if (in.op_choice_size() == 0) continue;
    const proto::Choice& c = in.op_choice(i);
    if (c.deal() > 1 || c.loop_order().size() > kLoops) return false;
    table.operators.back().choice = {.b = c.b(),
                                     .m = c.m(),
                                     .w = c.w(),
                                     .n = c.n(),
                                     .k = c.k(),
                                     .loop_order = c.loop_order(),
                                     .whole_input = c.whole_input(),
                                     .deal = static_cast<TileTable::Choice::Deal>(c.deal()),
                                     .cores = c.cores()};
  }
  return true;
}

}  // namespace

std::vector<OperatorSums> sums_by_operator(const TileTable& table) {
  std::vector<OperatorSums> operators;
  for (const TileTable::Operator& op : table.operators) operators.push_back({op.name, op.type, {}});
  const auto add = [&operators](std::uint32_t op, std::size_t place, std::uint64_t amount) {
    if (op < operators.size()) operators[op].sums[place] += amount;
  };
  for (const TileTable::Tile& t : table.tiles) {
    const std::uint64_t amounts[] = {1,
                                     t.macs,
                                     t.input_bytes,
                                     t.weight_bytes,
                                     t.output_bytes,
                                     t.post ? 1u : 0u,
                                     t.core + 1u,
                                     static_cast<std::uint64_t>(t.kind),
                                     std::uint64_t{t.rows} * t.columns};
    for (std::size_t i = 0; i < std::size(amounts); ++i) add(t.op, i, amounts[i]);
  }
  for (const TileTable::Edge& e : table.edges) {
    const std::uint32_t op = table.tiles[e.to].op;
    add(op, 9, 1);
    add(op, 10, std::uint64_t{e.to} - e.from);
    add(op, 11, static_cast<std::uint64_t>(e.kind));
  }
  return operators;
}

std::vector<std::string> encode_tiles(const TileTable& table) {
  std::vector<std::string> parts;
  proto::Tiles part;
  const auto flush = [&] {
    parts.push_back(part.SerializeAsString());
    part.Clear();
  };
  for (const TileTable::Operator& op : table.operators) {
    part.add_op_name(op.name);
    part.add_op_type(op.type);
    put_choice(op.choice, *part.add_op_choice());
  }
  flush();
  for (std::size_t i = 0; i < table.tiles.size(); i += kTilesPerPart) {
    put_tiles(table, i, std::min(kTilesPerPart, table.tiles.size() - i), part);
    flush();
  }
  for (std::size_t i = 0; i < table.edges.size(); i += kEdgesPerPart) {
    part.set_first(static_cast<std::uint32_t>(table.tiles.size()));
    put_edges(table, i, std::min(kEdgesPerPart, table.edges.size() - i), part);
    flush();
  }
  return parts;
}

bool decode_tiles(const std::string& bytes, TileTable& table, std::string& why) {
  proto::Tiles in;
  if (!within_limits(bytes, kPartLimits)) return why = "tile table of a part that is too long", false;
  if (!in.ParseFromString(bytes)) return why = "tile table that is not protobuf", false;
  if (in.op_name_size() != in.op_type_size()) return why = "tile table with an operator without a type", false;
  if (table.operators.size() + static_cast<std::size_t>(in.op_name_size()) > kMaxOperators)
    return why = "tile table of more than " + std::to_string(kMaxOperators) + " operators", false;
  if (!get_operators(in, table)) return why = "tile table with an operator whose tiles nobody could have chosen", false;
  const auto count = static_cast<int>(in.count());
  const bool whole = in.op_size() == count && in.request_size() == count && in.group_size() == count &&
                     in.slice_size() == count && in.kind_size() == count && in.macs_size() == count &&
                     in.input_bytes_size() == count && in.weight_bytes_size() == count &&
                     in.output_bytes_size() == count && in.core_plus_1_size() == count && in.post_size() == count &&
                     in.rows_size() == count && in.columns_size() == count;
  const int edges = in.edge_from_size();
  if (!whole || in.edge_to_size() != edges || in.edge_kind_size() != edges)
    return why = "tile table with columns of different lengths", false;
  if (in.first() != table.tiles.size()) return why = "tile table with a missing part", false;
  std::uint32_t op = 0, request = 0, group = 0, from = 0, to = 0;
  for (int i = 0; i < count; ++i) {
    op += static_cast<std::uint32_t>(in.op(i));
    request += static_cast<std::uint32_t>(in.request(i));
    group += static_cast<std::uint32_t>(in.group(i));
    if (op >= table.operators.size() || in.kind(i) > 3 || in.post(i) > 1)
      return why = "tile " + std::to_string(table.tiles.size()) + " of an unknown operator or kind", false;
    table.tiles.push_back({op, request, group, in.slice(i), static_cast<TileTable::Kind>(in.kind(i)), in.post(i) != 0,
                           in.core_plus_1(i) - 1, in.macs(i), in.input_bytes(i), in.weight_bytes(i), in.output_bytes(i),
                           in.rows(i), in.columns(i)});
  }
  for (int i = 0; i < edges; ++i) {
    from += static_cast<std::uint32_t>(in.edge_from(i));
    to += static_cast<std::uint32_t>(in.edge_to(i));
    if (from >= table.tiles.size() || to >= table.tiles.size() ||
        in.edge_kind(i) > static_cast<std::uint32_t>(TileTable::EdgeKind::weight))
      return why = "tile edge to a tile that does not exist", false;
    table.edges.push_back({from, to, static_cast<TileTable::EdgeKind>(in.edge_kind(i))});
  }
  return true;
}

}  // namespace tessera::trace
