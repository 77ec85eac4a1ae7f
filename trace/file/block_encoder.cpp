// Records to the columns of a block: each scope has columns of its own, and most hold differences to the scope's last
// record.
#include <algorithm>
#include <array>

#include "trace/file/block_codec.h"
#include "trace/file/block_columns.h"

namespace tessera::trace {
namespace {

// A column stays empty while all its values are 0.
template <class T>
void put(google::protobuf::RepeatedField<T>& column, int count, std::int64_t value) {
  const T v = static_cast<T>(value);
  if (column.empty()) {
    if (v == T{}) return;
    column.Reserve(kBlockRecords);
    column.Resize(count, T{});
  }
  column.Add(v);
}

template <class T>
void put_delta(google::protobuf::RepeatedField<T>& column, int count, std::int64_t& before, std::int64_t value) {
  put(column, count, delta(value, before));
  before = value;
}

// Returns what the field adds to the block's content.
template <Field F>
std::uint64_t put_field(proto::Columns& c, int n, Previous& p, const Record& r, std::uint64_t id) {
  constexpr Coding kCoding = spec(F).coding;
  const std::int64_t value = get(r, F);
  auto& to = column<F>(c);
  if constexpr (kCoding == Coding::delta) {
    put_delta(to, n, p.value[static_cast<std::size_t>(F)], value);
  } else if constexpr (kCoding == Coding::running) {
    put(to, n, delta(value, p.next_address));
    p.next_address = plus(value, get(r, Field::bytes));
  } else if constexpr (kCoding == Coding::back) {
    put(to, n, value == 0 ? 0 : delta(static_cast<std::int64_t>(id), value));
  } else {
    put(to, n, value);
  }
  return weighed(value, spec(F).column);
}

void put_waits(proto::Columns& c, const Waits& w) {
  c.add_wait_channel_ps(w.channel.count());
  c.add_wait_noc_ps(w.noc.count());
  c.add_wait_dram_ps(w.dram.count());
}

}  // namespace

struct BlockEncoder::State {
  explicit State(const std::vector<UnitInfo>& u) : units(u) { string_of.fill(-1); }
  const std::vector<UnitInfo>& units;
  std::array<proto::Columns, kScopeCount> columns;
  std::array<Previous, kScopeCount> previous;
  std::vector<std::string> strings;
  std::array<std::int32_t, kNameCount> string_of;  // by Name
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

void BlockEncoder::add(const SpanView& span) {
  State& s = *state_;
  const Record& r = span.record;
  BlockSummary& sum = s.summary;
  if (sum.count == 0) {
    sum = {span.id, 0, r.start, r.end, 0, 0};
    for (Previous& p : s.previous) {
      p = {};
      p.id = span.id - 1;
    }
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
  put(*c.mutable_id(), n, static_cast<std::int64_t>(span.id - p.id - 1));
  p.id = span.id;
  put_delta(*c.mutable_end(), n, p.end, r.end.count());
  put(*c.mutable_length(), n, delta(r.end.count(), r.start.count()));
  put_delta(*c.mutable_unit(), n, p.unit, r.unit);
  put_delta(*c.mutable_name(), n, p.name, s.string_for(r.name));
  std::uint64_t content = common_content(span.id, r, p.name, span.has_waits());
  const auto put_fields = [&]<std::size_t S>() {
    for_each_field<S>([&]<Field F>() { content += put_field<F>(c, n, p, r, span.id); });
  };
  with_scope(scope, put_fields);
  put(*c.mutable_waits(), n, span.has_waits() ? 1 : 0);
  if (span.has_waits()) {
    put_waits(c, span.waits());
    content += waits_content(span.waits());
  }
  sum.content += mixed(content);
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
  for (std::size_t i = 0; i < kScopeCount; ++i) {
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
