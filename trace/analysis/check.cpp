#include "trace/analysis/check.h"

#include <algorithm>

#include "trace/analysis/check_state.h"

namespace tessera::trace {

Scene::Scene(const TraceHeader& h, const TileTable& t, const Trailer* tr)
    : header(h), tiles(t), trailer(tr), facts(facts_of(h, tr)) {
  if (!h.clocks.empty()) core_clock = h.clocks[0].clock;
  if (h.clocks.size() > 1) interconnect_clock = h.clocks[1].clock;
  if (tr != nullptr) {
    for (const UnitCount& u : tr->units) lost += u.lost;
  }
  tile_level = h.level >= Level::tile;
  lossless = tr != nullptr ? lost == 0 : !h.device;
  clean = tr != nullptr && tr->clean_end;
  answers = !h.device && facts.decisions != 0;
  without_answers = h.device && facts.decisions != 0;
}

CheckState::CheckState(const TraceHeader& h, const TileTable& t, const Trailer* tr)
    : scene(h, t, tr), tiles(t.tiles.size()), lanes(h.units.size()) {
  std::size_t core_count = 0;
  for (const UnitInfo& u : h.units) {
    if (u.core != UnitInfo::kNoCore) core_count = std::max<std::size_t>(core_count, u.core + 1u);
  }
  cores.resize(core_count);
  find_slots();
  deciding.resize(h.units.size());
  answers.resize(h.units.size());
}

// The slots of a core are its last units: input, weight, output.
void CheckState::find_slots() {
  for (std::size_t u = 0; u < scene.header.units.size(); ++u) {
    const UnitInfo& unit = scene.header.units[u];
    if (unit.scope != Scope::sram || unit.core >= cores.size()) continue;
    CoreSeen& core = cores[unit.core];
    if (core.first_slot == 0) core.first_slot = u;
    std::size_t o = 0;
    while (o < 2 && unit.path.find(std::string(kOperandWords[o]) + "[") == std::string::npos) ++o;
    if (unit.index == 0) core.offset[o] = u - core.first_slot;
    core.slots[o] = std::max<std::size_t>(core.slots[o], unit.index + 1u);
  }
}

struct InvariantCheck::State : CheckState {
  using CheckState::CheckState;
  void judge(const SpanView& s);
};

void InvariantCheck::State::judge(const SpanView& s) {
  ++records;
  if (judgement.enough() || !judge_record(*this, s)) return;
  judge_labels(*this, s);
  judge_host(*this, s);
  judge_peak(*this, s);
  if (!scene.tile_level) return;
  if (scene.lossless) path.add(s.id, s.record);
  // Judged against what came before it, and then noted.
  if (scene.table) {
    judge_cause(*this, s);
    judge_stall(*this, s);
    judge_slot(*this, s);
    judge_tile(*this, s);
  }
  judge_answer(*this, s);
  judge_cap(*this, s);
  judge_detail(*this, s);
  judge_lane(*this, s);
}

InvariantCheck::InvariantCheck(const TraceHeader& header, const TileTable& tiles, const Trailer* trailer)
    : state_(std::make_unique<State>(header, tiles, trailer)) {
  State& s = *state_;
  judge_head(s);
  s.scene.table = judge_table(s);
}
InvariantCheck::~InvariantCheck() = default;

void InvariantCheck::consume(std::span<const Record> records, std::uint64_t first_id) {
  for_each_span(records, first_id, [this](const SpanView& s) { state_->judge(s); });
}

void InvariantCheck::finish(base::Ps end) {
  State& s = *state_;
  if (!s.judgement.enough()) {
    finish_trailer(s, end);
    finish_lanes(s, end);
    finish_host(s);
    finish_peaks(s, end);
    if (s.scene.table && s.scene.lossless && s.scene.trailer != nullptr) finish_launches(s);
    if (s.scene.all()) {
      finish_tiles(s);
      finish_answers(s);
      finish_tasks(s);
      finish_stalls(s);
      finish_slots(s);
      finish_details(s);
    }
  }
  s.judgement.close();
}

const std::vector<std::string>& InvariantCheck::violations() const { return state_->judgement.lines(); }
std::uint64_t InvariantCheck::records() const { return state_->records; }
bool InvariantCheck::failed_run() const {
  return state_->scene.trailer != nullptr && !state_->scene.trailer->clean_end;
}

namespace {

// Why the trace cannot show what is needed; empty where it can.
std::string lacks(const Scene& scene, Need need) {
  const std::string level(to_string(scene.header.level));
  switch (need) {
    case Need::trailer: return scene.trailer == nullptr ? "the trace is truncated" : "";
    case Need::tile_level: return scene.tile_level ? "" : "level " + level + " does not keep tiles";
    case Need::lossless:
      if (scene.lossless) return "";
      return scene.trailer == nullptr ? "the trace buffer may have lost records"
                                      : "the trace buffer lost " + std::to_string(scene.lost) + " records";
    case Need::clean:
      if (scene.clean) return "";
      return scene.trailer == nullptr ? "the trace is truncated" : "the run failed";
    case Need::table: return scene.table ? "" : "there is no sound tile table";
    case Need::fold_level: return scene.header.level >= Level::fold ? "" : "level " + level + " does not keep folds";
    case Need::answers: return scene.answers ? "" : "the policy's answers were not recorded";
    case Need::burst_level:
      return scene.header.level >= Level::burst ? "" : "level " + level + " does not keep packets";
  }
  return "";
}

std::string lacks(const Scene& scene, const InvariantSpec& i) {
  for (std::size_t n = 0; n < kNeedCount; ++n) {
    if (!i.needs.has(static_cast<Need>(n))) continue;
    if (std::string why = lacks(scene, static_cast<Need>(n)); !why.empty()) return why;
  }
  return "";
}

}  // namespace

std::vector<Invariant> InvariantCheck::violated() const {
  std::vector<Invariant> list;
  for (const InvariantSpec& i : kInvariants) {
    if (!state_->judgement.holds(i.invariant)) list.push_back(i.invariant);
  }
  return list;
}

std::vector<Invariant> InvariantCheck::held() const {
  std::vector<Invariant> list;
  for (const InvariantSpec& i : kInvariants) {
    if (state_->judgement.holds(i.invariant) && lacks(state_->scene, i).empty()) list.push_back(i.invariant);
  }
  return list;
}

std::vector<InvariantCheck::Unjudged> InvariantCheck::unjudged() const {
  std::vector<Unjudged> list;
  for (const InvariantSpec& i : kInvariants) {
    std::string why = lacks(state_->scene, i);
    if (state_->judgement.holds(i.invariant) && !why.empty()) list.push_back({i.invariant, std::move(why)});
  }
  return list;
}

}  // namespace tessera::trace
