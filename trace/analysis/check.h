// The invariants of a trace: what must hold in every one, whatever was simulated (the table: invariants.h). One line
// per violation, naming record and time. What a trace cannot show, because of its level, of records that were lost, or
// of a run that failed, is not judged, and unjudged() says so with the reason.
//
// Memory: about 60 bytes for each record that may be a cause, and 200 for each tile. After 1,000 violations the rest of
// the trace is counted and not judged.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "trace/analysis/invariants.h"
#include "trace/file/reader.h"
#include "trace/record/sink.h"

namespace tessera::trace {

class InvariantCheck : public Consumer {
 public:
  struct Unjudged {
    Invariant invariant;
    std::string why;
  };
  // Units and tile table outlive the check. `trailer` null: the file is truncated, itself a violation.
  InvariantCheck(const TraceHeader&, const TileTable&, const Trailer* trailer);
  ~InvariantCheck() override;
  void consume(std::span<const Record> records, std::uint64_t first_id) override;
  void finish(base::Ps end) override;

  // After finish().
  [[nodiscard]] const std::vector<std::string>& violations() const;  // at most 100, then how many more
  [[nodiscard]] std::vector<Invariant> held() const;
  [[nodiscard]] std::vector<Invariant> violated() const;
  [[nodiscard]] std::vector<Unjudged> unjudged() const;
  [[nodiscard]] bool failed_run() const;  // the trace says that its run did not end
  [[nodiscard]] std::uint64_t records() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tessera::trace
