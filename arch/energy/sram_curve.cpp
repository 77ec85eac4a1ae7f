#include "arch/energy/sram_curve.h"

#include <algorithm>
#include <cmath>

namespace tessera::arch {
namespace {

EnergyFigure join(const EnergyFigure& a, const EnergyFigure& b, double value) {
  EnergyFigure f = a;
  f.value = std::llround(value);
  f.source = a.source == b.source ? a.source : a.source + "; " + b.source;
  constexpr std::string_view kHow = ", between table points";
  if (!f.source.ends_with(kHow)) f.source += kHow;
  f.confidence = std::max({a.confidence, b.confidence, Confidence::derived});
  f.rows.clear();
  return f;
}

// The power law through (xa, a) and (xb, b) at x in [xa, xb].
EnergyFigure between(std::int64_t xa, const EnergyFigure& a, std::int64_t xb, const EnergyFigure& b, std::int64_t x) {
  if (x == xa || xa == xb) return a;
  if (x == xb) return b;
  const auto ratio = [](std::int64_t p, std::int64_t q) {
    return std::log(static_cast<double>(p) / static_cast<double>(q));
  };
  const double share = ratio(x, xa) / ratio(xb, xa);
  return join(a, b, static_cast<double>(a.value) * std::exp(share * ratio(b.value, a.value)));
}

// The points [begin, end) are of one width, by capacity.
EnergyFigure along(const SramPoint* begin, const SramPoint* end, std::int64_t capacity, SramDirection direction) {
  const auto of = [&](const SramPoint& p) -> const EnergyFigure& {
    return direction == SramDirection::read ? p.read : p.write;
  };
  const SramPoint* above = std::find_if(begin, end, [&](const SramPoint& p) { return p.capacity >= capacity; });
  if (above == end) {
    const SramPoint& last = *(end - 1);
    const double growth = std::sqrt(static_cast<double>(capacity) / static_cast<double>(last.capacity));
    return join(of(last), of(last), static_cast<double>(of(last).value) * growth);
  }
  if (above->capacity == capacity) return of(*above);
  if (above == begin) return join(of(*begin), of(*begin), static_cast<double>(of(*begin).value));
  return between((above - 1)->capacity, of(*(above - 1)), above->capacity, of(*above), capacity);
}

}  // namespace

std::optional<EnergyFigure> sram_energy(const std::vector<SramPoint>& points, std::int64_t capacity, std::int64_t width,
                                        SramDirection direction) {
  if (points.empty()) return std::nullopt;
  // The widths of the table next to the wanted one, or its first or last.
  const std::int64_t asked = std::clamp(width, points.front().width, points.back().width);
  const auto upper = std::find_if(points.begin(), points.end(), [&](const SramPoint& p) { return p.width >= asked; });
  const std::int64_t above = upper->width;
  const std::int64_t below = above == asked ? above : (upper - 1)->width;
  const auto at = [&](std::int64_t w) {
    const auto first = std::find_if(points.begin(), points.end(), [&](const SramPoint& p) { return p.width == w; });
    const auto last = std::find_if(first, points.end(), [&](const SramPoint& p) { return p.width != w; });
    return along(&*first, &*first + (last - first), capacity, direction);
  };
  if (above == below) return at(above);
  return between(below, at(below), above, at(above), asked);
}

}  // namespace tessera::arch
