#include "trace/analysis/critical_path.h"

#include <algorithm>

namespace tessera::trace {
namespace {

constexpr std::array<std::string_view, kPathParts> kParts{
    "arrival", "policy", "dispatch", "load", "compute", "drain", "vector", "post", "store", "sync", "unexplained"};

PathPart part_of(Name name) {
  switch (name) {
    case Name::arrival: return PathPart::arrival;
    case Name::decision:
    case Name::prefetch: return PathPart::dispatch;
    case Name::load: return PathPart::load;
    case Name::store: return PathPart::store;
    case Name::compute: return PathPart::compute;
    case Name::drain: return PathPart::drain;
    case Name::vector: return PathPart::vector;
    case Name::post: return PathPart::post;
    default: return PathPart::unexplained;
  }
}

// What the time between a cause's end and this span's start is.
PathPart gap_of(Name name) {
  switch (name) {
    case Name::compute:
    case Name::vector:
    case Name::post: return PathPart::sync;
    case Name::decision:
    case Name::prefetch: return PathPart::policy;
    default: return PathPart::unexplained;
  }
}

}  // namespace

std::string_view to_string(PathPart p) { return kParts[static_cast<std::size_t>(p)]; }

base::Ps CriticalPath::sum() const {
  base::Ps total{0};
  for (const base::Ps p : length) total += p;
  return total;
}

void CriticalPathWalk::consume(std::span<const Record> records, std::uint64_t first_id) {
  std::uint64_t id = first_id;
  for (const Record& r : records) {
    if (r.name == Name::waits) continue;
    if (part_of(r.name) != PathPart::unexplained)
      nodes_.push_back({id, r.cause, r.start, r.end, r.tile, r.op, r.name, r.link});
    ++id;
  }
}

const CriticalPathWalk::Node* CriticalPathWalk::find(std::uint64_t id) const {
  const auto it =
      std::lower_bound(nodes_.begin(), nodes_.end(), id, [](const Node& n, std::uint64_t v) { return n.id < v; });
  return it != nodes_.end() && it->id == id ? &*it : nullptr;
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
             node.name == Name::arrival              ? PathPart::arrival
             : gap_of(node.name) == PathPart::policy ? PathPart::policy
                                                     : PathPart::unexplained,
             &node);
    return nullptr;
  }
  ++path_.links[std::min<std::size_t>(static_cast<std::size_t>(node.link), 8)];
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
    add_step(cause->end, node.start, gap_of(node.name), &node);
    until = cause->end;
  }
  return cause;
}

void CriticalPathWalk::walk(const Node* node) {
  base::Ps until = node->end;
  while (node != nullptr) {
    add_step(std::min(node->start, until), until, part_of(node->name), node);
    node = step_back(*node, until);
  }
  std::reverse(path_.steps.begin(), path_.steps.end());
}

void CriticalPathWalk::finish(base::Ps) {
  const Node* last = nullptr;
  for (const Node& n : nodes_) {
    if (n.name == Name::store && (last == nullptr || n.end >= last->end)) last = &n;
  }
  if (last == nullptr) return;
  path_.makespan = last->end;
  walk(last);
}

}  // namespace tessera::trace
