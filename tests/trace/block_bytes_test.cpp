// A block as its bytes lie in the file, read by hand and not through the schema.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "tests/trace/synthetic.h"
#include "trace/file/block_codec.h"

namespace tessera::trace {
namespace {

// The block's own bytes, read by hand: every field of a record stands in the column whose number the schema gives.
std::uint64_t varint(std::string_view& in) {
  std::uint64_t v = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    v |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return v;
  }
}

std::set<std::uint64_t> columns_of(const std::string& block) {
  std::set<std::uint64_t> columns;
  const auto read = [&](auto& self, std::string_view in, bool inside) -> void {
    while (!in.empty()) {
      const std::uint64_t tag = varint(in), field = tag >> 3;
      if (inside) columns.insert(field);
      if ((tag & 7) == 0) {
        (void)varint(in);
        continue;
      }
      const std::uint64_t length = varint(in);
      if (!inside && field == 7) self(self, in.substr(0, length), true);
      in.remove_prefix(length);
    }
  };
  read(read, block, false);
  return columns;
}

TEST(Block, EveryFieldStandsInTheColumnThatTheSchemaNumbers) {
  const Lanes lanes = test::small_lanes(1);
  const auto units = lanes.units();
  for (const RecordSpec& kind : kRecords) {
    if (is_extension(kind.name)) continue;
    Record r;
    r.name = kind.name;
    r.end = base::Ps{5};
    while (!allowed_on(r.name, units[r.unit].scope)) ++r.unit;
    std::set<std::uint64_t> expected{1, 2, 4, 5};  // scope (0 of the scheduler is not written), count, end, length
    if (units[r.unit].scope == Scope::scheduler) expected.erase(1);
    if (r.unit != 0) expected.insert(6);
    for (const FieldSpec& f : kFields) {
      if (!r.has(f.field)) continue;
      set(r, f.field, f.field == Field::cause ? 3 : 1);
      expected.insert(f.column);
    }
    BlockEncoder encoder(units);
    const Record waits = Record::extension({base::Ps{1}, base::Ps{2}, base::Ps{3}});
    const bool transfer = units[r.unit].scope == Scope::dma;
    if (transfer) expected.insert({29, 24, 25, 26});
    encoder.add({r, 9, transfer ? &waits : nullptr});
    std::string block;
    encoder.finish(block);
    const auto found = columns_of(block);
    for (const std::uint64_t column : expected)
      EXPECT_TRUE(found.contains(column)) << kind.word << ", column " << column;
    for (const std::uint64_t column : found) {
      const bool may =
          expected.contains(column) || std::any_of(kFields.begin(), kFields.end(), [&](const FieldSpec& f) {
            return f.column == column && !r.has(f.field) && f.absent != 0;
          });
      EXPECT_TRUE(may) << kind.word << " should have no column " << column;
    }
  }
}

// The numbers of the one scope of a block, by column, as the file has them.
std::map<std::uint64_t, std::vector<std::uint64_t>> numbers_of(std::string_view block) {
  std::map<std::uint64_t, std::vector<std::uint64_t>> columns;
  const auto read = [&](auto& self, std::string_view in, bool inside) -> void {
    while (!in.empty()) {
      const std::uint64_t tag = varint(in);
      if ((tag & 7) == 0) {
        const std::uint64_t value = varint(in);
        if (inside) columns[tag >> 3].push_back(value);
        continue;
      }
      const std::uint64_t length = varint(in);
      std::string_view part = in.substr(0, length);
      if (!inside && tag >> 3 == 7) self(self, part, true);
      while (inside && !part.empty()) columns[tag >> 3].push_back(varint(part));
      in.remove_prefix(length);
    }
  };
  read(read, block, false);
  return columns;
}

// Signed numbers are written as 2n, negative ones as -2n - 1; `end` and the labels as differences to the record before.
TEST(Block, AnAnswerAndItsCandidateAreTheseNumbers) {
  const auto units = test::small_lanes(1).units();
  Record answer;
  answer.name = Name::answer;
  answer.unit = 1;
  answer.start = answer.end = base::Ps{5000};
  answer.request = 1;
  answer.op = 2;
  answer.tile = 40;
  answer.set_core(3);
  answer.set_operand(Operand::weight);
  answer.set_answer(AnswerKind::prefetch);
  answer.set_refusal(12);
  answer.set_argument(-7);
  answer.set_weighed(300);
  answer.set_backlog(4096);
  Record candidate;
  candidate.name = Name::candidate;
  candidate.unit = 1;
  candidate.start = candidate.end = base::Ps{5000};
  candidate.request = 1;
  candidate.op = 2;
  candidate.tile = 38;
  candidate.set_core(1);
  candidate.set_refusal(8);
  candidate.set_score(-3);
  candidate.set_busy(base::Ps{1000});
  candidate.set_queued(2);
  candidate.set_input_state(OperandState::filling);
  candidate.set_weight_state(OperandState::absent);
  candidate.set_free_outputs(6);
  BlockEncoder encoder(units);
  encoder.add({answer, 9, nullptr});
  encoder.add({candidate, 10, nullptr});
  std::string block;
  encoder.finish(block);
  auto found = numbers_of(block);
  using List = std::vector<std::uint64_t>;
  EXPECT_EQ(found[4], (List{10'000, 0})) << "end";
  EXPECT_EQ(found[8], (List{2, 0})) << "request";
  EXPECT_EQ(found[9], (List{4, 0})) << "operator";
  EXPECT_EQ(found[10], (List{80, 3})) << "tile";
  EXPECT_EQ(found[30], (List{3, 1})) << "core";
  EXPECT_EQ(found[19], (List{1, 3})) << "operand; 3: none";
  EXPECT_EQ(found[34], (List{1, 0})) << "answer";
  EXPECT_EQ(found[35], (List{12, 8})) << "refusal";
  EXPECT_EQ(found[36], (List{13, 0})) << "argument";
  EXPECT_EQ(found[37], (List{300, 0})) << "weighed";
  EXPECT_EQ(found[38], (List{8192, 0})) << "backlog";
  EXPECT_EQ(found[39], (List{0, 5})) << "score";
  EXPECT_EQ(found[40], (List{0, 2000})) << "busy";
  EXPECT_EQ(found[41], (List{0, 2})) << "queued";
  EXPECT_EQ(found[42], (List{0, 2})) << "input";
  EXPECT_EQ(found[43], (List{0, 1})) << "weights";
  EXPECT_EQ(found[44], (List{0, 6})) << "free output slots";
}

}  // namespace
}  // namespace tessera::trace
