// static: the actions of a plan, in its order, each as soon as it is legal (docs/formats.md, "Action tables").
//
// Good at: a schedule that a compiler or an earlier run has made, on the machine that it was made for. Loses where the
// machine differs, for it never takes another tile first. Without a plan it dispatches the tiles in the order of their
// ids, each on the core that the tiling dealt it to: what hardware without a scheduler of its own does.
//
// A plan that takes a tile back needs not do so where the tile has begun by then; its next dispatch is then left out.
//
// table_order: per_core makes a list for each core of what the plan has for it, and takes from all of them whatever is
// legal; waits of the plan then mean nothing.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <queue>

#include "scheduler/policy/action_plan.h"
#include "scheduler/policy/policies.h"

namespace tessera::scheduler {

extern const PolicyEntry kStatic;

namespace {

// Tiles in the order of their ids, as far as the edges allow it.
ActionPlan plan_by_id(const TileGraph& graph) {
  ActionPlan plan;
  std::vector<std::uint32_t> missing(graph.groups.size());
  std::priority_queue<GroupId, std::vector<GroupId>, std::greater<>> ready;
  for (GroupId g = 0; g < graph.groups.size(); ++g) {
    missing[g] = static_cast<std::uint32_t>(graph.predecessors(g).size());
    if (missing[g] == 0) ready.push(g);
  }
  for (; !ready.empty();) {
    const GroupId g = ready.top();
    ready.pop();
    const Group& group = graph.groups[g];
    for (std::uint32_t i = 0; i < group.slices && !graph.is_host(group); ++i)
      plan.actions.push_back({Dispatch{group.first + i, group.core_hint}});
    for (const GroupId next : graph.successors(g))
      if (--missing[next] == 0) ready.push(next);
  }
  return plan;
}

class StaticOrder final : public Policy {
 public:
  explicit StaticOrder(const PolicySpec& spec);

  [[nodiscard]] std::string_view name() const override { return kStatic.name; }
  void begin(const View& view) override;
  [[nodiscard]] Action decide(const View& view) override;
  // What comes next, a wait for example, is looked at when a scheduler is idle again. A Dispatch becomes legal by what
  // the policy is asked after anyway, but for the few that look_everywhere_ is for.
  [[nodiscard]] EventSet subscriptions() const override {
    return look_everywhere_ ? EventSet::all() : EventSet{PolicyEvent::decision};
  }
  [[nodiscard]] std::string next_step(const View& view) const override;

 private:
  using Row = std::uint32_t;
  [[nodiscard]] const PlannedAction& at(Row row) const { return plan_->actions[row]; }
  [[nodiscard]] std::size_t queue_of(const Action& action, const std::vector<std::uint32_t>& core) const;
  [[nodiscard]] bool needless(const View& view, Row row) const;
  [[nodiscard]] bool overtaken(std::size_t queue) const;
  [[nodiscard]] static TileId first_slice(const View& view, TileId tile) {
    return tile - view.graph().tiles[tile].slice;
  }
  // Skips what needs no turn; whether a row is left in that queue.
  bool settle(const View& view, std::size_t queue);
  [[nodiscard]] Action sleep(base::Ps until);
  void count_taken_back(const View& view);

  std::shared_ptr<const ActionPlan> plan_;
  bool per_core_, waits_;
  std::vector<std::vector<Row>> queues_;  // one, or one for each core
  std::vector<std::size_t> next_;         // by queue
  base::Ps asleep_until_{-1};             // some scheduler is
  // Where the plan takes tiles back, by first slice: how often that had its turn; by row: how often it comes before.
  std::vector<std::uint32_t> taken_back_, due_;
  // Whether what is next in some queue may become legal, or needless, without more room (docs/semantics.md 7.1).
  bool look_everywhere_ = true;
};

constexpr PolicyOption kOptions[] = {
    {.key = "table",
     .text = "file of actions to follow (docs/formats.md); none: tiles by id, each on the core that it was dealt to",
     .kind = PolicyOption::Kind::file},
    {.key = "table_per_core",
     .text = "each core takes its own actions in their order, whatever the others do; false: one order for all",
     .kind = PolicyOption::Kind::flag},
    {.key = "table_waits",
     .text = "waits of the table count; false: they are skipped, each action goes as soon as it is legal",
     .fallback = 1,
     .kind = PolicyOption::Kind::flag},
};

StaticOrder::StaticOrder(const PolicySpec& spec)
    : plan_(spec.plan), per_core_(kOptions[1].of(spec) != 0), waits_(kOptions[2].of(spec) != 0 && !per_core_) {}

// `core`: by tile, of its last dispatch.
std::size_t StaticOrder::queue_of(const Action& action, const std::vector<std::uint32_t>& core) const {
  if (!per_core_) return 0;
  if (const auto* u = std::get_if<Undispatch>(&action)) return core[u->tile];
  if (const auto* d = std::get_if<Dispatch>(&action)) return d->core;
  if (const auto* p = std::get_if<Prefetch>(&action)) return p->core;
  return 0;
}

void StaticOrder::begin(const View& view) {
  if (plan_ == nullptr) plan_ = std::make_shared<const ActionPlan>(plan_by_id(view.graph()));
  queues_.resize(per_core_ ? static_cast<std::size_t>(view.npu().cores) : 1);
  next_.resize(queues_.size());
  count_taken_back(view);
  std::vector<std::uint32_t> core(view.graph().tiles.size());
  for (Row row = 0; row < plan_->actions.size(); ++row) {
    const Action& action = at(row).action;
    if (std::holds_alternative<Wait>(action) && !waits_) continue;
    if (const auto* d = std::get_if<Dispatch>(&action)) core[d->tile] = d->core;
    queues_[queue_of(action, core)].push_back(row);
  }
}

void StaticOrder::count_taken_back(const View& view) {
  const auto undone = [](const PlannedAction& a) { return std::holds_alternative<Undispatch>(a.action); };
  if (std::ranges::none_of(plan_->actions, undone)) return;
  taken_back_.assign(view.graph().tiles.size(), 0);
  due_.assign(plan_->actions.size(), 0);
  for (Row row = 0; row < plan_->actions.size(); ++row) {
    if (const auto* u = std::get_if<Undispatch>(&at(row).action)) ++taken_back_[u->tile];
    if (const auto* d = std::get_if<Dispatch>(&at(row).action)) due_[row] = taken_back_[first_slice(view, d->tile)];
  }
  std::ranges::fill(taken_back_, 0);
}

// A prefetch is not needed any more where its operand is there, or its tile has been dispatched. One that waits for a
// slot goes without it where no tile holds one that it could get: only a later action of the plan would free it.
bool needless(const View& view, const Prefetch& p, Illegal why) {
  if (why == Illegal::resident) return true;
  if (why != Illegal::no_slot_for_prefetch) return false;
  return view.evictable_slots(p.core, p.operand) == static_cast<std::uint32_t>(view.graph().slots[p.operand]);
}

// A tile that has begun stays where it is, and need not be dispatched again.
bool StaticOrder::needless(const View& view, Row row) const {
  const Action& action = at(row).action;
  if (std::holds_alternative<Wait>(action) || std::holds_alternative<Cap>(action)) return false;
  const Illegal why = view.check(action);
  if (const auto* p = std::get_if<Prefetch>(&action)) return scheduler::needless(view, *p, why);
  if (std::holds_alternative<Undispatch>(action))
    return why == Illegal::started || why == Illegal::operand_forgotten || why == Illegal::taken_back_before;
  return why == Illegal::already_dispatched && !taken_back_.empty() &&
         taken_back_[first_slice(view, std::get<Dispatch>(action).tile)] >= due_[row];
}

// Where waits are left out: a cap behind which the channel is set again before a tile is dispatched.
bool StaticOrder::overtaken(std::size_t queue) const {
  const std::vector<Row>& rows = queues_[queue];
  const auto* cap = std::get_if<Cap>(&at(rows[next_[queue]]).action);
  if (cap == nullptr || waits_) return false;
  for (std::size_t i = next_[queue] + 1; i < rows.size(); ++i) {
    const Action& later = at(rows[i]).action;
    if (std::holds_alternative<Dispatch>(later)) return false;
    if (const auto* c = std::get_if<Cap>(&later); c != nullptr && c->channel == cap->channel) return true;
  }
  return false;
}

// A prefetch and taking back need no ready tile. A Dispatch with operands that are there needs no slot that is a
// victim, and a core without one does not count as one with room.
bool needs_no_room(const View& view, const Action& action) {
  const auto* d = std::get_if<Dispatch>(&action);
  if (d == nullptr) return !std::holds_alternative<Wait>(action);
  return view.evictable_slots(d->core, 0) == 0 &&
         (view.evictable_slots(d->core, 1) == 0 || view.graph().tiles[d->tile].kind == TileKind::movement);
}

bool StaticOrder::settle(const View& view, std::size_t queue) {
  for (std::size_t& next = next_[queue]; next < queues_[queue].size(); ++next) {
    const Action& action = at(queues_[queue][next]).action;
    if (const auto* wait = std::get_if<Wait>(&action); wait != nullptr && wait->until <= view.now()) continue;
    if (overtaken(queue)) continue;
    if (needless(view, queues_[queue][next])) {
      if (const auto* u = std::get_if<Undispatch>(&action)) ++taken_back_[u->tile];
      continue;
    }
    return true;
  }
  return false;
}

// One scheduler sleeps and so wakes the others: they wait for the next event, which its waking is.
Action StaticOrder::sleep(base::Ps until) {
  if (asleep_until_ == until) return Wait{};
  asleep_until_ = until;
  return Wait{until};
}

Action StaticOrder::decide(const View& view) {
  Row first = kNoId;
  std::size_t of = 0;
  look_everywhere_ = false;
  for (std::size_t queue = 0; queue < queues_.size(); ++queue) {
    if (!settle(view, queue)) continue;
    const Row row = queues_[queue][next_[queue]];
    if (row > first) continue;
    if (const auto* wait = std::get_if<Wait>(&at(row).action)) return sleep(wait->until);
    if (view.check(at(row).action) == Illegal::none) first = row, of = queue;
    look_everywhere_ |= needs_no_room(view, at(row).action);
  }
  if (first == kNoId) return Wait{};
  if (++next_[of] < queues_[of].size()) look_everywhere_ |= needs_no_room(view, at(queues_[of][next_[of]]).action);
  if (const auto* u = std::get_if<Undispatch>(&at(first).action)) ++taken_back_[u->tile];
  return at(first).action;
}

std::string StaticOrder::next_step(const View& view) const {
  std::string text;
  for (std::size_t queue = 0; queue < queues_.size(); ++queue) {
    if (next_[queue] >= queues_[queue].size()) continue;
    const PlannedAction& next = at(queues_[queue][next_[queue]]);
    const std::string place = plan_->file.empty() ? "the order of ids" : fmt::format("{}:{}", plan_->file, next.line);
    if (const auto* d = std::get_if<Dispatch>(&next.action))
      text += fmt::format("{}: the dispatch of tile {} to core {} is next: {}\n", place, d->tile, d->core,
                          to_string(view.check(*d)));
    if (const auto* p = std::get_if<Prefetch>(&next.action))
      text += fmt::format("{}: the prefetch of the {} of tile {} to core {} is next: {}\n", place,
                          p->operand == 0 ? "input" : "weight", p->tile, p->core, to_string(view.check(*p)));
    if (const auto* u = std::get_if<Undispatch>(&next.action))
      text += fmt::format("{}: tile {} is to be taken back next: {}\n", place, u->tile, to_string(view.check(*u)));
    if (const auto* c = std::get_if<Cap>(&next.action))
      text += fmt::format("{}: the cap of channel {} is next: {}\n", place, c->channel, to_string(view.check(*c)));
  }
  return text;
}

std::unique_ptr<Policy> make(const PolicySpec& spec) { return std::make_unique<StaticOrder>(spec); }

}  // namespace

std::string plan_file(const PolicySpec& spec) { return spec.name == kStatic.name ? kOptions[0].text_of(spec) : ""; }
bool plan_is_per_core(const PolicySpec& spec) { return kOptions[1].of(spec) != 0; }

constinit const PolicyEntry kStatic{"static", make, kOptions};

}  // namespace tessera::scheduler
