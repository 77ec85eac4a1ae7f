// Records to column blocks and back (trace.proto, Block). Private to reader and writer: protobuf stays in the .cpp.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "trace/file/trace_header.h"
#include "trace/record/spans.h"

namespace tessera::trace {

inline constexpr std::uint32_t kBlockRecords = 16384;

// Records of a block as a Consumer gets them (extensions behind their span), and the id of each span.
struct RecordBatch {
  std::vector<Record> records;
  std::vector<std::uint64_t> ids;
  void clear() {
    records.clear();
    ids.clear();
  }
};

// Calls visit(SpanView) for every span of the batch.
template <class Visit>
void for_each_span(const RecordBatch& batch, Visit&& visit) {
  std::size_t at = 0;
  for_each_span(batch.records, [&](const SpanView& s) { visit(SpanView{s.record, batch.ids[at++], s.extension}); });
}

struct BlockSummary {
  std::uint64_t first_id = 0;
  std::uint32_t count = 0;
  base::Ps min_start{0}, max_end{0};
  std::uint64_t unit_mask = 0;  // bit (unit mod 64) of every unit with a record
  std::uint64_t content = 0;    // sum over its records: a change of any value changes it (docs/trace.md, content)
  friend bool operator==(const BlockSummary&, const BlockSummary&) = default;
};

class BlockEncoder {
 public:
  explicit BlockEncoder(const std::vector<UnitInfo>& units);
  ~BlockEncoder();
  // The record's unit must be one of the table. Ids ascend.
  void add(const SpanView& span);
  [[nodiscard]] std::uint32_t count() const;
  // The block's bytes and summary; starts the next block.
  BlockSummary finish(std::string& out);
  [[nodiscard]] const std::vector<std::string>& strings() const;  // the string table so far

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class BlockDecoder {
 public:
  explicit BlockDecoder(const std::vector<UnitInfo>& units);
  ~BlockDecoder();
  // Appends to `out`, which the caller clears. False with `why` set if the bytes are not a block of this trace.
  [[nodiscard]] bool decode(const std::string& bytes, RecordBatch& out, std::string& why);
  [[nodiscard]] const BlockSummary& summary() const;       // of the block decoded last
  [[nodiscard]] const std::vector<Name>& strings() const;  // the string table so far

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tessera::trace
