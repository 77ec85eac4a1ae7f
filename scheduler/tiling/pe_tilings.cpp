#include "scheduler/tiling/pe_tilings.h"

#include <algorithm>
#include <utility>

#include "scheduler/tiling/misfit.h"
#include "scheduler/tiling/pe_choice.h"
#include "scheduler/tiling/smaller_machines.h"
#include "scheduler/tiling/tile_rules.h"

namespace tessera::scheduler {

namespace {

// How many things a machine may have less of; how many tilings are rehearsed, and of how many tiles.
constexpr int kMostThings = 2;
constexpr std::size_t kMostRehearsed = 128;
constexpr std::int64_t kMostTiles = 1024;

class PeTilings {
 public:
  PeTilings(const models::Network& network, const arch::NpuSpec& npu, const arch::MachineLimits& limits,
            const ScheduleSpec& schedule, std::int64_t requests, const models::Operator& op,
            const std::array<std::vector<std::int64_t>, 3>& slot_counts)
      : network_(network), npu_(npu), limits_(limits), schedule_(schedule), requests_(requests), op_(op),
        slot_counts_(slot_counts) {}

  std::vector<PeTiling> all() {
    for_each_root([&](const SlotCounts& slots) { open_.push_back({{npu_, slots}, kMostThings}); });
    const std::size_t roots = open_.size();
    for (std::size_t next = 0; next < open_.size(); ++next) look(next);
    for (std::size_t root = 0; root < roots; ++root)
      for (const SmallerMachine& m : with_a_narrower_path(open_[root].machine)) (void)candidates(m);
    rehearse();
    return std::move(tilings_);
  }

 private:
  struct Open {
    SmallerMachine machine;
    int things;  // of which it may have less yet
  };

  // The machine with two slots of each region, and with more.
  template <class Each>
  void for_each_root(const Each& each) const {
    const auto from = [&](std::size_t i) { return slot_counts_[i].begin() + (slot_counts_[i].size() > 1 ? 1 : 0); };
    for (auto input = from(0); input != slot_counts_[0].end(); ++input)
      for (auto weight = from(1); weight != slot_counts_[1].end(); ++weight)
        for (auto output = from(2); output != slot_counts_[2].end(); ++output) each({*input, *weight, *output});
  }

  void look(std::size_t next) {
    const auto [machine, things] = open_[next];
    const SlotCounts needs = candidates(machine);
    if (things == 0) return;
    for (std::size_t i = 0; i < 3; ++i) {
      if (needs[i] > 0) open(too_small(machine, i, needs[i]), things - 1);
      const auto& counts = slot_counts_[i];
      const auto at = std::ranges::find(counts, machine.slots[i]);
      if (at == counts.begin()) continue;
      SmallerMachine fewer = machine;
      fewer.slots[i] = *(at - 1);
      open(std::move(fewer), things - 1);
    }
  }

  // Half, a quarter ... of a region, of which a slot does not hold so many bytes. Where all that is best has room in
  // half of a slot, it is best in half of a slot too.
  [[nodiscard]] SmallerMachine too_small(SmallerMachine machine, std::size_t region, std::int64_t bytes) const {
    do machine = with_half_a_region(machine, region);
    while (slot_bytes(machine.npu, with(machine.slots))[region] >= bytes);
    return machine;
  }

  void open(SmallerMachine machine, int things) {
    const auto is_known = [&](const Open& o) {
      return o.machine.slots == machine.slots && o.machine.npu == machine.npu;
    };
    if (std::ranges::none_of(open_, is_known)) open_.push_back({std::move(machine), things});
  }

  [[nodiscard]] ScheduleSpec with(const SlotCounts& slots) const {
    ScheduleSpec spec = schedule_;
    spec.buffers = slots;
    return spec;
  }

  // Takes the candidates of a machine; the most bytes that they need of a slot.
  SlotCounts candidates(const SmallerMachine& machine) {
    const ScheduleSpec schedule = with(machine.slots);
    AddressPlan addresses(network_, machine.npu, requests_);
    const PeNeeds needs(network_, machine.npu, addresses, op_);
    SlotCounts most{0, 0, 0};
    for (const PeSizes& s : pe_candidates(network_, machine.npu, schedule, arch::machine_limits(machine.npu), addresses,
                                          op_, rule_for(schedule, op_))) {
      const SlotCounts own{needs.input_bytes(s), needs.weight_bytes(s), needs.output_bytes(s)};
      for (std::size_t i = 0; i < 3; ++i) most[i] = std::max(most[i], own[i]);
      const PeTiling tiling{.sizes = s, .slots = machine.slots, .tiles = PeCounts(op_.pe, s).tiles()};
      if (tiling.tiles > kMostTiles) continue;
      if (std::ranges::none_of(tilings_, [&](const PeTiling& t) { return alike(t, tiling); }))
        tilings_.push_back(tiling);
    }
    return most;
  }

  // Groups that are no more than the cores have a core each, however many they are dealt to. Where the run says how to
  // deal, there is one deal.
  [[nodiscard]] bool alike(const PeTiling& a, const PeTiling& b) const {
    PeTiling other = a;
    const bool dealt = schedule_.core_split != CoreSplit::none;
    if (dealt) other.sizes.deal = b.sizes.deal;
    const std::int64_t least = std::min(a.sizes.cores, b.sizes.cores);
    if (dealt || PeCounts(op_.pe, b.sizes).groups() <= least) other.sizes.cores = b.sizes.cores;
    return other.same_tiles(b);
  }

  // The best by the estimate; of these, those of equal slots together: they have a rehearsal in common.
  void rehearse() {
    AddressPlan addresses(network_, npu_, requests_);
    const PeNeeds needs(network_, npu_, addresses, op_);
    keep_best(needs);
    base::Ps fastest = base::kNever, cheapest = base::kNever;
    std::ranges::stable_sort(tilings_, std::ranges::greater{}, &PeTiling::slots);
    for (auto run = tilings_.begin(); run != tilings_.end();) {
      const ScheduleSpec schedule = with(run->slots);
      PeChoice choice(npu_, schedule, limits_, needs, op_);
      for (; run != tilings_.end() && run->slots == schedule.buffers; ++run) {
        const auto time = choice.time(run->sizes, most(fastest, kRehearsalErrs / 2));
        run->time = time.value_or(base::kNever);
        if (!time) continue;
        run->price = *time + base::Ps{choice.moving().count() / kOthersWantMemory};
        run->packets = choice.packets();
        fastest = std::min(fastest, run->time);
        cheapest = std::min(cheapest, run->price);
      }
    }
    std::erase_if(tilings_, [&](const PeTiling& t) {
      return t.time == base::kNever ||
             (t.time > most(fastest, kRehearsalErrs) && t.price > most(cheapest, kRehearsalErrs));
    });
    leave_distinct();
    put_in_order();
  }

  void leave_distinct() {
    std::ranges::stable_sort(tilings_, {}, [](const PeTiling& t) { return std::pair(t.time, unusual(t)); });
    std::vector<PeTiling> distinct;
    for (const PeTiling& t : tilings_)
      if (std::ranges::none_of(distinct, [&](const PeTiling& d) { return d.same_rehearsal(t); })) distinct.push_back(t);
    tilings_ = std::move(distinct);
  }

  // By the better of the places that a tiling has among the fastest, where all are now, and among the cheapest.
  void put_in_order() {
    std::vector<std::pair<std::size_t, PeTiling>> placed;
    for (std::size_t i = 0; i < tilings_.size(); ++i) placed.emplace_back(i, tilings_[i]);
    std::ranges::stable_sort(placed, {}, [](const auto& p) { return p.second.price; });
    for (std::size_t i = 0; i < placed.size(); ++i) placed[i].first = std::min(placed[i].first, i);
    std::ranges::stable_sort(placed, {}, [](const auto& p) { return std::pair(p.first, p.second.time); });
    for (std::size_t i = 0; i < placed.size(); ++i) tilings_[i] = placed[i].second;
  }

  void keep_best(const PeNeeds& needs) {
    if (tilings_.size() <= kMostRehearsed) return;
    for (PeTiling& t : tilings_)
      t.time = base::Ps{PeCost(npu_, limits_, needs, op_, {t.sizes.cores, t.slots}).estimate(t.sizes).ps};
    std::ranges::stable_sort(tilings_, {}, &PeTiling::time);
    tilings_.resize(kMostRehearsed);
  }

  // Of those rehearsed alike, one with two slots of each region, which most machines have; then one with fewer.
  static std::int64_t unusual(const PeTiling& t) {
    std::int64_t sum = 0;
    for (const std::int64_t slots : t.slots) sum += slots > 2 ? slots : 2 - slots;
    return sum;
  }

  static base::Ps most(base::Ps least, std::int64_t part) {
    return least == base::kNever ? least : least + base::Ps{least.count() / part};
  }

  const models::Network& network_;
  const arch::NpuSpec& npu_;
  const arch::MachineLimits& limits_;
  const ScheduleSpec& schedule_;
  const std::int64_t requests_;
  const models::Operator& op_;
  const std::array<std::vector<std::int64_t>, 3>& slot_counts_;
  std::vector<Open> open_;
  std::vector<PeTiling> tilings_;
};

}  // namespace

std::vector<PeTiling> pe_tilings(const models::Network& network, const arch::NpuSpec& npu,
                                 const arch::MachineLimits& limits, const ScheduleSpec& schedule, std::int64_t requests,
                                 const models::Operator& op,
                                 const std::array<std::vector<std::int64_t>, 3>& slot_counts) {
  return PeTilings(network, npu, limits, schedule, requests, op, slot_counts).all();
}

}  // namespace tessera::scheduler
