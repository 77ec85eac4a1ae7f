#include "scheduler/dispatch/dispatcher.h"

#include <algorithm>
#include <cassert>

#include "scheduler/dispatch/dispatcher_state.h"
#include "scheduler/policy/policy_fault.h"

namespace tessera::scheduler {

using base::Ps;
using Kind = Event::Kind;

Dispatcher::Dispatcher(const TileGraph& graph, const arch::NpuSpec& npu, const arch::MachineLimits& limits,
                       const ScheduleSpec& schedule, const trace::Lanes& lanes, Policy& policy, Machine& machine,
                       trace::Sink& sink)
    : lanes_(&lanes), state_(std::make_unique<State>(graph, npu, limits, schedule, lanes, policy, machine, sink)) {}
Dispatcher::~Dispatcher() = default;

// Per-unit sequences: an array has one compute, a vector unit one task under way; results go by tile, answers by id.
void Dispatcher::compute_done(Ps now, std::uint32_t core, Ps conflict, Ps trace_wait) {
  state_->post({now, lanes_->pe_array(core), 0, Kind::compute_done, core, 0, conflict, trace_wait});
}
void Dispatcher::result_done(Ps now, std::uint32_t core, TileId tile) {
  state_->post({now, lanes_->pe_drain(core), tile, Kind::result_done, core, tile, Ps{0}, Ps{0}});
}
void Dispatcher::vector_done(Ps now, std::uint32_t core, Ps trace_wait) {
  state_->post({now, lanes_->vector_unit(core), 0, Kind::vector_done, core, 0, Ps{0}, trace_wait});
}
void Dispatcher::transfer_done(Ps now, const arch::TransferDone& answer) { state_->transfer_answer(now, answer); }
void Dispatcher::record_answers() { state_->records_answers = true; }
void Dispatcher::on_action(std::function<void(const TakenAction&)> told) { state_->on_action = std::move(told); }
void Dispatcher::stop_after(Ps limit) { state_->time_limit = limit; }
void Dispatcher::settle(Ps now) {
  try {
    state_->settle(now);
  } catch (const PolicyFault& fault) {
    state_->fail(fault.what());
  }
}
Ps Dispatcher::next() const { return state_->run == RunState::running ? state_->next() : base::kNever; }
RunState Dispatcher::state() const { return state_->run; }
Ps Dispatcher::makespan() const { return state_->makespan; }
std::string Dispatcher::failure() const { return state_->failure; }
std::string Dispatcher::wait_chain(std::size_t lines) const { return state_->wait_chain(lines); }
std::uint32_t Dispatcher::tiles_done() const { return state_->tiles_done; }
const DispatchCounts& Dispatcher::counts() const { return state_->counts; }
const std::vector<Ps>& Dispatcher::request_ends() const { return state_->request_end; }
void Dispatcher::finish(Ps end) { state_->finish(end); }

Dispatcher::State::State(const TileGraph& graph, const arch::NpuSpec& npu, const arch::MachineLimits& limits,
                         const ScheduleSpec& schedule, const trace::Lanes& lanes, Policy& policy, Machine& machine,
                         trace::Sink& sink)
    : graph_(graph), npu_(npu), limits_(limits), schedule_(schedule), lanes_(lanes), policy_(policy), machine_(machine),
      recorder_(graph, lanes, sink), book_(graph, npu, limits, schedule, machine, recorder_), use_(graph, npu, machine),
      shared_(graph), tiles_(graph.tiles.size()), groups_(graph.groups.size()),
      schedulers_(static_cast<std::size_t>(npu.scheduler.count)), caps_(npu.dma.channels.size()) {
  const auto cores = static_cast<std::size_t>(npu.cores);
  for (auto& set : ready_) set = IdSet(graph.tiles.size());
  for (auto& set : accepting_) set = IdSet(cores);
  continuing_ = IdSet(cores);
  cores_.reserve(cores);
  for (std::uint32_t c = 0; c < cores; ++c) {
    cores_.emplace_back(graph, shared_, static_cast<std::uint32_t>(graph.slots[0]),
                        static_cast<std::uint32_t>(graph.slots[1]), static_cast<std::uint32_t>(graph.slots[2]));
    refresh(c);
  }
  const std::size_t requests = graph.requests.size();
  operator_.resize(graph.operators());
  groups_left_.resize(requests);
  arrivals_.resize(requests);
  arrival_record_.resize(requests);
  arrived_.resize(requests);
  for (const Request& r : graph.requests) request_end.push_back(r.tiles == 0 ? r.arrival : base::kNever);
  for (GroupId g = 0; g < groups_.size(); ++g) {
    const Group& group = graph.groups[g];
    groups_[g].pending = static_cast<std::uint32_t>(graph.predecessors(g).size()) + 1;
    groups_[g].results_left = group.slices;
    ++operator_state(group.request, group.op).left;
    ++groups_left_[group.request];
    arrivals_[group.request].push_back(g);
  }
  for (std::uint32_t r = 0; r < requests; ++r) {
    inbox_.push({graph.requests[r].arrival, lanes.host(), r, Kind::arrival, r, 0, Ps{0}, Ps{0}});
  }
  undispatched_ = static_cast<std::uint32_t>(tiles_.size() - graph.host_tasks.size());
  groups_undone_ = static_cast<std::uint32_t>(groups_.size());
  to_arrive_ = static_cast<std::uint32_t>(requests);
  try {
    policy_.begin(*this);
    subscribed_ = policy_.subscriptions();
  } catch (const PolicyFault& fault) {
    fail(fault.what());
  }
}

void Dispatcher::State::transfer_answer(Ps now, const arch::TransferDone& answer) {
  if (!book_.known(answer.id)) return;
  inbox_.push({now, lanes_.channel(book_.channel(answer.id)), answer.id, Kind::transfer_done,
               static_cast<std::uint32_t>(answers_.size()), 0, Ps{0}, Ps{0}});
  answers_.push_back(answer);
}

void Dispatcher::State::settle(Ps now) {
  assert(now >= now_);
  if (now > time_limit) {
    run = RunState::failed;
    failure = "simulated time has passed " + std::to_string(time_limit.count()) +
              " ps, the longest that this run can last, with " + std::to_string(groups_undone_) + " results to come";
    return;
  }
  now_ = now;
  edge_ = npu_.core_clock.align(now);
  illegal_now_ = 0;
  bool happened = false;
  while (run == RunState::running) {
    assert(inbox_.next() >= now);
    if (inbox_.next() <= now) {
      apply(inbox_.pop());
      happened = true;
      continue;
    }
    tile_events();
    if (inbox_.next() <= now) continue;
    if (!happened || run != RunState::running || !ask()) break;
  }
  answers_.clear();
  if (run == RunState::running) book_.submit_queued();
}

void Dispatcher::State::apply(const Event& e) {
  if (e.kind != Kind::edge) eventful_ = true;
  switch (e.kind) {
    case Kind::arrival: return arrive(e.a);
    case Kind::decision_end: return decision_end(e.a);
    case Kind::wake: return wake(e.a);
    case Kind::edge: return touch(e.a);
    case Kind::compute_done: return compute_done(e.a, e.conflict, e.trace_wait);
    case Kind::result_done: return result_done(e.a, e.b);
    case Kind::vector_done: return vector_done(e.a, e.trace_wait);
    case Kind::post_start: cores_[e.a].posts.push_back({e.b, e.at}); return touch(e.a);
    case Kind::post_result: return post_result(e.a, e.b);
    case Kind::transfer_done: return transfer_done(answers_[e.a]);
    case Kind::host_done: return host_done(e.a);
  }
}

// Phase "tile events" (docs/semantics.md 1.6 and 1.10): what became ready, tile by tile; what can start, core by core.
void Dispatcher::State::tile_events() {
  std::sort(newly_ready_.begin(), newly_ready_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [tile, cause] : newly_ready_) make_ready(tile, cause);
  newly_ready_.clear();
  std::sort(touched_.begin(), touched_.end());
  for (const std::uint32_t c : touched_) {
    cores_[c].touched = false;
    grant(c);
    start_units(c);
    refresh(c);
  }
  touched_.clear();
}

void Dispatcher::State::touch(std::uint32_t core) {
  if (cores_[core].touched) return;
  cores_[core].touched = true;
  touched_.push_back(core);
}

void Dispatcher::State::refresh(std::uint32_t c) {
  CoreState& core = cores_[c];
  const auto limit = static_cast<std::size_t>(npu_.core.queue);
  const bool full[2] = {core.unit[kArray].tiles.size() >= limit, core.unit[kVector].tiles.size() >= limit};
  const bool open_full = core.open >= core.output.size();
  const bool none[2] = {core.region[0].evictable() == 0, core.region[1].evictable() == 0};
  const bool slots = !none[0] || !none[1];
  const bool lacking[] = {full[kArray],
                          full[kVector],
                          open_full,
                          none[0],
                          none[1],
                          core.region[0].holds_back(),
                          core.region[1].holds_back()};
  std::uint8_t lacks = 0;
  for (const bool b : lacking) lacks = static_cast<std::uint8_t>(lacks << 1 | (b ? 1 : 0));
  continuing_.set(c, !core.continuations.empty() && !full[kArray] && slots);
  if (lacks != core.lacks) {  // else nothing that the journal or a policy sees of the core is other than before
    for (std::uint32_t u = 0; u < 2; ++u) core.journal.queue(u, full[u], now_);
    core.journal.open_groups(open_full, now_);
    for (std::uint32_t o = 0; o < 2; ++o) core.journal.region(o, core.region[o], now_);
    accepting_[static_cast<int>(TileKind::pe)].set(c, !full[kArray] && !open_full && slots);
    accepting_[static_cast<int>(TileKind::vector)].set(c, !full[kVector] && !open_full && slots);
    accepting_[static_cast<int>(TileKind::movement)].set(c, !none[0]);
  }
  look_for_room(c, lacks);
  if (core.journal.size() >= core.prune_at) prune(core);
}

// Whether the core has come to have something that it lacked, or has a new slice to go on with, and a tile that may use
// it.
void Dispatcher::State::look_for_room(std::uint32_t c, std::uint8_t lacks) {
  CoreState& core = cores_[c];
  const bool gained = (core.lacks & ~lacks) != 0 || core.new_slice;
  core.lacks = lacks;
  core.new_slice = false;
  if (!gained || more_room_) return;
  more_room_ = continuing_.contains(c);
  for (std::size_t k = 0; k < kDispatchedKinds; ++k) more_room_ |= accepting_[k].contains(c) && !ready_[k].empty();
}

// A tile that is ready, or becomes so, asks about the time since the oldest ready one became ready, and only while its
// unit is idle with an empty queue.
void Dispatcher::State::prune(CoreState& core) {
  core.journal.prune(std::max(oldest_ready(), idle_since(core)));
  core.prune_at = std::max<std::size_t>(64, 2 * core.journal.size());
}

void Dispatcher::State::prune_schedulers() {
  Ps idle = now_;
  for (const CoreState& core : cores_) idle = std::min(idle, idle_since(core));
  schedulers_busy_.prune(std::max(oldest_ready(), idle));
  prune_schedulers_at_ = std::max<std::size_t>(256, 2 * schedulers_busy_.size());
}

Ps Dispatcher::State::oldest_ready() {
  while (!ready_since_.empty() && tiles_[ready_since_.front().second].phase != Phase::ready) ready_since_.pop_front();
  return ready_since_.empty() ? now_ : ready_since_.front().first;
}

Ps Dispatcher::State::idle_since(const CoreState& core) const {
  Ps idle = now_;
  for (const UnitState& u : core.unit)
    if (!u.busy && u.tiles.empty()) idle = std::min(idle, u.idle_since);
  return idle;
}

}  // namespace tessera::scheduler
