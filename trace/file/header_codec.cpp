#include "trace/file/header_codec.h"

#include <algorithm>

#include "trace.pb.h"
#include "trace/file/wire_limits.h"

namespace tessera::trace {
namespace {

constexpr const char* kMagic = "tessera trace";
constexpr std::uint32_t kMaxScope = kScopeWords.size() - 1;

// More than any trace has; the tables of units and operators are those that 16 bits can number.
constexpr std::uint64_t kMaxNumbered = 0xffff, kMaxClocks = 16, kMaxPairs = 1024, kMaxWords = 256;
constexpr WireLimit kWordLimits[] = {{2, kMaxWords}};
constexpr WireLimit kSumLimits[] = {{3, OperatorSums::kCount, true}};
constexpr WireLimit kHeaderLimits[] = {
    {5, kMaxClocks}, {6, kMaxNumbered}, {7, kMaxPairs}, {12, kFieldCount, false, kWordLimits}};

template <class Field>
void put_pairs(const std::map<std::string, std::string>& pairs, Field* field) {
  for (const auto& [key, value] : pairs) {
    proto::Pair* p = field->Add();
    p->set_key(key);
    p->set_value(value);
  }
}

// False where keys do not ascend.
template <class Field>
bool get_pairs(const Field& field, std::map<std::string, std::string>& out) {
  for (const proto::Pair& p : field) {
    if (!out.empty() && p.key() <= out.rbegin()->first) return false;
    out.emplace_hint(out.end(), p.key(), p.value());
  }
  return true;
}

void put_words(proto::Header& out) {
  for (const FieldSpec& f : kFields) {
    if (f.words == nullptr) continue;
    proto::Words* words = out.add_words();
    words->set_field(std::string(f.key));
    for (std::size_t i = 0; i < f.word_count; ++i) words->add_word(std::string(f.words[i]));
  }
}

// Whether the numbers of the file's columns stand for the words that this program knows.
bool same_words(const proto::Header& in) {
  proto::Header own;
  put_words(own);
  if (in.words_size() != own.words_size()) return false;
  for (int i = 0; i < own.words_size(); ++i) {
    if (in.words(i).SerializeAsString() != own.words(i).SerializeAsString()) return false;
  }
  return true;
}

}  // namespace

std::string encode_header(const TraceHeader& h) {
  proto::Header out;
  out.set_magic(kMagic);
  out.set_version(kFileVersion);
  out.set_writer(h.writer);
  out.set_level(std::string(to_string(h.level)));
  out.set_device(h.device);
  for (const ClockDomain& c : h.clocks) {
    proto::Clock* clock = out.add_clock();
    clock->set_name(c.name);
    clock->set_period_num_ps(static_cast<std::uint64_t>(c.clock.period_num()));
    clock->set_period_den(static_cast<std::uint64_t>(c.clock.period_den()));
  }
  for (std::size_t i = 0; i < h.units.size(); ++i) {
    const UnitInfo& u = h.units[i];
    proto::Unit* unit = out.add_unit();
    unit->set_id(static_cast<std::uint32_t>(i));
    unit->set_path(u.path);
    unit->set_scope(static_cast<std::uint32_t>(u.scope));
    unit->set_core_plus_1(u.core == UnitInfo::kNoCore ? 0u : u.core + 1u);
    unit->set_index(u.index);
    unit->set_clock(u.clock);
    unit->set_exclusive(u.exclusive);
  }
  put_pairs(h.meta, out.mutable_meta());
  put_words(out);
  return out.SerializeAsString();
}

namespace {

bool known_version(std::uint32_t version, std::string& why) {
  if (version == kFileVersion) return true;
  const std::string own = std::to_string(kFileVersion);
  why = version > kFileVersion
            ? "trace of version " + std::to_string(version) + "; this program reads up to " + own
            : "trace of the older version " + std::to_string(version) + "; this program reads version " + own;
  return false;
}

bool decode_units(const proto::Header& in, TraceHeader& h, std::string& why) {
  for (const proto::Unit& u : in.unit()) {
    if (u.id() != h.units.size() || u.scope() > kMaxScope || u.core_plus_1() > 0xffff || u.index() > 0xffff) {
      return why = "unit table with a wrong entry \"" + u.path() + "\"", false;
    }
    h.units.push_back({u.path(), static_cast<Scope>(u.scope()),
                       u.core_plus_1() == 0 ? UnitInfo::kNoCore : static_cast<std::uint16_t>(u.core_plus_1() - 1),
                       static_cast<std::uint16_t>(u.index()), u.clock(), u.exclusive()});
  }
  return true;
}

}  // namespace

bool decode_header(const std::string& bytes, TraceHeader& h, std::string& why) {
  proto::Header in;
  if (!within_limits(bytes, kHeaderLimits)) return why = "not a Tessera trace: a head of too many entries", false;
  if (!in.ParseFromString(bytes) || in.magic() != kMagic) return why = "not a Tessera trace", false;
  if (!known_version(in.version(), why)) return false;
  if (!same_words(in)) return why = "trace whose words (reasons, links, operands) this program does not know", false;
  const auto level = level_of(in.level());
  if (!level) return why = "unknown trace level \"" + in.level() + "\"", false;
  h = {};
  h.writer = in.writer();
  h.level = *level;
  h.device = in.device();
  for (const proto::Clock& c : in.clock()) {
    const auto num = static_cast<std::int64_t>(c.period_num_ps()), den = static_cast<std::int64_t>(c.period_den());
    if (num <= 0 || den <= 0) return why = "clock \"" + c.name() + "\" without a period", false;
    h.clocks.push_back({c.name(), base::Clock{num, den}});
  }
  if (!decode_units(in, h, why)) return false;
  if (!get_pairs(in.meta(), h.meta)) return why = "head whose meta keys do not ascend", false;
  return true;
}

std::string encode_index(const FileIndex& index) {
  proto::Index out;
  for (const BlockRef& b : index.blocks) {
    proto::BlockRef* ref = out.add_block();
    ref->set_offset(b.offset);
    ref->set_first_id(b.summary.first_id);
    ref->set_count(b.summary.count);
    ref->set_min_start_ps(b.summary.min_start.count());
    ref->set_max_end_ps(b.summary.max_end.count());
    ref->set_unit_mask_fold64(b.summary.unit_mask);
    ref->set_content(b.summary.content);
  }
  for (const std::string& s : index.strings) out.add_string(s);
  const Trailer& t = index.trailer;
  for (std::size_t i = 0; i < t.units.size(); ++i) {
    if (t.units[i] == UnitCount{}) continue;
    proto::UnitCount* u = out.add_unit();
    u->set_unit(static_cast<std::uint32_t>(i));
    u->set_emitted(t.units[i].emitted);
    u->set_kept(t.units[i].kept);
    u->set_lost(t.units[i].lost);
    for (const UnitCount::Range& r : t.units[i].lost_ranges) {
      u->add_lost_range_ps(r.begin.count());
      u->add_lost_range_ps(r.end.count());
    }
    u->set_wait_channel_ps(t.units[i].waits[0].count());
    u->set_wait_noc_ps(t.units[i].waits[1].count());
    u->set_wait_dram_ps(t.units[i].waits[2].count());
  }
  out.set_events(t.events);
  out.set_end_ps(t.end.count());
  out.set_chained_crc(index.chained_crc);
  out.set_head_crc(index.head_crc);
  for (const OperatorSums& op : t.operators) {
    proto::OperatorSums* sums = out.add_operator_();
    sums->set_name(op.name);
    sums->set_type(op.type);
    for (const std::uint64_t sum : op.sums) sums->add_sum(sum);
  }
  out.set_level(std::string(to_string(t.level)));
  out.set_device(t.device);
  out.set_clean_end(t.clean_end);
  put_pairs(t.meta, out.mutable_meta());
  return out.SerializeAsString();
}

namespace {

bool decode_counts(const proto::Index& in, Trailer& t, std::string& why) {
  std::int64_t before = -1;
  for (const proto::UnitCount& u : in.unit()) {
    if (u.unit() >= t.units.size() || static_cast<std::int64_t>(u.unit()) <= before || u.lost_range_ps_size() % 2 != 0)
      return why = "index with a wrong count of a unit", false;
    before = u.unit();
    UnitCount& count = t.units[u.unit()];
    count = {u.emitted(),
             u.kept(),
             u.lost(),
             {},
             {base::Ps{u.wait_channel_ps()}, base::Ps{u.wait_noc_ps()}, base::Ps{u.wait_dram_ps()}}};
    for (int i = 0; i < u.lost_range_ps_size(); i += 2) {
      count.lost_ranges.push_back({base::Ps{u.lost_range_ps(i)}, base::Ps{u.lost_range_ps(i + 1)}});
    }
    if (count == UnitCount{}) return why = "index with a unit without records", false;
  }
  return true;
}

}  // namespace

bool decode_index(const std::string& bytes, std::size_t units, std::uint64_t file_size, FileIndex& index,
                  std::string& why) {
  const WireLimit limits[] = {{1, file_size / kLeastBlockFrame},
                              {2, kNameCount},
                              {3, units},
                              {8, kMaxPairs},
                              {10, kMaxNumbered, false, kSumLimits}};
  proto::Index in;
  if (!within_limits(bytes, limits)) return why = "index of more entries than the file can have", false;
  if (!in.ParseFromString(bytes)) return why = "index that is not protobuf", false;
  index = {};
  for (const proto::BlockRef& b : in.block()) {
    index.blocks.push_back({b.offset(),
                            {b.first_id(), b.count(), base::Ps{b.min_start_ps()}, base::Ps{b.max_end_ps()},
                             b.unit_mask_fold64(), b.content()}});
  }
  index.strings.assign(in.string().begin(), in.string().end());
  Trailer& t = index.trailer;
  for (const proto::OperatorSums& op : in.operator_()) {
    OperatorSums sums{op.name(), op.type(), {}};
    if (op.sum_size() != static_cast<int>(sums.sums.size()))
      return why = "index with a wrong sum of an operator", false;
    std::copy(op.sum().begin(), op.sum().end(), sums.sums.begin());
    t.operators.push_back(std::move(sums));
  }
  const auto level = level_of(in.level());
  if (!level) return why = "index of an unknown trace level \"" + in.level() + "\"", false;
  t.level = *level;
  t.device = in.device();
  t.units.resize(units);
  if (!decode_counts(in, t, why)) return false;
  t.events = in.events();
  t.end = base::Ps{in.end_ps()};
  t.clean_end = in.clean_end();
  if (!get_pairs(in.meta(), t.meta)) return why = "index whose meta keys do not ascend", false;
  index.chained_crc = in.chained_crc();
  index.head_crc = in.head_crc();
  return true;
}

std::string encode_footer(const FileFooter& f) {
  proto::Footer out;
  out.set_index_offset(f.index_offset);
  out.set_file_size(f.file_size);
  return out.SerializeAsString();
}

std::optional<FileFooter> decode_footer(const std::string& bytes) {
  proto::Footer in;
  if (bytes.size() != kFooterPayload || !in.ParseFromString(bytes)) return std::nullopt;
  return FileFooter{in.index_offset(), in.file_size()};
}

}  // namespace tessera::trace
