#include "trace/analysis/critical_path.h"

#include <algorithm>

#include "trace/record/spans.h"

namespace tessera::trace {

base::Ps CriticalPath::sum() const {
  base::Ps total{0};
  for (const base::Ps p : length) total += p;
  return total;
}

void CriticalPathWalk::consume(std::span<const Record> records, std::uint64_t first_id) {
  for_each_span(records, first_id, [this](const SpanView& s) { add(s.id, s.record); });
}

void CriticalPathWalk::add(std::uint64_t id, const Record& r) {
  if (spec(r.name).path == PathPart::unexplained) return;
  nodes_.push_back({id, r.cause, r.start, r.end, r.tile, r.op, r.unit, r.has(Field::core) ? r.core() : std::uint16_t{0},
                    r.name, r.link, r.has(Field::operand) ? r.operand() : Operand::none});
}

const CriticalPathWalk::Node* CriticalPathWalk::find(std::uint64_t id) const {
  std::size_t high = nodes_.size(), step = 1, low = high;
  while (low > 0 && nodes_[low - 1].id >= id) {
    high = low;
    low -= std::min(low, step);
    step *= 2;
  }
  const auto first = nodes_.begin() + static_cast<std::ptrdiff_t>(low);
  const auto last = nodes_.begin() + static_cast<std::ptrdiff_t>(high);
  const auto it = std::lower_bound(first, last, id, [](const Node& n, std::uint64_t v) { return n.id < v; });
  return it != last && it->id == id ? &*it : nullptr;
}

void CriticalPathWalk::add_step(base::Ps begin, base::Ps end, PathPart part, const Node* node) {
  if (end <= begin) return;
  path_.length[static_cast<std::size_t>(part)] += end - begin;
  if (part == PathPart::unexplained) {
    path_.problems.push_back("record " + std::to_string(node->id) + " (" + std::string(to_string(node->name)) +
                             ") starts at " + std::to_string(end.count()) + " ps, and nothing explains the time from " +
                             std::to_string(begin.count()) + " ps");
  }
  path_.steps.push_back({begin, end, part, node->link, node->id, node->tile, node->op});
}

const CriticalPathWalk::Node* CriticalPathWalk::step_back(const Node& node, base::Ps& until) {
  until = node.start;
  if (node.cause == kNoCause) {
    add_step(base::Ps{0}, node.start,
             node.name == Name::arrival                ? PathPart::arrival
             : spec(node.name).gap == PathPart::policy ? PathPart::policy
                                                       : PathPart::unexplained,
             &node);
    return nullptr;
  }
  ++path_.links[static_cast<std::size_t>(node.link)];
  const Node* cause = find(node.cause);
  const bool started = node.link == Link::start_of;
  if (cause == nullptr || cause->id >= node.id || (started ? cause->start : cause->end) > node.start) {
    path_.problems.push_back("record " + std::to_string(node.id) + " (" + std::string(to_string(node.name)) + " at " +
                             std::to_string(node.start.count()) + " ps): cause " + std::to_string(node.cause) +
                             (cause == nullptr ? " is not in the trace" : " had not ended"));
    add_step(base::Ps{0}, node.start, PathPart::unexplained, &node);
    return nullptr;
  }
  if (!started || cause->end < node.start) {
    add_step(cause->end, node.start, spec(node.name).gap, &node);
    until = cause->end;
  }
  return cause;
}

void CriticalPathWalk::walk(const Node* node) {
  base::Ps until = node->end;
  while (node != nullptr) {
    add_step(std::min(node->start, until), until, spec(node->name).path, node);
    node = step_back(*node, until);
  }
  std::reverse(path_.steps.begin(), path_.steps.end());
}

void CriticalPathWalk::finish(base::Ps) {
  const auto last_of = [this](auto... names) {
    const Node* last = nullptr;
    for (const Node& n : nodes_)
      if (((n.name == names) || ...) && (last == nullptr || n.end >= last->end)) last = &n;
    return last;
  };
  const Node* last = last_of(Name::store, Name::host_task);
  if (last == nullptr) last = last_of(Name::arrival);  // a network without tiles
  if (last == nullptr) return;
  path_.makespan = last->end;
  walk(last);
}

}  // namespace tessera::trace
