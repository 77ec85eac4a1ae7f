#include "arch/engine/bank_ports.h"

#include <algorithm>
#include <cassert>

namespace tessera::arch {

BankPorts::BankPorts(const SramRegionSpec& spec, std::int64_t slots)
    : slot_bytes_(spec.capacity.count() / slots), ports_(spec.ports), arrangement_(spec.arrangement),
      banks_(static_cast<std::size_t>(spec.banks)) {
  assert(spec.banks > 0 && spec.ports > 0 && slots > 0);
  sets_ = arrangement_ == BankArrangement::separate ? std::min(spec.banks, slots) : 1;
  banks_per_set_ = spec.banks / sets_;
  width_ = std::max<std::int64_t>(1, spec.bytes_per_cycle.count() / banks_per_set_);
}

void BankPorts::add(Bank& bank, base::Ps now, std::int64_t accesses) const {
  if (bank.last != now) {
    bank.last = now;
    bank.at_last = 0;
  }
  bank.at_last += accesses;
  bank.total += accesses;
}

void BankPorts::access(base::Ps now, std::int64_t slot, std::int64_t offset, std::int64_t bytes) {
  if (arrangement_ == BankArrangement::interleaved) offset += slot * slot_bytes_;
  const std::int64_t words = base::ceil_div(offset + bytes, width_) - offset / width_;
  const std::int64_t each = words / banks_per_set_, rest = words % banks_per_set_;
  const std::int64_t first = first_bank(slot), start = offset / width_ % banks_per_set_;
  for (std::int64_t i = 0; i < banks_per_set_; ++i) {
    const std::int64_t accesses = each + (i < rest ? 1 : 0);
    if (accesses == 0) break;
    add(banks_[static_cast<std::size_t>(first + (start + i) % banks_per_set_)], now, accesses);
  }
}

void BankPorts::mark(std::int64_t slot, Mark& out) const {
  out.before.clear();
  const std::int64_t first = first_bank(slot);
  for (std::int64_t i = 0; i < banks_per_set_; ++i) {
    out.before.push_back(banks_[static_cast<std::size_t>(first + i)].total);
  }
}

PortCycles BankPorts::cycles_needed(base::Ps end, std::int64_t slot, const Mark& mark, std::int64_t own_bytes) const {
  const std::int64_t own = base::ceil_div(own_bytes, width_ * banks_per_set_);
  const std::int64_t first = first_bank(slot);
  std::int64_t most = own;
  for (std::int64_t i = 0; i < banks_per_set_; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const std::int64_t dma = banks_[static_cast<std::size_t>(first + i)].before(end) - mark.before[at];
    most = std::max(most, own + dma);
  }
  return {base::ceil_div(own, ports_), base::ceil_div(most, ports_)};
}

}  // namespace tessera::arch
