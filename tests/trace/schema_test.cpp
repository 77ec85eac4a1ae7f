// The record schema: what the tables say of themselves, and that a record keeps what its fields are given.
#include <gtest/gtest.h>

#include <set>

#include "trace/record/field_value.h"
#include "trace/record/spans.h"

namespace tessera::trace {
namespace {

// A number for each field that no other field of the same record has.
std::int64_t distinct(Field f) {
  if (spec(f).words != nullptr) return spec(f).word_count - 1;
  return f == Field::write ? 1 : 100 + static_cast<std::int64_t>(f);
}

TEST(RecordSchema, ARecordKeepsEachOfItsFields) {
  for (const RecordSpec& kind : kRecords) {
    if (is_extension(kind.name)) continue;
    Record r;
    r.name = kind.name;
    for (const FieldSpec& f : kFields) {
      if (kind.fields.has(f.field)) set(r, f.field, distinct(f.field));
    }
    for (const FieldSpec& f : kFields) {
      const std::int64_t expected = kind.fields.has(f.field) ? distinct(f.field) : f.absent;
      EXPECT_EQ(get(r, f.field), expected) << kind.word << "." << f.key;
    }
  }
}

TEST(RecordSchema, AFieldHoldsItsLargestNumber) {
  for (const RecordSpec& kind : kRecords) {
    for (const FieldSpec& f : kFields) {
      if (is_extension(kind.name) || !kind.fields.has(f.field) || f.words != nullptr || f.bits == 64) continue;
      Record r;
      r.name = kind.name;
      const std::int64_t most = (std::int64_t{1} << f.bits) - (f.absent < 0 ? 2 : 1);
      set(r, f.field, most);
      EXPECT_EQ(get(r, f.field), most) << kind.word << "." << f.key;
      EXPECT_TRUE(in_range(f.field, most));
      EXPECT_FALSE(in_range(f.field, most + 1)) << f.key;
    }
  }
}

TEST(RecordSchema, RangesEndAtTheWordsAndAtNone) {
  EXPECT_TRUE(in_range(Field::tile, -1));
  EXPECT_FALSE(in_range(Field::tile, -2));
  EXPECT_FALSE(in_range(Field::task, -1));
  EXPECT_TRUE(in_range(Field::reason, 14));
  EXPECT_FALSE(in_range(Field::reason, 15));
  EXPECT_FALSE(in_range(Field::operand, 4));
  EXPECT_TRUE(in_range(Field::address, -5));
}

TEST(RecordSchema, NoneIsSaidByTheFieldsThatHaveIt) {
  Record load;
  load.name = Name::load;
  EXPECT_FALSE(says(load, Field::tile));
  EXPECT_FALSE(says(load, Field::operand));
  EXPECT_TRUE(says(load, Field::slot)) << "slot 0 is a slot";
  EXPECT_FALSE(says(load, Field::rows)) << "a transfer has no rows of PEs";
  load.tile = 0;
  EXPECT_TRUE(says(load, Field::tile));
}

TEST(RecordSchema, OnlyFoldsAnswersAndStallsThatProlongLieInsideAnotherSpan) {
  for (const RecordSpec& kind : kRecords) {
    Record r;
    r.name = kind.name;
    EXPECT_EQ(r.nests(), kind.name == Name::fold || is_of_policy(kind.name)) << kind.word;
  }
  Record stall;
  for (const ReasonSpec& reason : kReasons) {
    stall.set_reason(reason.reason);
    EXPECT_EQ(stall.nests(), reason.reason == Reason::sram_conflict || reason.reason == Reason::trace_buffer);
  }
}

TEST(RecordSchema, WordsAreUnique) {
  std::set<std::string_view> names, keys, reasons;
  for (const RecordSpec& r : kRecords) EXPECT_TRUE(names.insert(r.word).second) << r.word;
  for (const FieldSpec& f : kFields) EXPECT_TRUE(keys.insert(f.key).second) << f.key;
  for (const ReasonSpec& r : kReasons) EXPECT_TRUE(reasons.insert(r.word).second) << r.word;
}

TEST(RecordSchema, EveryRecordButTheExtensionHasALane) {
  for (const RecordSpec& r : kRecords) EXPECT_EQ(r.scopes == 0, r.name == Name::waits) << r.word;
  EXPECT_TRUE(allowed_on(Name::stall, Scope::pe));
  EXPECT_TRUE(allowed_on(Name::stall, Scope::vector));
  EXPECT_FALSE(allowed_on(Name::stall, Scope::dma));
}

TEST(Spans, AnExtensionComesWithItsSpanAndTakesNoId) {
  Record load, store;
  load.name = Name::load;
  store.name = Name::store;
  const Waits waits{base::Ps{1}, base::Ps{2}, base::Ps{3}};
  const std::vector<Record> records{Record::extension({}), load, Record::extension(waits), store};
  std::vector<std::uint64_t> ids;
  std::vector<std::size_t> lengths;
  std::vector<Waits> seen;
  for_each_span(records, 7, [&](const SpanView& s) {
    ids.push_back(s.id);
    lengths.push_back(s.records().size());
    seen.push_back(s.waits());
  });
  EXPECT_EQ(ids, (std::vector<std::uint64_t>{7, 8})) << "an extension without a span is skipped";
  EXPECT_EQ(lengths, (std::vector<std::size_t>{2, 1}));
  EXPECT_EQ(seen, (std::vector<Waits>{waits, Waits{}}));
}

}  // namespace
}  // namespace tessera::trace
