#include "trace/analysis/measure.h"

#include <array>
#include <cstddef>

namespace tessera::trace {
namespace {

struct UnitWords {
  std::string_view name, suffix;
};
constexpr std::array<UnitWords, 14> kUnits{{
    {"text", ""},
    {"count", ""},
    {"ratio", ""},
    {"x", ""},
    {"ps", "ps"},
    {"ns", "ns"},
    {"s", "seconds"},
    {"cycles", "cycles"},
    {"B", "bytes"},
    {"MACs", "macs"},
    {"B/s", "bytes_per_second"},
    {"1/s", "per_second"},
    {"uJ", "uj"},
    {"mW", "mw"},
}};

}  // namespace

std::string_view to_string(MeasureUnit unit) { return kUnits[static_cast<std::size_t>(unit)].name; }
std::string_view suffix_of(MeasureUnit unit) { return kUnits[static_cast<std::size_t>(unit)].suffix; }

std::string_view to_string(Aggregate how) {
  constexpr std::array<std::string_view, 3> kWords{"none", "sum", "mean"};
  return kWords[static_cast<std::size_t>(how)];
}

base::Value aggregate(Aggregate how, const std::vector<base::Value>& values) {
  std::int64_t whole = 0;
  double sum = 0;
  int numbers = 0;
  bool all_whole = true;
  for (const base::Value& v : values) {
    const auto number = base::number_of(v);
    if (!number) continue;
    ++numbers;
    sum += *number;
    const auto* n = std::get_if<std::int64_t>(&v);
    if (n == nullptr || __builtin_add_overflow(whole, *n, &whole)) all_whole = false;
  }
  if (how == Aggregate::none || numbers == 0) return {};
  if (how == Aggregate::mean) return sum / numbers;
  return all_whole ? base::Value(whole) : base::Value(sum);
}

}  // namespace tessera::trace
