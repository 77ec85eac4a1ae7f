#include "trace/report/screen.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"

namespace tessera::trace {

TimeUnit time_unit(base::Ps window) {
  constexpr std::int64_t kMostUs = 100'000, kMostMs = 100'000;  // five digits before the point
  if (window.count() < kMostUs * 1'000'000) return {"us", 1e6};
  if (window.count() < kMostMs * 1'000'000'000) return {"ms", 1e9};
  return {"s", 1e12};
}

std::string in_unit(base::Ps time, const TimeUnit& unit) {
  return fmt::format("{:.3f}", static_cast<double>(time.count()) / unit.ps);
}

std::string wrapped_parts(std::string_view first, const std::vector<std::string>& parts, std::size_t width) {
  const std::string indent(first.size(), ' ');
  const std::size_t room = std::max<std::size_t>(width, indent.size() + 20) - indent.size();
  std::string text, line;
  const auto end_line = [&] {
    text += (text.empty() ? std::string(first) : indent) + line;
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
    line.clear();
  };
  for (std::string part : parts) {
    if (!line.empty() && line.size() + part.find_last_not_of(' ') + 1 > room) end_line();
    while (part.size() > room && part.find_last_not_of(' ') >= room) {
      const std::size_t space = part.rfind(' ', room);
      const std::size_t cut = space == std::string::npos || space == 0 ? room : space + 1;
      line = part.substr(0, cut);
      part.erase(0, cut);
      end_line();
    }
    line += part;
  }
  if (!line.empty() || text.empty()) end_line();
  return text;
}

std::string wrapped(std::string_view first, std::string_view text, std::size_t width) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    words.push_back(std::string(text.substr(at, end - at)) + ' ');
    at = end + 1;
  }
  return wrapped_parts(first, words, width);
}

std::string end_of_name(const std::string& name, std::size_t most) {
  return base::last_columns(base::screen_text(name), most);
}

}  // namespace tessera::trace
