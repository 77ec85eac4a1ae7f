#include "arch/spec/energy_value.h"

#include <fmt/format.h>

#include <array>

namespace tessera::arch {
namespace {

constexpr int kDecimals = 6;
constexpr std::int64_t kOne = 1'000'000;
constexpr std::int64_t kMost = 1'000'000 * kOne;

struct Unit {
  EnergyKind kind;
  std::string_view text;
  std::int64_t factor;  // to pJ per event, or mW
};

// The first unit of a kind is the one that figures are written in.
constexpr std::array kUnits{
    Unit{EnergyKind::mac, "pJ/MAC", 1},  Unit{EnergyKind::op, "pJ/op", 1}, Unit{EnergyKind::byte, "pJ/byte", 1},
    Unit{EnergyKind::byte, "pJ/bit", 8}, Unit{EnergyKind::event, "pJ", 1}, Unit{EnergyKind::event, "nJ", 1000},
    Unit{EnergyKind::power, "mW", 1},
};

// Millionths of a plain decimal: digits, optionally a point and one to six digits.
std::optional<std::int64_t> parse_millionths(std::string_view text) {
  std::int64_t value = 0;
  int decimals = -1;  // digits behind the point; -1: before it
  bool digits = false;
  for (const char c : text) {
    if (c == '.' && decimals < 0 && digits) {
      decimals = 0;
      digits = false;
      continue;
    }
    if (c < '0' || c > '9' || decimals == kDecimals || value > kMost) return std::nullopt;
    value = value * 10 + (c - '0');
    digits = true;
    if (decimals >= 0) ++decimals;
  }
  if (!digits) return std::nullopt;
  for (int i = decimals < 0 ? 0 : decimals; i < kDecimals; ++i) {
    if (value > kMost) return std::nullopt;
    value *= 10;
  }
  return value;
}

}  // namespace

EnergyText parse_energy(std::string_view text, EnergyKind kind) {
  const std::size_t space = text.find(' ');
  const std::string_view number = text.substr(0, space);
  const std::string_view unit = space == std::string_view::npos ? std::string_view{} : text.substr(space + 1);
  for (const Unit& u : kUnits) {
    if (u.kind != kind || u.text != unit) continue;
    const auto millionths = parse_millionths(number);
    if (!millionths || *millionths > kMost / u.factor) {
      return {{}, fmt::format("must be a number from 0 to 1000000 {} with at most six decimals", units_of(kind))};
    }
    return {*millionths * u.factor, {}};
  }
  const char* example = kind == EnergyKind::power ? "12.5" : "0.3";
  return {{},
          fmt::format("needs a unit ({}): write for example \"{} {}\"", units_of(kind), example,
                      units_of(kind).substr(0, units_of(kind).find(',')))};
}

std::string format_energy(std::int64_t value, EnergyKind kind) {
  std::string fraction = fmt::format("{:06}", value % kOne);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  const std::string units = units_of(kind);
  return fmt::format("{}{}{} {}", value / kOne, fraction.empty() ? "" : ".", fraction,
                     units.substr(0, units.find(',')));
}

std::string units_of(EnergyKind kind) {
  std::string list;
  for (const Unit& u : kUnits) {
    if (u.kind == kind) list += (list.empty() ? "" : ", ") + std::string(u.text);
  }
  return list;
}

}  // namespace tessera::arch
