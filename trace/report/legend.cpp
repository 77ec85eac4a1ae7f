#include <fmt/format.h>

#include <vector>

#include "trace/analysis/measure_table.h"
#include "trace/report/columns.h"
#include "trace/report/text.h"

namespace tessera::trace {
namespace {

constexpr std::size_t kWidth = 118;

// A definition up to its first semicolon.
template <class Row>
std::string phrase(const MeasureTable<Row>& table, const std::string& id) {
  const Measure<Row>* measure = table.find(id);
  assert(measure != nullptr);
  return measure->definition.substr(0, measure->definition.find(';'));
}

template <class Row, std::size_t N>
std::vector<std::string> explain(const std::array<Column, N>& columns, const MeasureTable<Row>& table) {
  std::vector<std::string> parts;
  for (const Column& c : columns) {
    if (c.show != Show::plain) parts.push_back(fmt::format("{}: {}", c.title, phrase(table, std::string(c.id))));
  }
  return parts;
}

// "[1] a; b; c.", broken at blanks, the second line on under the first word.
std::string note(int number, const std::vector<std::string>& parts) {
  std::string text = fmt::format("[{}]", number), line = text;
  text.clear();
  const std::string all = fmt::format("{}.", fmt::join(parts, "; "));
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t end = std::min(all.find(' ', at), all.size());
    if (line.size() + 1 + end - at > kWidth) {
      text += line + "\n";
      line = "   ";
    }
    line += ' ' + all.substr(at, end - at);
    at = end + 1;
  }
  return text + line + "\n";
}

}  // namespace

std::string legend() {
  const auto latency = [](const char* title, const std::string& what) { return fmt::format("{}: {}", title, what); };
  auto cores = explain(kCoreColumns, core_measures());
  cores.emplace_back("U = union; of a core and its own transfers, from queueing to the last answer");
  auto channels = explain(kChannelColumns, channel_measures());
  channels.emplace_back("waits summed over transfers");
  return note(1, cores) +
         note(2,
              {"exactly one reason for every picosecond that a unit does not work", "a column adds up to the window"}) +
         note(3, {phrase(operand_measures(), "effectiveness"), phrase(operand_measures(), "verdict")}) +
         note(4,
              {latency("load to compute", phrase(run_measures(), "load_to_compute.mean_ps")),
               latency("compute to writeback", phrase(run_measures(), "compute_to_writeback.mean_ps")),
               latency("tile gap", phrase(core_measures(), "tile_gap.mean_ps")),
               latency("request", phrase(run_measures(), "request_latency.mean_ps")), "percentiles by nearest rank"}) +
         note(5, channels) + note(6, {phrase(operator_measures(), "active_ps")}) +
         note(7, {"chain of spans and waits from the last store back to the first arrival",
                  "its parts add up to the makespan"});
}

}  // namespace tessera::trace
