// A block's bytes back to records. The bytes may be anything: whatever is not a block of this trace is refused with its
// reason.
#include "trace.pb.h"
#include "trace/file/block_codec.h"
#include "trace/file/block_columns.h"

namespace tessera::trace {
namespace {

// A column of a block that came from a file: absent or complete.
template <class T>
class Column {
 public:
  Column() = default;
  Column(const google::protobuf::RepeatedField<T>& field, std::uint32_t count, bool& sound)
      : at_(field.empty() ? nullptr : field.data()) {
    if (!field.empty() && field.size() != static_cast<int>(count)) sound = false;
  }
  T next() { return at_ == nullptr ? T{} : *at_++; }

 private:
  const T* at_ = nullptr;
};

struct Cursor {
  explicit Cursor(const proto::Columns& c, std::uint64_t first_id)
      : scope(c.scope()), left(c.count()), ids(c.id(), left, sound), ends(c.end(), left, sound),
        lengths(c.length(), left, sound), values(c.value(), left, sound), addresses(c.address(), left, sound),
        macs(c.macs(), left, sound), tiles(c.tile(), left, sound), bytes(c.bytes(), left, sound),
        causes(c.cause(), left, sound), units(c.unit(), left, sound), names(c.name(), left, sound),
        requests(c.request(), left, sound), ops(c.op(), left, sound), tasks(c.task(), left, sound),
        reasons(c.reason(), left, sound), channels(c.channel(), left, sound), slots(c.slot(), left, sound),
        operands(c.operand(), left, sound), rows(c.rows(), left, sound), columns(c.columns(), left, sound),
        links(c.link(), left, sound), waits(c.waits(), left, sound) {
    int extended = 0;
    for (const std::uint32_t w : c.waits()) extended += w == 1 ? 1 : 0;
    for (const int n : {c.wait_channel_size(), c.wait_noc_size(), c.wait_dram_size(), c.wait_port_size()}) {
      if (n != extended) sound = false;
    }
    wait_source = &c;
    previous.id = first_id - 1;
    if (left > 0) next_id = previous.id + 1 + ids.next();
  }
  bool sound = true;
  std::uint32_t scope, left;
  std::uint64_t next_id = 0;
  Previous previous;
  Column<std::uint64_t> ids;
  Column<std::int64_t> ends, lengths, values, addresses, macs, tiles, bytes;
  Column<std::uint64_t> causes;
  Column<std::int32_t> units, names, requests, ops;
  Column<std::uint32_t> tasks, reasons, channels, slots, operands, rows, columns, links, waits;
  const proto::Columns* wait_source;
  int wait_at = 0;
};

bool fits(std::int64_t value, std::int64_t limit) { return value >= 0 && value < limit; }

// The columns of small numbers. Null, or what is wrong.
const char* narrow_fields(Cursor& c, Record& r) {
  const std::uint32_t reason = c.reasons.next(), operand = c.operands.next(), link = c.links.next();
  const std::uint32_t channel = c.channels.next(), slot = c.slots.next(), rows = c.rows.next(),
                      columns = c.columns.next();
  if (reason >= kReasonCount || operand > 3 || link > 8 || channel > 255 || slot > 255 || rows > 0xffff ||
      columns > 0xffff) {
    return "number out of range";
  }
  r.reason = static_cast<Reason>(reason);
  r.operand = static_cast<Operand>(operand);
  r.link = static_cast<Link>(link);
  r.channel = static_cast<std::uint8_t>(channel);
  r.slot = static_cast<std::uint8_t>(slot);
  r.rows = static_cast<std::uint16_t>(rows);
  r.columns = static_cast<std::uint16_t>(columns);
  return nullptr;
}

// The record behind a transfer's that holds its waits.
Record waits(Cursor& c) {
  Record r;
  r.name = Name::waits;
  r.start = base::Ps{c.wait_source->wait_channel(c.wait_at)};
  r.bytes = c.wait_source->wait_noc(c.wait_at);
  r.payload = c.wait_source->wait_dram(c.wait_at);
  r.end = base::Ps{c.wait_source->wait_port(c.wait_at)};
  ++c.wait_at;
  return r;
}

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
      while (i < kNames && to_string(static_cast<Name>(i)) != text) ++i;
      if (i == kNames) return why = "record name \"" + text + "\" that this version does not know", false;
      names.push_back(static_cast<Name>(i));
    }
    return true;
  }
  [[nodiscard]] const char* next(Cursor& c, Record& r, Record* extension, bool& extended) const;
};

// Null, or what is wrong with the record.
const char* BlockDecoder::State::next(Cursor& c, Record& r, Record* extension, bool& extended) const {
  Previous& p = c.previous;
  const std::uint64_t id = c.next_id;
  p.id = id;
  p.end = plus(p.end, c.ends.next());
  r.end = base::Ps{p.end};
  r.start = base::Ps{delta(p.end, c.lengths.next())};
  p.unit = static_cast<std::int32_t>(plus(p.unit, c.units.next()));
  p.name = static_cast<std::int32_t>(plus(p.name, c.names.next()));
  p.request = static_cast<std::int32_t>(plus(p.request, c.requests.next()));
  p.op = static_cast<std::int32_t>(plus(p.op, c.ops.next()));
  p.tile = plus(p.tile, c.tiles.next());
  if (!fits(p.unit, static_cast<std::int64_t>(units.size()))) return "unknown unit";
  if (static_cast<std::uint32_t>(units[static_cast<std::size_t>(p.unit)].scope) != c.scope)
    return "unit of another scope";
  if (!fits(p.name, static_cast<std::int64_t>(names.size()))) return "unknown name";
  if (!fits(p.request, 0x10000) || !fits(p.op + 1, 0x10000) || !fits(p.tile + 1, std::int64_t{1} << 32))
    return "number out of range";
  r.unit = static_cast<std::uint16_t>(p.unit);
  r.name = names[static_cast<std::size_t>(p.name)];
  r.request = static_cast<std::uint16_t>(p.request);
  r.op = p.op < 0 ? kNoOperator : static_cast<std::uint16_t>(p.op);
  r.tile = p.tile < 0 ? kNoTile : static_cast<std::uint32_t>(p.tile);
  r.task = c.tasks.next();
  const std::uint64_t back = c.causes.next();
  if (back >= id && back != 0) return "cause before the first record";
  r.cause = back == 0 ? kNoCause : id - back;
  r.bytes = c.bytes.next();
  if (has_address(c.scope)) {
    r.payload = plus(p.address, c.addresses.next());
    p.address = plus(r.payload, r.bytes);
  } else if (has_macs(c.scope)) {
    r.payload = c.macs.next();
  } else {
    r.payload = p.value = plus(p.value, c.values.next());
  }
  if (const char* wrong = narrow_fields(c, r)) return wrong;
  extended = c.waits.next() == 1;
  if (extended) *extension = waits(c);
  if (--c.left > 0) c.next_id = id + 1 + c.ids.next();
  return nullptr;
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
  for (const proto::Columns& c : s.block.scope()) {
    if (c.scope() >= kScopes || c.count() > kBlockRecords) return why = "block with a wrong scope", false;
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
    Record r, extension;
    bool extended = false;
    if (const char* wrong = s.next(*first, r, &extension, extended)) {
      return why = std::string(wrong) + " in record " + std::to_string(id), false;
    }
    out.ids.push_back(id);
    out.records.push_back(r);
    if (extended) out.records.push_back(extension);
  }
  return true;
}

}  // namespace tessera::trace
