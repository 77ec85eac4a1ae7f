#include "arch/dram/address_map.h"

#include <bit>
#include <cassert>

#include "base/config/suggest.h"

namespace tessera::arch {
namespace {

int bits(std::int64_t power_of_two) { return std::countr_zero(static_cast<std::uint64_t>(power_of_two)); }

}  // namespace

base::Result<BankMapping> parse_bank_mapping(const std::string& name) {
  if (name == "bgi") return BankMapping::bgi;
  if (name == "rbc") return BankMapping::rbc;
  return base::failure("unknown DRAM address mapping \"" + name + "\"" + base::did_you_mean(name, {"bgi", "rbc"}) +
                       " (known: bgi, rbc)");
}

AddressMap::AddressMap(const DramStandard& s, std::int64_t channels, std::int64_t interleave, BankMapping mapping)
    : channels_(channels), interleave_(interleave), burst_shift_(bits(s.burst_bytes)), group_bits_(bits(s.bank_groups)),
      bank_bits_(bits(s.banks_per_group)) {
  assert(channels > 0 && interleave > 0 && interleave % s.burst_bytes == 0);
  int at = 0;
  const auto take = [&](Field& field, std::int64_t size) {
    field = {at, size - 1};
    at += bits(size);
  };
  Field column;
  const std::int64_t pseudo_channels = s.pseudo_channels ? s.units : 1;
  if (mapping == BankMapping::rbc) take(column, s.bursts_per_row());
  take(unit_, pseudo_channels);
  take(group_, s.bank_groups);
  if (mapping == BankMapping::bgi) take(column, s.bursts_per_row());
  take(bank_, s.banks_per_group);
  take(row_, s.rows);
  if (!s.pseudo_channels) take(unit_, s.units);
}

DramAddress AddressMap::locate(std::int64_t address) const {
  const std::int64_t block = address / interleave_;
  const std::int64_t local = block / channels_ * interleave_ + address % interleave_;
  const std::int64_t burst = local >> burst_shift_;
  const auto [bank, row] = place(burst);
  return {static_cast<std::int32_t>(block % channels_), burst, bank, row};
}

}  // namespace tessera::arch
