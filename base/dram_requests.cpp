#include "base/dram_requests.h"

#include <charconv>

namespace tessera::base {
namespace {

constexpr std::string_view kMark = "# tessera.dram_requests/", kVersion = "1 ";
constexpr std::string_view kBurst = "burst_bytes=", kPeriod = "period_ps=";
constexpr std::int64_t kMostBurst = 1 << 20, kMostPeriod = 1'000'000'000'000;

// Takes `word` and a number from the front of the text; 0 if they are not there.
std::int64_t take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return 0;
  text.remove_prefix(word.size());
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return 0;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

}  // namespace

std::string dram_requests_head(const DramRequestsHead& head) {
  return std::string(kMark) + std::string(kVersion) + std::string(kBurst) + std::to_string(head.burst_bytes) + " " +
         std::string(kPeriod) + std::to_string(head.clock.period_num()) + "/" +
         std::to_string(head.clock.period_den()) + "\n";
}

Result<std::optional<DramRequestsHead>> parse_dram_requests_head(std::string_view line) {
  if (!line.starts_with(kMark)) return std::optional<DramRequestsHead>{};
  std::string_view rest = line.substr(kMark.size());
  if (rest.ends_with('\r')) rest.remove_suffix(1);
  const bool known = rest.starts_with(kVersion);
  if (known) rest.remove_prefix(kVersion.size());
  const std::int64_t burst = take(rest, kBurst);
  const std::int64_t num = rest.starts_with(' ') ? (rest.remove_prefix(1), take(rest, kPeriod)) : 0;
  const std::int64_t den = take(rest, "/");
  const bool in_range =
      burst >= 1 && burst <= kMostBurst && num >= 1 && den >= 1 && num / den <= kMostPeriod && den <= kMostPeriod;
  if (!known || !in_range || !rest.empty()) {
    return failure("the head of a request list is `" + std::string(kMark) + std::string(kVersion) +
                   "burst_bytes=N period_ps=N/N`");
  }
  return std::optional(DramRequestsHead{burst, Clock{num, den}});
}

}  // namespace tessera::base
