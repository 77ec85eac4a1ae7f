#include "sim/config/request_list.h"

#include <fmt/format.h>

#include "base/config/map_reader.h"

namespace tessera::sim {

using base::Dimension;
using base::Node;
using base::Ps;
using scheduler::RequestEntry;

namespace {

constexpr std::size_t kMostRequests = 1'000'000;
constexpr base::Range kArrivals = base::Range::between(0, 1'000'000'000'000'000);
constexpr base::Range kDeadlines = base::Range::between(1, 1'000'000'000'000'000);
constexpr base::Range kPriorities = base::Range::between(-1000, 1000);

std::string time_text(Ps t) { return base::format_quantity(t.count(), Dimension::time); }

RequestEntry read_entry(const Node& node, const std::string& name, Ps before, bool first, base::Diagnostics& problems) {
  base::MapReader map(node, name, problems);
  RequestEntry entry;
  entry.arrival = Ps{map.quantity_or("arrival", before.count(), Dimension::time, kArrivals)};
  entry.priority = static_cast<std::int32_t>(map.integer_or("priority", 0, kPriorities));
  entry.deadline = Ps{map.quantity_or("deadline", 0, Dimension::time, kDeadlines)};
  if (!map.finish()) return entry;
  const Node* arrival = node.find("arrival");
  if (arrival == nullptr) return entry;
  if (first && entry.arrival > Ps{0})
    problems.add(arrival->problem(fmt::format(
        "{}.arrival is {}, and times count from the first arrival: write 0 s, and the others that much earlier", name,
        time_text(entry.arrival))));
  if (!first && entry.arrival < before)
    problems.add(
        arrival->problem(fmt::format("{}.arrival is {}, before that of the request before it, {}: requests "
                                     "stand in the order of their arrival",
                                     name, time_text(entry.arrival), time_text(before))));
  return entry;
}

}  // namespace

void read_request_list(const Node& node, const std::string& name, std::vector<RequestEntry>& list,
                       base::Diagnostics& problems) {
  list.clear();
  if (!node.is_list()) {
    problems.add(
        node.problem(fmt::format("{} must be a list of maps such as {{arrival: 20 us, priority: 1, deadline: "
                                 "500 us}}, not {}",
                                 name, node.describe())));
    return;
  }
  if (node.items.size() > kMostRequests) {
    problems.add(node.problem(fmt::format("{} has {} requests; at most {}", name, node.items.size(), kMostRequests)));
    return;
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const Ps before = list.empty() ? Ps{0} : list.back().arrival;
    list.push_back(read_entry(node.items[i], fmt::format("{}[{}]", name, i), before, i == 0, problems));
  }
}

Node write_request_list(const std::vector<RequestEntry>& list) {
  Node root = Node::make_list();
  for (const RequestEntry& entry : list) {
    Node map = Node::make_map();
    const auto put = [&map](const char* key, const std::string& value) {
      map.entries.push_back({Node::make_scalar(key), Node::make_scalar(value)});
    };
    put("arrival", time_text(entry.arrival));
    if (entry.priority != 0) put("priority", std::to_string(entry.priority));
    if (entry.deadline > Ps{0}) put("deadline", time_text(entry.deadline));
    root.items.push_back(std::move(map));
  }
  return root;
}

}  // namespace tessera::sim
