// A block as its bytes lie in the file, read by hand and not through the schema.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/trace/synthetic.h"
#include "trace/file/block_codec.h"

namespace tessera::trace {
namespace {

// The block's own bytes, read by hand: every field of a record stands in the column whose number the schema gives.
std::set<std::uint64_t> columns_of(const std::string& block) {
  const auto varint = [](std::string_view& in) {
    std::uint64_t v = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(in.front());
      in.remove_prefix(1);
      v |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return v;
    }
  };
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

}  // namespace
}  // namespace tessera::trace
