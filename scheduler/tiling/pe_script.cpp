#include "scheduler/tiling/pe_script.h"

#include <algorithm>
#include <numeric>

#include "scheduler/tiling/pe_work.h"

namespace tessera::scheduler {

using base::Cycles;
using base::Ps;

namespace {

constexpr std::uint32_t kUnknown = 0xffffffff;
constexpr std::size_t kPlaces = 3;  // first, between, last

std::size_t place(std::int64_t at, std::int64_t count) {
  if (at == 0) return 0;
  return at + 1 == count ? 2 : 1;
}

}  // namespace

PeScript::PeScript(const arch::NpuSpec& npu, const ScheduleSpec& schedule, const arch::MachineLimits& limits,
                   const PeNeeds& needs, const models::Operator& op)
    : npu_(npu), schedule_(schedule), limits_(limits), needs_(needs), op_(op), shared_rate_(limits.shared_sram_rate),
      input_on_chip_(needs.stays_on_chip(op.inputs[0])), output_on_chip_(needs.stays_on_chip(op.output)),
      counts_(op.pe, {}) {}

const Rehearsed& PeScript::of(const PeSizes& sizes) {
  sizes_ = sizes;
  counts_ = PeCounts(op_.pe, sizes);
  constexpr std::size_t k3 = kPlaces * kPlaces * kPlaces;
  weights_.assign(k3, kUnknown);
  works_.assign(k3 * k3, kUnknown);
  inputs_.assign(k3 * kPlaces * static_cast<std::size_t>(counts_.k), kUnknown);
  stores_.assign(k3 * kPlaces * static_cast<std::size_t>(counts_.n), kUnknown);
  script_.moves.clear();
  script_.works.clear();
  script_.tiles.clear();
  script_.home.clear();
  script_.slices = static_cast<std::uint32_t>(counts_.k);
  const std::int64_t inputs = sizes.whole_input ? counts_.b : counts_.b * counts_.g * counts_.m * counts_.w * counts_.k;
  const std::int64_t weights = op_.pe.weight_batch * counts_.g * counts_.n * counts_.k;
  script_.blocks = {static_cast<std::uint32_t>(inputs), static_cast<std::uint32_t>(weights)};
  PeLoops loops(counts_, sizes.order);
  std::int64_t index = 0;
  do {
    script_.home.push_back(pe_core(npu_, schedule_, sizes_, counts_, loops, index++));
    for (std::int64_t k = 0; k < counts_.k; ++k) write_tile(loops, k);
  } while (loops.advance());
  return script_;
}

void PeScript::write_tile(const PeLoops& loops, std::int64_t k) {
  const auto [b, g, n, m, w] = loops.at;
  const PeCounts& c = counts_;
  const PeBlock block = pe_block(op_.pe, sizes_, b, g, n, m, w, k);
  const std::size_t in_b = place(b, c.b), in_g = place(g, c.g), in_n = place(n, c.n), in_m = place(m, c.m),
                    in_w = place(w, c.w), in_k = place(k, c.k);
  const auto key = [](std::initializer_list<std::size_t> places) {
    std::size_t sum = 0;
    for (const std::size_t p : places) sum = sum * kPlaces + p;
    return sum;
  };
  RehearsedTile t;
  const std::int64_t of_image = sizes_.whole_input ? b : (((b * c.g + g) * c.m + m) * c.w + w) * c.k + k;
  const std::int64_t of_weights = ((op_.pe.weight_of(b) * c.g + g) * c.n + n) * c.k + k;
  t.block = {static_cast<std::uint32_t>(of_image), static_cast<std::uint32_t>(of_weights)};
  t.load = {known(inputs_[key({in_b, in_g, in_m, in_w}) * static_cast<std::size_t>(c.k) + static_cast<std::size_t>(k)],
                  [&] { return move(needs_.input_of(block), false, input_on_chip_); }),
            known(weights_[key({in_g, in_n, in_k})], [&] { return move(needs_.weight_of(block), false, false); })};
  t.store = known(stores_[key({in_b, in_g, in_m, in_w}) * static_cast<std::size_t>(c.n) + static_cast<std::size_t>(n)],
                  [&] { return move(needs_.output_of(block), true, output_on_chip_); });
  t.work = work(block, key({in_b, in_g, in_m, in_w, in_n, in_k}));
  script_.tiles.push_back(t);
}

RehearsedMove PeScript::move(const PeNeeds::Moved& moved, bool write, bool on_chip) const {
  const std::int64_t peak = limits_.dram.peak_bytes_per_second;
  RehearsedMove m;
  m.dram = arch::time_at(moved.bytes, peak);
  m.shared = arch::time_at(moved.bytes, shared_rate_);
  m.path = arch::time_at(moved.bytes, limits_.interconnect_rate);
  m.issue = std::max(npu_.interconnect_clock.duration(Cycles{moved.packets}),
                     arch::time_at(moved.bytes, limits_.channels_rate));
  m.packets = moved.packets;
  m.bytes = moved.bytes;
  m.write = write;
  m.on_chip = on_chip;
  const std::int64_t all = std::accumulate(moved.channels.begin(), moved.channels.end(), std::int64_t{0});
  for (const std::int64_t bytes : moved.channels)
    m.uneven.push_back(arch::time_at(Crowding{npu_.dram.channels * bytes, all}.of(moved.bytes), peak));
  return m;
}

// What `make` gives for a place, worked out once.
template <class Make>
std::uint32_t PeScript::known(std::uint32_t& index, const Make& make) {
  if (index == kUnknown) {
    index = static_cast<std::uint32_t>(script_.moves.size());
    script_.moves.push_back(make());
  }
  return index;
}

std::uint32_t PeScript::work(const PeBlock& block, std::size_t key) {
  if (works_[key] != kUnknown) return works_[key];
  works_[key] = static_cast<std::uint32_t>(script_.works.size());
  const base::Clock& clock = npu_.core_clock;
  const Ps vector = clock.duration(pe_vector_cycles(npu_, op_, block));
  if (pe_on_vector(npu_, op_.pe)) {
    script_.works.push_back({.occupancy = vector, .result = vector});
  } else {
    const auto plan = arch::plan_folds(needs_.array(), pe_shape(npu_, op_.pe, block));
    const auto& bits = needs_.format().bits;
    script_.works.push_back(
        {clock.duration(plan.occupancy),
         clock.duration(plan.latency),
         clock.duration(plan.last_step_offset),
         vector,
         {base::packed_bytes(plan.input_reads, bits.input), base::packed_bytes(plan.weight_reads, bits.weight)}});
  }
  return works_[key];
}

// Each heir's tile loads two blocks and stores one.
Ps PeScript::heirs(const PeSizes& s) const {
  if (needs_.heirs() == 0) return Ps{0};
  const PeCounts c(op_.pe, s);
  const RehearsedMove m = move(needs_.output_of(pe_block(op_.pe, s, 0, 0, 0, 0, 0, 0)), true, false);
  const Ps decision = npu_.core_clock.duration(npu_.scheduler.dispatch_latency);
  return std::max({m.dram * 3, m.path * 2, m.issue * 3, decision}) * c.groups() * needs_.heirs();
}

}  // namespace tessera::scheduler
