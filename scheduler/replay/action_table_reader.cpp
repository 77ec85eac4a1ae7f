// Reads action tables: a header that names columns in any order, then one action a row.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>

#include "arch/spec/cap_range.h"
#include "base/config/node.h"
#include "base/config/quantity.h"
#include "base/config/suggest.h"
#include "scheduler/replay/action_order.h"
#include "scheduler/replay/action_table.h"
#include "scheduler/replay/csv_rows.h"
#include "scheduler/replay/tile_names.h"

namespace tessera::scheduler {
namespace {

using Column = ActionColumn;

constexpr std::size_t kMostProblems = 20;
constexpr std::size_t kNoCell = static_cast<std::size_t>(-1);

base::Result<std::string> read_whole(const std::filesystem::path& file) {
  constexpr std::uintmax_t kMostBytes = std::uintmax_t{4} << 30;
  if (const auto missing = base::why_missing(file)) return base::failure({file.string(), 0, 0}, *missing);
  std::error_code error;
  if (const auto size = std::filesystem::file_size(file, error); !error && size > kMostBytes)
    return base::failure({file.string(), 0, 0}, fmt::format("has {} B; a table has at most {}", size, kMostBytes));
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) return base::failure({file.string(), 0, 0}, "cannot be read");
  return text;
}

class Reader {
 public:
  Reader(std::string_view text, const std::string& file, const models::Network& network, const TileGraph& graph,
         const arch::NpuSpec& npu)
      : rows_(text, file), names_(network, graph), graph_(graph), npu_(npu), dispatched_(graph.tiles.size()),
        row_of_(graph.tiles.size()) {
    plan_.file = file;
    columns_.fill(kNoCell);
  }

  base::Result<ActionPlan> read(bool per_core) {
    if (read_header()) {
      for (CsvRow row; problems_.list().size() < kMostProblems && rows_.next(row);) read_row(row);
      problems_.append(rows_.fault());
    }
    if (problems_.list().size() >= kMostProblems) problems_.add({plan_.file, 0, 0}, "further rows were not looked at");
    if (problems_.empty()) check_missing();
    if (problems_.empty()) check_cores();
    if (!problems_.empty()) return problems_;
    if (const auto fault = find_order_fault(plan_, graph_, npu_, names_, per_core))
      return base::Diagnostics(one(rows_.problem(fault->line, 1, fault->text)));
    return std::move(plan_);
  }

 private:
  static base::Diagnostics one(base::Diagnostic problem) {
    base::Diagnostics list;
    list.add(std::move(problem));
    return list;
  }
  static std::string name(Column c) { return std::string(kActionColumns[static_cast<std::size_t>(c)]); }

  bool read_header() {
    CsvRow header;
    if (!rows_.next(header)) {
      if (rows_.fault().empty())
        problems_.add({plan_.file, 1, 1},
                      fmt::format("is empty; a table of actions begins with the names of its columns, of {}",
                                  fmt::join(kActionColumns, ", ")));
      problems_.append(rows_.fault());
      return false;
    }
    for (std::size_t i = 0; i < header.size(); ++i) read_column(header[i], i);
    cells_ = header.size();
    if (!problems_.empty()) return false;
    if (columns_[index(Column::core)] == kNoCell) problems_.add(rows_.problem(header.front(), "has no column core"));
    if (columns_[index(Column::tile)] == kNoCell && columns_[index(Column::op)] == kNoCell)
      problems_.add(rows_.problem(
          header.front(), "has neither a column tile (ids) nor a column operator (names, with group and slice)"));
    return problems_.empty();
  }
  void read_column(const CsvCell& cell, std::size_t i) {
    const auto known = std::ranges::find(kActionColumns, cell.text);
    if (known == kActionColumns.end()) {
      const std::vector<std::string> all(kActionColumns.begin(), kActionColumns.end());
      problems_.add(rows_.problem(cell, fmt::format("unknown column \"{}\"{}; there are {}", cell.text,
                                                    base::did_you_mean(cell.text, all), fmt::join(all, ", "))));
      return;
    }
    std::size_t& place = columns_[static_cast<std::size_t>(known - kActionColumns.begin())];
    if (place != kNoCell) problems_.add(rows_.problem(cell, fmt::format("column {} is there twice", cell.text)));
    place = i;
  }
  static std::size_t index(Column c) { return static_cast<std::size_t>(c); }

  // Null where the column is missing or the cell is empty.
  [[nodiscard]] const CsvCell* find(const CsvRow& row, Column c) const {
    const std::size_t i = columns_[index(c)];
    return i == kNoCell || row[i].text.empty() ? nullptr : &row[i];
  }
  void report(const CsvCell& cell, std::string text) { problems_.add(rows_.problem(cell, std::move(text))); }
  [[nodiscard]] const CsvCell& place(const CsvRow& row, Column c) const {
    const CsvCell* cell = find(row, c);
    return cell == nullptr ? row.front() : *cell;
  }

  // A whole number in [0, most]; nothing after a problem, or where the cell is empty.
  std::optional<std::int64_t> number(const CsvRow& row, Column c, std::int64_t most) {
    const CsvCell* cell = find(row, c);
    if (cell == nullptr) return std::nullopt;
    std::int64_t value = 0;
    const char *begin = cell->text.data(), *end = begin + cell->text.size();
    const auto [stop, error] = std::from_chars(begin, end, value);
    if (error == std::errc{} && stop == end && value >= 0 && value <= most) return value;
    report(*cell, fmt::format("{} is \"{}\", not a whole number from 0 to {}", name(c), cell->text, most));
    return std::nullopt;
  }
  template <std::size_t N>
  std::optional<std::size_t> word(const CsvRow& row, Column c, const std::array<const char*, N>& words,
                                  std::size_t fallback) {
    const CsvCell* cell = find(row, c);
    if (cell == nullptr) return fallback;
    for (std::size_t i = 0; i < N; ++i)
      if (cell->text == words[i]) return i;
    report(*cell, fmt::format("{} is \"{}\", not one of {}", name(c), cell->text, fmt::join(words, ", ")));
    return std::nullopt;
  }

  void read_row(const CsvRow& row) {
    if (row.size() != cells_)
      return report(row.front(), fmt::format("has {} cells, and the header has {}", row.size(), cells_));
    const std::size_t before = problems_.list().size();
    PlannedAction planned;
    planned.line = row.front().line;
    constexpr std::array kActions{"dispatch", "prefetch", "wait", "end", "undispatch", "cap"};
    const auto action = word(row, Column::action, kActions, 0);
    if (!action) return;
    if (const auto start = number(row, Column::start, kLastTime)) planned.start = base::Ps{*start};
    if (*action == 3) return read_end(row, planned);
    if (const auto s = number(row, Column::scheduler, kAnyScheduler - 1))
      planned.scheduler = static_cast<std::uint32_t>(*s);
    if (*action == 0) read_dispatch(row, planned);
    if (*action == 1) read_prefetch(row, planned);
    if (*action == 2) read_wait(row, planned);
    if (*action == 4) read_undispatch(row, planned);
    if (*action == 5) read_cap(row, planned);
    if (problems_.list().size() != before) return;
    if (const auto* d = std::get_if<Dispatch>(&planned.action)) row_of_[d->tile] = plan_.actions.size();
    plan_.actions.push_back(planned);
  }
  void read_end(const CsvRow& row, const PlannedAction& planned) {
    if (find(row, Column::start) == nullptr)
      report(row.front(), "an end says in start_ps when the run is expected to be over");
    plan_.makespan = planned.start;
  }
  void read_wait(const CsvRow& row, PlannedAction& planned) {
    const auto until = number(row, Column::until, kLastTime);
    if (until) planned.action = Wait{base::Ps{*until}};
    else if (find(row, Column::until) == nullptr) report(row.front(), "a wait needs a time in until_ps");
  }
  void read_dispatch(const CsvRow& row, PlannedAction& planned) {
    Dispatch d;
    const auto tile = read_tile(row);
    d.core = read_core(row);
    d.channel[0] = read_channel(row, Column::input_channel);
    d.channel[1] = read_channel(row, Column::weight_channel);
    if (!tile) return;
    d.tile = *tile;
    planned.action = d;
    int& line = dispatched_[d.tile];
    if (line != 0)
      report(place(row, Column::tile), fmt::format("{} is dispatched here and in line {}", names_.text(d.tile), line));
    line = planned.line;
  }
  void read_prefetch(const CsvRow& row, PlannedAction& planned) {
    Prefetch p;
    const auto tile = read_tile(row);
    p.core = read_core(row);
    constexpr std::array kOperands{"input", "weight"};
    const auto operand = word(row, Column::operand, kOperands, 1);
    if (!tile || !operand) return;
    p.tile = *tile;
    p.operand = static_cast<std::uint8_t>(*operand);
    p.channel = read_channel(row, p.operand == 0 ? Column::input_channel : Column::weight_channel);
    planned.action = p;
    const BlockId block = p.operand == 0 ? graph_.tiles[p.tile].input : graph_.tiles[p.tile].weight;
    if (block == kNoId || !graph_.blocks[block].constant)
      report(place(row, Column::operand), fmt::format("the {} of {} is not constant, so it cannot be prefetched",
                                                      kOperands[p.operand], names_.text(p.tile)));
  }
  // The group is to be dispatched again.
  void read_undispatch(const CsvRow& row, PlannedAction& planned) {
    const auto tile = read_tile(row);
    if (!tile) return;
    const Tile& what = graph_.tiles[*tile];
    if (what.slice != 0)
      return report(place(row, Column::tile), fmt::format("{} is slice {} of its group, which is taken back by its "
                                                          "first, tile {}",
                                                          names_.text(*tile), what.slice, *tile - what.slice));
    if (dispatched_[*tile] == 0)
      return report(place(row, Column::tile),
                    fmt::format("{} is taken back and not dispatched before", names_.text(*tile)));
    const auto at = row_of_[*tile];
    const auto* before = at < plan_.actions.size() ? std::get_if<Dispatch>(&plan_.actions[at].action) : nullptr;
    if (before != nullptr && find(row, Column::core) != nullptr && read_core(row) != before->core)
      return report(place(row, Column::core), fmt::format("{} is taken back from core {}, to which line {} dispatches "
                                                          "it",
                                                          names_.text(*tile), before->core, dispatched_[*tile]));
    planned.action = Undispatch{*tile};
    for (TileId t = *tile; t < *tile + what.slices; ++t) dispatched_[t] = 0;
  }
  void read_cap(const CsvRow& row, PlannedAction& planned) {
    const auto channel = number(row, Column::channel, std::ssize(npu_.dma.channels) - 1);
    if (!channel && find(row, Column::channel) == nullptr) report(row.front(), "a cap needs a DMA channel in channel");
    const CsvCell* cell = find(row, Column::rate);
    if (cell == nullptr)
      return report(row.front(), "a cap needs a rate, such as \"13.6 B/cycle\", or \"none\", which lifts it");
    if (!channel) return;
    Cap cap{static_cast<std::uint32_t>(*channel), {}};
    if (cell->text != "none") {
      const auto rate = base::parse_quantity(cell->text, base::Dimension::rate);
      if (!rate.value) return report(*cell, fmt::format("rate is \"{}\": {}", cell->text, rate.problem));
      cap.rate = base::ByteRate::of_thousandths(*rate.value);
      const arch::CapRange range = arch::cap_range(npu_, cap.channel);
      if (cap.rate < range.least || cap.rate > range.most)
        return report(*cell,
                      fmt::format("rate is {}; a cap of channel {} is from {} to {}, or \"none\"", cell->text, *channel,
                                  base::format_quantity(range.least.thousandths, base::Dimension::rate),
                                  base::format_quantity(range.most.thousandths, base::Dimension::rate)));
    }
    planned.action = cap;
  }
  std::uint32_t read_core(const CsvRow& row) {
    const auto core = number(row, Column::core, npu_.cores - 1);
    if (!core && find(row, Column::core) == nullptr)
      report(row.front(), fmt::format("has no core; the machine has cores 0 to {}", npu_.cores - 1));
    return static_cast<std::uint32_t>(core.value_or(0));
  }
  std::int32_t read_channel(const CsvRow& row, Column c) {
    const CsvCell* cell = find(row, c);
    if (cell == nullptr || cell->text == "any") return kAnyChannel;
    return static_cast<std::int32_t>(number(row, c, std::ssize(npu_.dma.channels) - 1).value_or(kAnyChannel));
  }

  // By its id, by its name, or by both, which then have to agree.
  std::optional<TileId> read_tile(const CsvRow& row) {
    std::optional<TileId> id;
    if (find(row, Column::tile) != nullptr) {
      const auto given = number(row, Column::tile, std::ssize(graph_.tiles) - 1);
      if (!given) return std::nullopt;
      id = static_cast<TileId>(*given);
    }
    if (find(row, Column::op) != nullptr) {
      const auto named = read_name(row, id);
      if (!named) return std::nullopt;
      if (id && *id != *named) {
        report(place(row, Column::tile),
               fmt::format("tile {} has another name here: {}; the row names tile {}", *id, names_.text(*id), *named));
        return std::nullopt;
      }
      id = named;
    }
    if (!id) report(row.front(), "names no tile: it needs an id in tile, or a name in operator");
    else if (graph_.tiles[*id].kind == TileKind::host)
      report(place(row, Column::tile),
             fmt::format("{} is a task of the host, which no scheduler dispatches", names_.text(*id)));
    else return id;
    return std::nullopt;
  }
  // What the row leaves out is the first, or as the id has it.
  std::optional<TileId> read_name(const CsvRow& row, std::optional<TileId> id) {
    const CsvCell& cell = *find(row, Column::op);
    const auto op = names_.find_operator(cell.text);
    if (!op) {
      report(cell, fmt::format("there is no operator \"{}\"{}", cell.text,
                               base::did_you_mean(cell.text, names_.operator_names())));
      return std::nullopt;
    }
    const TileName given = id ? names_.of(*id) : TileName{};
    const std::size_t before = problems_.list().size();
    const auto part = [&](Column c, std::uint32_t known, std::int64_t count) {
      return static_cast<std::uint32_t>(number(row, c, count - 1).value_or(known));
    };
    const std::uint32_t request = part(Column::request, given.request, std::ssize(graph_.requests));
    if (problems_.list().size() != before) return std::nullopt;
    const std::uint32_t groups = names_.groups(*op, request);
    if (groups == 0) {
      report(cell, fmt::format("operator \"{}\" has no tiles", cell.text));
      return std::nullopt;
    }
    const std::uint32_t index = part(Column::group, given.index, groups);
    if (problems_.list().size() != before) return std::nullopt;
    const Group& group = graph_.groups[names_.group(*op, request, std::min(index, groups - 1))];
    const std::uint32_t slice = part(Column::slice, given.slice, group.slices);
    if (problems_.list().size() != before) return std::nullopt;
    return group.first + std::min(slice, group.slices - 1);
  }

  void check_missing() {
    std::vector<TileId> missing;
    for (TileId t = 0; t < dispatched_.size(); ++t)
      if (dispatched_[t] == 0 && graph_.tiles[t].kind != TileKind::host) missing.push_back(t);
    if (missing.empty()) return;
    problems_.add({plan_.file, 0, 0},
                  fmt::format("{} of {} tiles are not dispatched, the first of them {}", missing.size(),
                              graph_.tiles.size() - graph_.host_tasks.size(), names_.text(missing.front())));
  }
  // Slices of a group on one core. Where a group is taken back, its last dispatches are judged.
  void check_cores() {
    for (std::size_t i = 0; i < plan_.actions.size(); ++i) {
      const PlannedAction& row = plan_.actions[i];
      const auto* d = std::get_if<Dispatch>(&row.action);
      if (d == nullptr || graph_.tiles[d->tile].slice == 0 || problems_.list().size() >= kMostProblems) continue;
      const TileId first = graph_.groups[graph_.tiles[d->tile].group].first;
      const std::uint32_t core = std::get<Dispatch>(plan_.actions[row_of_[first]].action).core;
      if (row_of_[d->tile] != i || core == d->core) continue;
      problems_.add(rows_.problem(
          row.line, 1,
          fmt::format("{} is slice {} of the group of tile {}, which line {} dispatches to core {}: "
                      "it runs there too, not on core {}",
                      names_.text(d->tile), graph_.tiles[d->tile].slice, first, dispatched_[first], core, d->core)));
    }
  }

  static constexpr std::int64_t kLastTime = std::int64_t{1} << 61;

  CsvRows rows_;
  TileNames names_;
  const TileGraph& graph_;
  const arch::NpuSpec& npu_;
  std::array<std::size_t, kActionColumns.size()> columns_{};  // cell of each column
  std::size_t cells_ = 0;
  std::vector<int> dispatched_;      // line, by tile; 0: not, or taken back
  std::vector<std::size_t> row_of_;  // its last dispatch, by tile
  ActionPlan plan_;
  base::Diagnostics problems_;
};

}  // namespace

base::Result<ActionPlan> read_action_table(const std::filesystem::path& file, const models::Network& network,
                                           const TileGraph& graph, const arch::NpuSpec& npu, bool per_core) {
  const auto text = read_whole(file);
  if (!text) return text.problems();
  return Reader(*text, file.string(), network, graph, npu).read(per_core);
}

}  // namespace tessera::scheduler
