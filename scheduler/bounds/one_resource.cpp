#include "scheduler/bounds/one_resource.h"

#include <algorithm>
#include <queue>

namespace tessera::scheduler {

using base::Ps;

Ps one_resource_bound(std::vector<ResourceTask> tasks) {
  std::erase_if(tasks, [](const ResourceTask& t) { return t.work <= Ps{0}; });
  std::ranges::sort(tasks, {}, &ResourceTask::head);
  const auto shorter_tail = [](const ResourceTask& a, const ResourceTask& b) { return a.tail < b.tail; };
  std::priority_queue<ResourceTask, std::vector<ResourceTask>, decltype(shorter_tail)> waiting(shorter_tail);
  Ps now{0}, bound{0};
  for (std::size_t next = 0; next < tasks.size() || !waiting.empty();) {
    if (waiting.empty()) now = std::max(now, tasks[next].head);
    while (next < tasks.size() && tasks[next].head <= now) waiting.push(tasks[next++]);
    ResourceTask task = waiting.top();
    waiting.pop();
    if (next < tasks.size() && tasks[next].head < now + task.work) {
      task.work -= tasks[next].head - now;
      now = tasks[next].head;
      waiting.push(task);
      continue;
    }
    now += task.work;
    bound = std::max(bound, now + task.tail);
  }
  return bound;
}

}  // namespace tessera::scheduler
