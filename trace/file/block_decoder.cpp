// A block's bytes back to records. The bytes may be anything: whatever is not a block of this trace is refused with its
// reason.
#include "trace/file/block_codec.h"
#include "trace/file/block_columns.h"

namespace tessera::trace {
namespace {

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
    for (const std::uint64_t w : c.waits()) extended += w == 1 ? 1 : 0;
    for (const int n : {c.wait_channel_ps_size(), c.wait_noc_ps_size(), c.wait_dram_ps_size(), c.wait_port_ps_size()}) {
      if (n != extended) sound = false;
    }
    previous.id = first_id - 1;
    if (left > 0) next_id = previous.id + 1 + static_cast<std::uint64_t>(ids.next());
  }
  // The waits of the next record that has some.
  Waits next_waits() {
    const int i = wait_at++;
    return {base::Ps{source->wait_channel_ps(i)}, base::Ps{source->wait_noc_ps(i)}, base::Ps{source->wait_dram_ps(i)},
            base::Ps{source->wait_port_ps(i)}};
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
const char* read_field(Cursor& c, Record& r, std::uint64_t id) {
  const std::int64_t value = decoded<F>(c, r, id);
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

  bool learn_strings(std::string& why) {
    if (block.first_string() > names.size()) return why = "block whose string table has a hole", false;
    names.resize(block.first_string());
    for (const std::string& text : block.new_string()) {
      std::size_t i = 0;
      while (i < kNameCount && kRecords[i].word != text) ++i;
      if (i == kNameCount) return why = "record name \"" + text + "\" that this version does not know", false;
      names.push_back(static_cast<Name>(i));
    }
    return true;
  }
  [[nodiscard]] const char* next(Cursor& c, Record& r) const;
};

// Null, or what is wrong with the record.
const char* BlockDecoder::State::next(Cursor& c, Record& r) const {
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
      if (const char* here = read_field<F>(c, r, id); wrong == nullptr) wrong = here;
    });
  };
  with_scope(c.scope, read);
  return wrong;
}

BlockDecoder::BlockDecoder(const std::vector<UnitInfo>& units) : state_(std::make_unique<State>(units)) {}
BlockDecoder::~BlockDecoder() = default;

bool BlockDecoder::decode(const std::string& bytes, RecordBatch& out, std::string& why) {
  State& s = *state_;
  if (!s.block.ParseFromString(bytes)) return why = "block that is not protobuf", false;
  if (!s.learn_strings(why)) return false;
  if (s.block.first_id() == 0 || s.block.count() > kBlockRecords) return why = "block with a wrong head", false;
  std::vector<Cursor> cursors;
  std::uint64_t total = 0;
  for (proto::Columns& c : *s.block.mutable_scope()) {
    if (c.scope() >= kScopeCount || c.count() > kBlockRecords) return why = "block with a wrong scope", false;
    total += c.count();
    cursors.emplace_back(c, s.block.first_id());
    if (!cursors.back().sound) return why = "block with columns of different lengths", false;
  }
  if (total != s.block.count()) return why = "block with a wrong count", false;
  std::uint64_t last = s.block.first_id() - 1;
  for (; total > 0; --total) {
    Cursor* first = nullptr;
    for (Cursor& c : cursors) {
      if (c.left > 0 && (first == nullptr || c.next_id < first->next_id)) first = &c;
    }
    const std::uint64_t id = first->next_id;
    if (id <= last) return why = "block whose ids do not ascend", false;
    last = id;
    Record r;
    if (const char* wrong = s.next(*first, r)) {
      return why = std::string(wrong) + " in record " + std::to_string(id), false;
    }
    out.ids.push_back(id);
    out.records.push_back(r);
    if (first->waits.next() == 1) out.records.push_back(Record::extension(first->next_waits()));
    if (--first->left > 0) first->next_id = id + 1 + static_cast<std::uint64_t>(first->ids.next());
  }
  return true;
}

}  // namespace tessera::trace
