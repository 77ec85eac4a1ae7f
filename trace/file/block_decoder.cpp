// A block's bytes back to records. The bytes may be anything: whatever is not a block of this trace is refused with its
// reason.
#include <algorithm>

#include "trace/file/block_codec.h"
#include "trace/file/block_columns.h"
#include "trace/file/wire_limits.h"

namespace tessera::trace {
namespace {

constexpr auto kColumnLimits = [] {
  constexpr std::uint32_t kFirst = 3, kLast = std::ranges::max_element(kFields, {}, &FieldSpec::column)->column;
  std::array<WireLimit, kLast - kFirst + 1> limits{};
  for (std::uint32_t i = 0; i < limits.size(); ++i) limits[i] = {i + kFirst, kBlockRecords, true};
  return limits;
}();
constexpr WireLimit kBlockLimits[] = {{6, kNameCount}, {7, kScopeCount, false, kColumnLimits}};

// A column of a block that came from a file: absent, which means all 0, or complete.
class Column {
 public:
  Column() = default;
  template <class T>
  Column(const google::protobuf::RepeatedField<T>& field, std::uint32_t count, bool& sound) {
    static_assert(sizeof(T) == sizeof(std::int64_t));
    if (field.empty()) return;
    at_ = reinterpret_cast<const std::int64_t*>(field.data());  // int64 or uint64: the same bits
    if (field.size() != static_cast<int>(count)) sound = false;
  }
  std::int64_t next() { return at_ == nullptr ? 0 : *at_++; }

 private:
  const std::int64_t* at_ = nullptr;
};

// One scope's columns while its records are taken out.
struct Cursor {
  Cursor(proto::Columns& c, std::uint64_t first_id)
      : scope(c.scope()), left(c.count()), ids(*c.mutable_id(), left, sound), ends(*c.mutable_end(), left, sound),
        lengths(*c.mutable_length(), left, sound), units(*c.mutable_unit(), left, sound),
        names(*c.mutable_name(), left, sound), waits(*c.mutable_waits(), left, sound), source(&c) {
    const auto open = [&]<std::size_t S>() {
      for_each_field<S>([&]<Field F>() { fields[static_cast<std::size_t>(F)] = Column(column<F>(c), left, sound); });
    };
    with_scope(scope, open);
    int extended = 0;
    for (const std::uint64_t w : c.waits()) {
      extended += w == 1 ? 1 : 0;
      if (w > 1) sound = false;
    }
    for (const int n : {c.wait_channel_ps_size(), c.wait_noc_ps_size(), c.wait_dram_ps_size()}) {
      if (n != extended) sound = false;
    }
    previous.id = first_id - 1;
    if (left > 0) next_id = previous.id + 1 + static_cast<std::uint64_t>(ids.next());
  }
  // The waits of the next record that has some.
  Waits next_waits() {
    const int i = wait_at++;
    return {base::Ps{source->wait_channel_ps(i)}, base::Ps{source->wait_noc_ps(i)}, base::Ps{source->wait_dram_ps(i)}};
  }

  bool sound = true;
  std::uint32_t scope, left;
  std::uint64_t next_id = 0;
  Previous previous;
  Column ids, ends, lengths, units, names, waits;
  std::array<Column, kFieldCount> fields;
  const proto::Columns* source;
  int wait_at = 0;
};

// The next number of a column as the field's value; what it means in the record is judged by the caller.
template <Field F>
std::int64_t decoded(Cursor& c, const Record& r, std::uint64_t id) {
  constexpr Coding kCoding = spec(F).coding;
  const std::int64_t stored = c.fields[static_cast<std::size_t>(F)].next();
  if constexpr (kCoding == Coding::delta) {
    std::int64_t& before = c.previous.value[static_cast<std::size_t>(F)];
    return before = plus(before, stored);
  } else if constexpr (kCoding == Coding::running) {
    const std::int64_t value = plus(c.previous.next_address, stored);
    c.previous.next_address = plus(value, get(r, Field::bytes));  // bytes come before it in the schema
    return value;
  } else if constexpr (kCoding == Coding::back) {
    return stored == 0 ? 0 : delta(static_cast<std::int64_t>(id), stored);
  } else {
    return stored;
  }
}

// Null, or what is wrong with the field of a record.
template <Field F>
const char* read_field(Cursor& c, Record& r, std::uint64_t id, std::uint64_t& content) {
  const std::int64_t value = decoded<F>(c, r, id);
  content += weighed(value, spec(F).column);
  if (!r.has(F)) return value == spec(F).absent ? nullptr : "field that a record of its name does not have";
  if (F == Field::cause && (value < 0 || static_cast<std::uint64_t>(value) >= id))
    return "cause before the first record";
  if (!in_range(F, value)) return "number out of range";
  set(r, F, value);
  return nullptr;
}

bool fits(std::int64_t value, std::size_t limit) { return value >= 0 && static_cast<std::size_t>(value) < limit; }

}  // namespace

struct BlockDecoder::State {
  explicit State(const std::vector<UnitInfo>& u) : units(u) {}
  const std::vector<UnitInfo>& units;
  std::vector<Name> names;  // the string table
  proto::Block block;
  BlockSummary summary;

  [[nodiscard]] bool learn_strings(std::string& why);
  [[nodiscard]] bool open(const std::string& bytes, std::vector<Cursor>& cursors, std::string& why);
  [[nodiscard]] const char* next(Cursor& c, Record& r, std::uint64_t& content) const;
  [[nodiscard]] const char* take(Cursor& c, RecordBatch& out);
};

bool BlockDecoder::State::learn_strings(std::string& why) {
  if (block.first_string() != names.size()) return why = "block whose string table does not go on", false;
  for (const std::string& text : block.new_string()) {
    std::size_t i = 0;
    while (i < kNameCount && kRecords[i].word != text) ++i;
    if (i == kNameCount) return why = "record name \"" + text + "\" that this version does not know", false;
    const auto name = static_cast<Name>(i);
    if (std::find(names.begin(), names.end(), name) != names.end())
      return why = "record name \"" + text + "\" twice in the string table", false;
    names.push_back(name);
  }
  return true;
}

// The block's head and the columns of its scopes. Nothing in it can ask for more memory than a full block takes.
bool BlockDecoder::State::open(const std::string& bytes, std::vector<Cursor>& cursors, std::string& why) {
  if (!within_limits(bytes, kBlockLimits)) return why = "block with more values than records may have", false;
  if (!block.ParseFromString(bytes)) return why = "block that is not protobuf", false;
  if (!learn_strings(why)) return false;
  if (block.first_id() == 0 || block.count() == 0 || block.count() > kBlockRecords || block.count() > bytes.size())
    return why = "block with a wrong head", false;
  std::uint64_t total = 0;
  std::uint32_t next_scope = 0;
  for (proto::Columns& c : *block.mutable_scope()) {
    if (c.scope() < next_scope || c.scope() >= kScopeCount || c.count() == 0 || c.count() > kBlockRecords)
      return why = "block with a wrong scope", false;
    next_scope = c.scope() + 1;
    total += c.count();
    cursors.emplace_back(c, block.first_id());
    if (!cursors.back().sound) return why = "block with columns of different lengths", false;
  }
  if (total != block.count()) return why = "block with a wrong count", false;
  return true;
}

// Null, or what is wrong with the record.
const char* BlockDecoder::State::next(Cursor& c, Record& r, std::uint64_t& content) const {
  Previous& p = c.previous;
  const std::uint64_t id = p.id = c.next_id;
  p.end = plus(p.end, c.ends.next());
  r.end = base::Ps{p.end};
  r.start = base::Ps{delta(p.end, c.lengths.next())};
  p.unit = plus(p.unit, c.units.next());
  p.name = plus(p.name, c.names.next());
  if (!fits(p.unit, units.size())) return "unknown unit";
  if (static_cast<std::uint32_t>(units[static_cast<std::size_t>(p.unit)].scope) != c.scope)
    return "unit of another scope";
  if (!fits(p.name, names.size())) return "unknown name";
  r.unit = static_cast<std::uint16_t>(p.unit);
  r.name = names[static_cast<std::size_t>(p.name)];
  if (!allowed_on(r.name, static_cast<Scope>(c.scope))) return "name of another scope";
  const char* wrong = nullptr;
  const auto read = [&]<std::size_t S>() {
    for_each_field<S>([&]<Field F>() {
      if (const char* here = read_field<F>(c, r, id, content); wrong == nullptr) wrong = here;
    });
  };
  with_scope(c.scope, read);
  return wrong;
}

// The next record of the block, and what it adds to the summary. Null, or what is wrong with it.
const char* BlockDecoder::State::take(Cursor& c, RecordBatch& out) {
  const std::uint64_t id = c.next_id;
  Record r;
  std::uint64_t content = 0;
  if (const char* wrong = next(c, r, content)) return wrong;
  const bool extended = c.waits.next() == 1;
  content += common_content(id, r, c.previous.name, extended);
  out.ids.push_back(id);
  out.records.push_back(r);
  if (extended) {
    const Waits waits = c.next_waits();
    content += waits_content(waits);
    out.records.push_back(Record::extension(waits));
  }
  if (summary.count++ == 0) summary = {id, 1, r.start, r.end, 0, 0};
  summary.min_start = std::min(summary.min_start, r.start);
  summary.max_end = std::max(summary.max_end, r.end);
  summary.unit_mask |= std::uint64_t{1} << (r.unit % 64);
  summary.content += mixed(content);
  if (--c.left > 0) c.next_id = id + 1 + static_cast<std::uint64_t>(c.ids.next());
  return nullptr;
}

BlockDecoder::BlockDecoder(const std::vector<UnitInfo>& units) : state_(std::make_unique<State>(units)) {}
BlockDecoder::~BlockDecoder() = default;
const BlockSummary& BlockDecoder::summary() const { return state_->summary; }
const std::vector<Name>& BlockDecoder::strings() const { return state_->names; }

bool BlockDecoder::decode(const std::string& bytes, RecordBatch& out, std::string& why) {
  State& s = *state_;
  std::vector<Cursor> cursors;
  if (!s.open(bytes, cursors, why)) return false;
  s.summary = {};
  std::uint64_t last = s.block.first_id() - 1;
  for (std::uint32_t left = s.block.count(); left > 0; --left) {
    Cursor* first = nullptr;
    for (Cursor& c : cursors) {
      if (c.left > 0 && (first == nullptr || c.next_id < first->next_id)) first = &c;
    }
    const std::uint64_t id = first->next_id;
    if (id <= last) return why = "block whose ids do not ascend", false;
    last = id;
    if (const char* wrong = s.take(*first, out)) {
      return why = std::string(wrong) + " in record " + std::to_string(id), false;
    }
  }
  const BlockSummary& found = s.summary;
  if (found.first_id != s.block.first_id() || found.min_start.count() != s.block.min_start_ps() ||
      found.max_end.count() != s.block.max_end_ps()) {
    return why = "block of records " + std::to_string(found.first_id) + " to " + std::to_string(last) + " in [" +
                 std::to_string(found.min_start.count()) + ", " + std::to_string(found.max_end.count()) +
                 "] ps, but its head says from " + std::to_string(s.block.first_id()) + " on, [" +
                 std::to_string(s.block.min_start_ps()) + ", " + std::to_string(s.block.max_end_ps()) + "] ps",
           false;
  }
  return true;
}

}  // namespace tessera::trace
