#include "trace/report/document.h"

namespace tessera::trace {
namespace {

template <class Row>
void put_list(base::JsonDocument& document, std::string_view key, const MeasureTable<Row>& table,
              const std::vector<Row>& rows, Level level) {
  document.open_list(key);
  for (const Row& row : rows) put_row(document, document.append(key), table, row, level);
}

void put_steps(base::JsonDocument& document, const CriticalPath& path) {
  const std::string place = std::string(kPathKey) + '.';
  document.open_list(place + "steps");
  for (const PathStep& step : path.steps) {
    const std::string at = document.append(place + "steps");
    document.put(at + "begin_ps", step.begin);
    document.put(at + "end_ps", step.end);
    document.put(at + "part", to_string(step.part));
    document.put(at + "record", step.record);
    document.put(at + "tile", step.tile == kNoTile ? base::Value{} : base::value_of(step.tile));
    document.put(at + "operator", step.op == kNoOperator ? base::Value{} : base::value_of(step.op));
  }
  document.put_list(place + "problems", path.problems);
}

}  // namespace

void put_path(base::JsonDocument& document, const CriticalPath& path) {
  put_row(document, std::string(kPathKey) + '.', path_measures(), path);
}

void put_run(base::JsonDocument& document, const MeasuresResult& m) {
  for_each_run_value(m, [&](const MeasureInfo& info, const base::Value& value) { document.put(info.id, value); });
}

void put_rows(base::JsonDocument& document, const MeasuresResult& m) {
  put_list(document, kCoresKey, core_measures(), m.cores, m.level);
  for (std::size_t o = 0; o < m.operands.size(); ++o) {
    const std::string place = std::string(kOperandsKey) + '.' + std::string(to_string(static_cast<Operand>(o))) + '.';
    put_row(document, place, operand_measures(), m.operands[o], m.level);
  }
  put_list(document, kChannelsKey, channel_measures(), m.channels, m.level);
  put_list(document, kOperatorsKey, operator_measures(), m.operators, m.level);
}

std::string analysis_json(const RunName& name, const MeasuresResult& m, const CriticalPath* path) {
  base::JsonDocument document("tessera.analysis/1");
  put_row(document, "", name_measures(), name);
  put_run(document, m);
  put_rows(document, m);
  if (path != nullptr) {
    put_path(document, *path);
    put_steps(document, *path);
  } else {
    document.put(kPathKey, base::Value{});
  }
  return document.text();
}

}  // namespace tessera::trace
