#include <fmt/format.h>

#include <vector>

#include "trace/analysis/measure_table.h"
#include "trace/report/columns.h"
#include "trace/report/text.h"

namespace tessera::trace {
namespace {

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

std::string note(int number, const std::vector<std::string>& parts, std::size_t width) {
  return wrapped(fmt::format("[{}] ", number), fmt::format("{}.", fmt::join(parts, "; ")), width);
}

}  // namespace

std::string legend(const CriticalPath* path, const Screen& screen) {
  const auto latency = [](const char* title, const std::string& what) { return fmt::format("{}: {}", title, what); };
  auto cores = explain(kCoreColumns, core_measures());
  cores.emplace_back("U = union; of a core and its own transfers, from queueing to the last answer");
  const std::vector<std::vector<std::string>> notes{
      cores,
      {"exactly one reason for every picosecond that a unit does not work", "a column adds up to the window"},
      {phrase(operand_measures(), "effectiveness"), phrase(operand_measures(), "verdict")},
      {latency("load to compute", phrase(run_measures(), "load_to_compute.mean_ps")),
       latency("compute to writeback", phrase(run_measures(), "compute_to_writeback.mean_ps")),
       latency("tile gap", phrase(core_measures(), "tile_gap.mean_ps")),
       latency("request", phrase(run_measures(), "request_latency.mean_ps")), "percentiles by nearest rank"},
      explain(kChannelColumns, channel_measures()),
      {"summed over transfers"},
      {phrase(operator_measures(), "active_ps")},
      {"chain of spans and waits from the last store back to the first arrival", "its parts add up to the makespan"}};
  std::string text;
  const std::size_t shown = notes.size() - (path == nullptr ? 1 : 0);
  for (std::size_t i = 0; i < shown; ++i) text += note(static_cast<int>(i) + 1, notes[i], screen.width);
  return text;
}

}  // namespace tessera::trace
