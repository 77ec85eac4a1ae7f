// The invariants of a trace: what must hold in every one, whatever was simulated. One line per violation, naming
// record and time. What a trace's level or a failed run cannot show is not judged (notes() says so).
//
// Judged: spans end after they start and before the end of the run; lanes of exclusive units never overlap; every cause
// is older and had ended; busy + stalls + no_work = window for every array and vector unit, without a hole or an
// overlap; every tile has its decision and its task once, every group its store; MACs and bytes of each tile are those
// of the table (a reused operand moves none); no tile is decided, loaded or run before its producers are stored; the
// critical path adds up to the makespan; counts in the trailer.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "trace/file/reader.h"
#include "trace/record/sink.h"

namespace tessera::trace {

class InvariantCheck : public Consumer {
 public:
  // Units and tile table outlive the check. `trailer` null: the file is truncated, itself a violation.
  InvariantCheck(const TraceHeader&, const TileTable&, const Trailer* trailer);
  ~InvariantCheck() override;
  void consume(std::span<const Record> records, std::uint64_t first_id) override;
  void finish(base::Ps end) override;
  [[nodiscard]] const std::vector<std::string>& violations() const;  // after finish(); at most 100, then how many more
  [[nodiscard]] const std::vector<std::string>& notes() const;       // what could not be judged
  [[nodiscard]] std::uint64_t records() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tessera::trace
