#include "trace/analysis/measures.h"

#include <algorithm>

#include "trace/analysis/measures_state.h"
#include "trace/record/spans.h"

namespace tessera::trace {
namespace {

bool is_work(Name n) { return n == Name::compute || n == Name::vector || n == Name::post; }

}  // namespace

std::string_view to_string(Buffering b) {
  constexpr std::array<std::string_view, 3> kWords{"working", "partly", "single-buffered in effect"};
  return kWords[static_cast<std::size_t>(b)];
}

Ps UnitTime::sum() const {
  Ps total = busy;
  for (const Ps p : stall) total += p;
  return total;
}

Measures::State::State(std::vector<UnitInfo> u, const TileTable& t, RunFacts f)
    : units(std::move(u)), tiles(t), facts(f), channel_of(units.size(), kNone), operators(t.operators.size()),
      tile_state(t.tiles.size()), decided(t.tiles.size()) {
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (units[i].core != UnitInfo::kNoCore && units[i].core >= cores.size()) cores.resize(units[i].core + 1u);
    if (units[i].scope != Scope::dma) continue;
    channel_of[i] = channels.size();
    channels.emplace_back().measures.name = units[i].path;
  }
}

TileState& Measures::State::tile(std::uint32_t id) {
  if (id >= tile_state.size()) tile_state.resize(id + 1u);
  return tile_state[id];
}

OperatorState* Measures::State::op(std::uint16_t id) {
  if (id == kNoOperator) return nullptr;
  if (id >= operators.size()) operators.resize(id + 1u);
  return &operators[id];
}

void Measures::State::add_work(const Record& r) {
  CoreState& core = cores[units[r.unit].core];
  const bool array = r.name == Name::compute;
  UnitTime& time = array ? core.measures.array : core.measures.vector;
  const Ps length = r.end - r.start;
  const std::int64_t macs = r.has(Field::macs) ? r.macs() : 0;
  time.busy += length;
  core.compute.add(r.start, r.end);
  if (array) {
    core.measures.macs += macs;
    if (core.computes++ > 0) core.gaps.push_back(r.start - core.last_compute_end);
    core.last_compute_end = r.end;
  } else {
    out.macs += macs;  // done on the vector unit: no share of the array's utilization
    core.last_vector_end = r.end;
  }
  if (OperatorState* o = op(r.op)) {
    o->active.add(r.start, r.end);
    (array ? o->measures.array_busy : o->measures.vector_busy) += length;
    o->measures.macs += macs;
  }
  if (r.tile == kNoTile) return;
  TileState& t = tile(r.tile);
  t.work_end = std::max(t.work_end, r.end);
  if (r.name != Name::post && t.last_load > Ps{-1}) load_to_compute.push_back(r.start - t.last_load);
}

// A stall that lies inside the span of its unit (trace_buffer: the unit waits after its task) is not busy time.
void Measures::State::add_stall(const Record& r) {
  CoreState& core = cores[units[r.unit].core];
  const bool array = units[r.unit].scope == Scope::pe;
  UnitTime& time = array ? core.measures.array : core.measures.vector;
  time.stall[static_cast<std::size_t>(r.reason())] += r.end - r.start;
  if (r.nests()) {
    time.busy -= std::max(Ps{0}, std::min(r.end, array ? core.last_compute_end : core.last_vector_end) - r.start);
  }
}

void Measures::State::add_transfer(const Record& r, const Waits& waits) {
  const bool load = r.name == Name::load;
  if (r.tile != kNoTile) {
    TileState& t = tile(r.tile);
    if (load) {
      t.last_load = std::max(t.last_load, r.end);
    } else {
      t.store_end = std::max(t.store_end, r.end);
    }
  }
  if (r.core() < cores.size()) cores[r.core()].transfer.add(r.start, r.end);
  if (channel_of[r.unit] != kNone) {
    ChannelState& c = channels[channel_of[r.unit]];
    ++c.measures.transfers;
    (load ? c.measures.read_bytes : c.measures.write_bytes) += r.bytes();
    c.active.add(r.start, r.end);
    c.measures.waits[0] += waits.channel;
    c.measures.waits[1] += waits.noc;
    c.measures.waits[2] += waits.dram;
  }
  if (OperatorState* o = op(r.op)) {
    (load ? o->measures.read_bytes : o->measures.write_bytes) += r.bytes();
    o->measures.last = std::max(o->measures.last, r.end);
  }
}

void Measures::State::add(const Record& r, const Waits& waits) {
  ++out.records;
  if (r.unit >= units.size()) return;
  const bool on_core = units[r.unit].core != UnitInfo::kNoCore;
  if (on_core && is_work(r.name)) return add_work(r);
  switch (r.name) {
    case Name::stall:
      if (on_core) add_stall(r);
      break;
    case Name::load:
    case Name::store: add_transfer(r, waits); break;
    case Name::decision:
      if (OperatorState* o = op(r.op)) {
        o->measures.first = o->measures.tiles == 0 ? r.start : std::min(o->measures.first, r.start);
        o->measures.tiles += first_decision(r.tile) ? 1 : 0;
      }
      break;
    case Name::host_task:
      ++out.host_tasks;
      out.host_busy += r.end - r.start;
      if (OperatorState* o = op(r.op)) {
        if (o->measures.tiles++ == 0) o->measures.first = r.start;
        o->measures.last = std::max(o->measures.last, r.end);
        o->active.add(r.start, r.end);
      }
      break;
    case Name::fill:
    case Name::draining:
      if (on_core && r.operand() != Operand::none)
        cores[units[r.unit].core].fill[static_cast<std::size_t>(r.operand())].add(r.start, r.end);
      break;
    case Name::request:
      requests.add(r.start, r.end);
      request_latency.push_back(r.end - r.start);
      break;
    default: break;
  }
}

Measures::Measures(std::vector<UnitInfo> units, const TileTable& tiles, RunFacts facts)
    : state_(std::make_unique<State>(std::move(units), tiles, facts)) {}
Measures::~Measures() = default;

void Measures::consume(std::span<const Record> records, std::uint64_t) {
  for_each_span(records, [this](const SpanView& s) { state_->add(s.record, s.waits()); });
}

void Measures::finish(Ps end) { state_->finish(end); }
void Measures::set_wasted_bytes(std::int64_t bytes) { state_->facts.wasted_bytes = bytes; }
const MeasuresResult& Measures::result() const { return state_->out; }

}  // namespace tessera::trace
