// Records to the columns of a block: each scope has columns of its own, and most hold differences to the scope's last
// record.
#include <algorithm>
#include <array>

#include "trace.pb.h"
#include "trace/file/block_codec.h"
#include "trace/file/block_columns.h"

namespace tessera::trace {
namespace {

std::int64_t tile_number(std::uint32_t tile) { return tile == kNoTile ? -1 : static_cast<std::int64_t>(tile); }
std::int32_t op_number(std::uint16_t op) { return op == kNoOperator ? -1 : static_cast<std::int32_t>(op); }

// A column stays empty while all its values are 0.
template <class T, class V>
void put(google::protobuf::RepeatedField<T>& column, int count, V value) {
  const T v = static_cast<T>(value);
  if (column.empty()) {
    if (v == T{}) return;
    column.Reserve(kBlockRecords);
    column.Resize(count, T{});
  }
  column.Add(v);
}

}  // namespace

struct BlockEncoder::State {
  explicit State(const std::vector<UnitInfo>& u) : units(u) { string_of.fill(-1); }
  const std::vector<UnitInfo>& units;
  std::array<proto::Columns, kScopes> columns;
  std::array<Previous, kScopes> previous;
  std::vector<std::string> strings;
  std::array<std::int32_t, kNames> string_of;  // by Name
  std::size_t strings_written = 0;
  BlockSummary summary;
  proto::Block block;

  std::int32_t string_for(Name name) {
    std::int32_t& index = string_of[static_cast<std::size_t>(name)];
    if (index < 0) {
      index = static_cast<std::int32_t>(strings.size());
      strings.emplace_back(to_string(name));
    }
    return index;
  }
};

BlockEncoder::BlockEncoder(const std::vector<UnitInfo>& units) : state_(std::make_unique<State>(units)) {}
BlockEncoder::~BlockEncoder() = default;
std::uint32_t BlockEncoder::count() const { return state_->summary.count; }
const std::vector<std::string>& BlockEncoder::strings() const { return state_->strings; }

void BlockEncoder::add(const Record& r, std::uint64_t id, const Record* waits) {
  State& s = *state_;
  BlockSummary& sum = s.summary;
  if (sum.count == 0) {
    sum = {id, 0, r.start, r.end, 0};
    for (Previous& p : s.previous) p = {id - 1, 0, 0, 0, 0, 0, 0, 0, 0};
  }
  ++sum.count;
  sum.min_start = std::min(sum.min_start, r.start);
  sum.max_end = std::max(sum.max_end, r.end);
  sum.unit_mask |= std::uint64_t{1} << (r.unit % 64);

  const auto scope = static_cast<std::size_t>(s.units[r.unit].scope);
  proto::Columns& c = s.columns[scope];
  Previous& p = s.previous[scope];
  const int n = static_cast<int>(c.count());
  c.set_count(static_cast<std::uint32_t>(n + 1));
  const auto step = [n](auto& column, auto& before, auto value) {
    put(column, n, delta(value, before));
    before = value;
  };
  put(*c.mutable_id(), n, id - p.id - 1);
  p.id = id;
  step(*c.mutable_end(), p.end, r.end.count());
  put(*c.mutable_length(), n, delta(r.end.count(), r.start.count()));
  step(*c.mutable_unit(), p.unit, static_cast<std::int32_t>(r.unit));
  step(*c.mutable_name(), p.name, s.string_for(r.name));
  step(*c.mutable_request(), p.request, static_cast<std::int32_t>(r.request));
  step(*c.mutable_op(), p.op, op_number(r.op));
  step(*c.mutable_tile(), p.tile, tile_number(r.tile));
  put(*c.mutable_task(), n, r.task);
  put(*c.mutable_cause(), n, r.cause == kNoCause ? 0 : id - r.cause);
  put(*c.mutable_reason(), n, static_cast<std::uint32_t>(r.reason));
  put(*c.mutable_bytes(), n, r.bytes);
  if (has_address(scope)) {
    put(*c.mutable_address(), n, delta(r.payload, p.address));
    p.address = plus(r.payload, r.bytes);
  } else if (has_macs(scope)) {
    put(*c.mutable_macs(), n, r.payload);
  } else {
    step(*c.mutable_value(), p.value, r.payload);
  }
  put(*c.mutable_channel(), n, r.channel);
  put(*c.mutable_slot(), n, r.slot);
  put(*c.mutable_operand(), n, static_cast<std::uint32_t>(r.operand));
  put(*c.mutable_rows(), n, r.rows);
  put(*c.mutable_columns(), n, r.columns);
  put(*c.mutable_link(), n, static_cast<std::uint32_t>(r.link));
  put(*c.mutable_waits(), n, waits != nullptr ? 1u : 0u);
  if (waits != nullptr) {
    c.add_wait_channel(waits->start.count());
    c.add_wait_noc(waits->bytes);
    c.add_wait_dram(waits->payload);
    c.add_wait_port(waits->end.count());
  }
}

BlockSummary BlockEncoder::finish(std::string& out) {
  State& s = *state_;
  proto::Block& b = s.block;
  b.set_first_id(s.summary.first_id);
  b.set_count(s.summary.count);
  b.set_min_start_ps(s.summary.min_start.count());
  b.set_max_end_ps(s.summary.max_end.count());
  b.set_first_string(static_cast<std::uint32_t>(s.strings_written));
  b.clear_new_string();
  for (; s.strings_written < s.strings.size(); ++s.strings_written) b.add_new_string(s.strings[s.strings_written]);
  for (std::size_t i = 0; i < kScopes; ++i) {
    if (s.columns[i].count() == 0) continue;
    s.columns[i].set_scope(static_cast<std::uint32_t>(i));
    b.mutable_scope()->UnsafeArenaAddAllocated(&s.columns[i]);  // lent for the serialization, taken back below
  }
  b.SerializeToString(&out);
  while (b.scope_size() > 0) b.mutable_scope()->UnsafeArenaReleaseLast();
  for (proto::Columns& c : s.columns) c.Clear();
  const BlockSummary done = s.summary;
  s.summary = {};
  return done;
}

}  // namespace tessera::trace
