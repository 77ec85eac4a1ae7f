#include "scheduler/tiling/pe_loops.h"

#include <algorithm>
#include <string_view>

namespace tessera::scheduler {

PeLoops::PeLoops(const PeCounts& c, const std::string& letters) : count{c.b, c.g, c.n, c.m, c.w} {
  std::size_t used = 0;
  for (const char letter : letters) {
    const auto loop = std::string_view("bgnm").find(letter);
    order[used++] = loop;
    if (loop == 3) order[used++] = 4;  // columns run inside their rows
  }
}

bool PeLoops::advance() {
  for (std::size_t i = order.size(); i-- > 0;) {
    if (++at[order[i]] < count[order[i]]) return true;
    at[order[i]] = 0;
  }
  return false;
}

std::uint32_t pe_core(const arch::NpuSpec& npu, const ScheduleSpec& schedule, const PeSizes& s, const PeCounts& c,
                      const PeLoops& loops, std::int64_t index) {
  const auto [b, g, n, m, w] = loops.at;
  const std::int64_t position = m * c.w + w, positions = c.m * c.w;
  if (schedule.core_split != CoreSplit::none) return split_core(schedule.core_split, npu.cores, g * c.n + n, position);
  const std::int64_t cores = s.cores > 0 ? s.cores : npu.cores;
  if (s.deal == Deal::chunks) return chunk_core(cores, index, c.groups());
  const bool m_inside_n = s.m_inside_n();
  const std::int64_t images = s.b_inside_n() ? c.b : 1, image = s.b_inside_n() ? b : 0;
  const std::int64_t all = images * positions, at = image * positions + position;
  const std::int64_t inner = m_inside_n ? all : c.n, outer = m_inside_n ? c.n : all;
  const std::int64_t at_inner = m_inside_n ? at : n, at_outer = m_inside_n ? n : at;
  const std::int64_t columns = std::min(cores, inner), teams = std::min(cores / columns, outer);
  return static_cast<std::uint32_t>(at_inner * columns / inner * (cores / columns) + at_outer * teams / outer);
}

}  // namespace tessera::scheduler
