// The critical path of a run (docs/semantics.md 12.3): the chain of spans and waits from the last store back to time 0.
// Its lengths add up to the makespan exactly. What a record may name as its cause stands in docs/trace.md, "Causes and
// links"; in short: a cause ended at or before its successor's start. With Link::start_of the cause had only started,
// and counts up to that start. What lies between a cause and its successor is the gap of the record schema: `sync`
// before the work of an array or a vector unit, `policy` before a decision, and nothing before other spans.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "trace/record/sink.h"

namespace tessera::trace {

struct PathStep {  // [begin, end) of the makespan
  base::Ps begin{0}, end{0};
  PathPart part = PathPart::unexplained;
  Link link = Link::none;    // why the path goes from this step to the one before it
  std::uint64_t record = 0;  // sync and policy: the record that waited; arrival: 0 if before the first record
  std::uint32_t tile = kNoTile;
  std::uint16_t op = kNoOperator;
};

struct CriticalPath {
  std::vector<PathStep> steps;                           // in time; steps without length are left out
  std::array<base::Ps, kPathParts> length{};             // by part
  std::array<std::uint64_t, kLinkWords.size()> links{};  // by Link: how often the path jumps for this reason
  base::Ps makespan{0};                                  // end of the last store or task of the host
  std::vector<std::string> problems;                     // causes that break the rules above; empty on a sound trace
  [[nodiscard]] base::Ps sum() const;
};

// Keeps the spans that causes can name (48 bytes each) and walks at the end.
class CriticalPathWalk : public Consumer {
 public:
  struct Node {
    std::uint64_t id, cause;
    base::Ps start, end;
    std::uint32_t tile;
    std::uint16_t op, unit;
    std::uint16_t core;  // 0 of a record without the field
    Name name;
    Link link;
    Operand operand;
  };
  static_assert(sizeof(Node) == 48);

  void consume(std::span<const Record> records, std::uint64_t first_id) override;
  void add(std::uint64_t id, const Record&);  // ids ascend
  void finish(base::Ps end) override;
  [[nodiscard]] const CriticalPath& path() const { return path_; }
  // Null where there is no such record. Looks from the end: causes are mostly young.
  [[nodiscard]] const Node* find(std::uint64_t id) const;

 private:
  void add_step(base::Ps begin, base::Ps end, PathPart part, const Node* node);
  void walk(const Node* node);
  // Explains [0, node.start): returns the next node, and moves `until` to where its own span counts up to.
  const Node* step_back(const Node& node, base::Ps& until);
  std::vector<Node> nodes_;  // ascending ids
  CriticalPath path_;
};

}  // namespace tessera::trace
