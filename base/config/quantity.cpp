#include "base/config/quantity.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <span>
#include <vector>

namespace tessera::base {
namespace {

struct UnitName {
  std::string_view name;
  std::int64_t factor;  // of the base unit
  bool written = true;  // used when a value is written back
};

constexpr std::int64_t kKi = 1024, kMi = kKi * kKi, kGi = kMi * kKi;
constexpr std::int64_t kK = 1000, kM = kK * kK, kG = kM * kK, kT = kG * kK;

constexpr std::array kBytes{UnitName{"B", 1},         UnitName{"KiB", kKi},      UnitName{"MiB", kMi},
                            UnitName{"GiB", kGi},     UnitName{"kB", kK, false}, UnitName{"MB", kM, false},
                            UnitName{"GB", kG, false}};
constexpr std::array kBytesPerCycle{UnitName{"B/cycle", 1}};
constexpr std::array kRate{UnitName{"B/cycle", kK}};
constexpr std::array kBandwidth{
    UnitName{"B/s", 1},   UnitName{"kB/s", kK},          UnitName{"MB/s", kM},          UnitName{"GB/s", kG},
    UnitName{"TB/s", kT}, UnitName{"KiB/s", kKi, false}, UnitName{"MiB/s", kMi, false}, UnitName{"GiB/s", kGi, false}};
constexpr std::array kFrequency{UnitName{"Hz", 1}, UnitName{"kHz", kK}, UnitName{"MHz", kM}, UnitName{"GHz", kG}};
constexpr std::array kTime{UnitName{"ps", 1}, UnitName{"ns", kK}, UnitName{"us", kM}, UnitName{"ms", kG},
                           UnitName{"s", kT}};
constexpr std::array kCycles{UnitName{"cycles", 1}, UnitName{"cycle", 1, false}};

struct DimensionInfo {
  std::span<const UnitName> units;
  std::string_view noun, example;
};

DimensionInfo info(Dimension d) {
  switch (d) {
    case Dimension::bytes: return {kBytes, "a size", "256 KiB"};
    case Dimension::bytes_per_cycle: return {kBytesPerCycle, "a width", "64 B/cycle"};
    case Dimension::rate: return {kRate, "a rate", "13.6 B/cycle"};
    case Dimension::bandwidth: return {kBandwidth, "a bandwidth", "25.6 GB/s"};
    case Dimension::frequency: return {kFrequency, "a frequency", "1 GHz"};
    case Dimension::time: return {kTime, "a time", "100 ns"};
    case Dimension::cycles: return {kCycles, "a number of cycles", "16 cycles"};
  }
  return {};
}

// Those that a unit tells; a rate has the unit of a width.
constexpr std::array kDimensions{Dimension::bytes,     Dimension::bytes_per_cycle,
                                 Dimension::bandwidth, Dimension::frequency,
                                 Dimension::time,      Dimension::cycles};

const UnitName* find_unit(Dimension d, std::string_view name) {
  for (const UnitName& unit : info(d).units) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// digits[.digits] exactly: mantissa x 10^-decimals. Anything longer than 18 digits has no exact value here.
struct Decimal {
  std::int64_t mantissa = 0;
  int decimals = 0;
  bool negative = false;
};

std::optional<Decimal> parse_decimal(std::string_view text) {
  Decimal d;
  if (!text.empty() && text.front() == '-') {
    d.negative = true;
    text.remove_prefix(1);
  }
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  const bool leading_zero = whole.size() > 1 && whole.front() == '0';
  if (whole.empty() || leading_zero || (point != std::string_view::npos && fraction.empty())) return std::nullopt;
  if (whole.size() + fraction.size() > 18) return std::nullopt;
  for (const std::string_view part : {whole, fraction}) {
    for (const char c : part) {
      if (!is_digit(c)) return std::nullopt;
      d.mantissa = d.mantissa * 10 + (c - '0');
    }
  }
  d.decimals = static_cast<int>(fraction.size());
  return d;
}

std::string wrong_unit(std::string_view unit, Dimension wanted) {
  const DimensionInfo want = info(wanted);
  for (const Dimension other : kDimensions) {
    if (other != wanted && find_unit(other, unit) != nullptr) {
      return fmt::format("is {}, must be {} such as \"{}\"", info(other).noun, want.noun, want.example);
    }
  }
  const std::string_view hint = unit == "KB" || unit == "K" || unit == "k" ? " (KiB is 1024 B, kB is 1000 B)" : "";
  return fmt::format("has the unknown unit \"{}\"{}, must be one of {}", unit, hint, units_of(wanted));
}

}  // namespace

QuantityText parse_quantity(std::string_view text, Dimension dimension) {
  const DimensionInfo wanted = info(dimension);
  std::size_t end = 0;
  while (end < text.size() && (is_digit(text[end]) || text[end] == '.' || (end == 0 && text[end] == '-'))) ++end;
  const auto number = parse_decimal(text.substr(0, end));
  if (!number) return {{}, fmt::format("must be {} such as \"{}\"", wanted.noun, wanted.example)};
  std::size_t unit_at = end;
  while (unit_at < text.size() && text[unit_at] == ' ') ++unit_at;
  const std::string_view unit_name = text.substr(unit_at);
  if (unit_name.empty()) {
    return {{}, fmt::format("needs a unit ({}): write for example \"{}\"", units_of(dimension), wanted.example)};
  }
  const UnitName* unit = find_unit(dimension, unit_name);
  if (unit == nullptr) return {{}, wrong_unit(unit_name, dimension)};
  std::int64_t scale = 1;
  for (int i = 0; i < number->decimals; ++i) scale *= 10;
  const __int128 product = static_cast<__int128>(number->mantissa) * unit->factor;
  if (product % scale != 0) {
    const UnitName& base = wanted.units.front();
    return {{}, fmt::format("is not a whole number of {}{}", base.factor == 1 ? "" : "thousandths of ", base.name)};
  }
  const __int128 value = product / scale;
  if (value > std::numeric_limits<std::int64_t>::max()) return {{}, "is too large"};
  return {number->negative ? -static_cast<std::int64_t>(value) : static_cast<std::int64_t>(value), {}};
}

std::string format_quantity(std::int64_t value, Dimension dimension) {
  const auto units = info(dimension).units;
  const UnitName* best = &units.front();
  const std::uint64_t size = value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  // Binary units only where exact; decimal ones may take up to three decimals.
  const bool binary = dimension == Dimension::bytes;
  for (const UnitName& unit : units) {
    const auto factor = static_cast<std::uint64_t>(unit.factor);
    if (!unit.written || factor > size || factor < static_cast<std::uint64_t>(best->factor)) continue;
    if (size % (binary || factor < 1000 ? factor : factor / 1000) == 0) best = &unit;
  }
  const auto factor = static_cast<std::uint64_t>(best->factor);
  std::string text = fmt::format("{}{}", value < 0 ? "-" : "", size / factor);
  if (size % factor != 0) {
    std::string fraction = fmt::format("{:03}", size % factor / (factor / 1000));
    while (fraction.back() == '0') fraction.pop_back();
    text += "." + fraction;
  }
  if (dimension == Dimension::cycles && size == 1) return text + " cycle";
  return text + " " + std::string(best->name);
}

std::string units_of(Dimension dimension) {
  std::string text;
  for (const UnitName& unit : info(dimension).units) {
    text += text.empty() ? "" : ", ";
    text += unit.name;
  }
  return text;
}

std::string describe(Dimension dimension) {
  const DimensionInfo d = info(dimension);
  return fmt::format("{} such as \"{}\"", d.noun, d.example);
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  const std::string_view digits = !text.empty() && text.front() == '-' ? text.substr(1) : text;
  if (digits.empty() || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> parse_real(std::string_view text) {
  if (text.empty() || text.size() > 24) return std::nullopt;
  for (const char c : text) {
    if (!is_digit(c) && c != '.' && c != '-' && c != 'e' && c != 'E') return std::nullopt;
  }
  const std::string_view digits = text.front() == '-' ? text.substr(1) : text;
  if (digits.size() > 1 && digits[0] == '0' && is_digit(digits[1])) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace tessera::base
