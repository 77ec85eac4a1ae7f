#include "arch/dram/measure.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>

#include "arch/dram/bank_state_memory.h"
#include "arch/dram/closed_loop.h"
#include "arch/dram/make_channel.h"

namespace tessera::arch {
namespace {

std::optional<std::int64_t> whole_number(std::string_view text) {
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  if (hex) text.remove_prefix(2);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

// The request, or what is wrong with the line.
std::optional<std::string> parse_request(const std::string& line, DramCycle earliest, TimedRequest& request) {
  std::istringstream words(line);
  std::string address, direction, cycle, more;
  words >> address >> direction >> cycle;
  if (cycle.empty() || words >> more) return "a request is `address R|W cycle`";
  const auto a = whole_number(address), c = whole_number(cycle);
  if (!a) return "\"" + address + "\" is no address: write a whole number, decimal or 0x...";
  if (direction != "R" && direction != "W") return "\"" + direction + "\" is neither R nor W";
  if (!c || *c > std::int64_t{1} << 40) return "\"" + cycle + "\" is no cycle: write a whole number";
  if (*c < earliest) return "cycle " + cycle + " lies before the cycle of the line above, " + std::to_string(earliest);
  request = {*a, direction == "W", *c};
  return std::nullopt;
}

}  // namespace

base::Result<std::vector<TimedRequest>> read_request_file(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in || std::filesystem::is_directory(file))
    return base::failure({file.string(), 0, 0}, "cannot read the request file");
  constexpr std::size_t kMostProblems = 20;
  std::vector<TimedRequest> requests;
  base::Diagnostics problems;
  std::string line;
  for (int number = 1; std::getline(in, line) && problems.list().size() < kMostProblems; ++number) {
    line.erase(std::min(line.find('#'), line.size()));
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    TimedRequest request;
    if (const auto problem = parse_request(line, requests.empty() ? 0 : requests.back().cycle, request)) {
      problems.add({{file.string(), number, 1}, *problem, line});
    } else {
      requests.push_back(request);
    }
  }
  if (problems.empty() && requests.empty())
    return base::failure({file.string(), 0, 0}, "the file has no requests: one per line, `address R|W cycle`");
  if (!problems.empty()) return problems;
  return requests;
}

DramMeasurement measure_pattern(const DramSpec& spec, const AccessPattern& pattern) {
  const auto standard = find_dram_standard(spec.bank_state.standard).value();
  const AddressMap map(standard, spec.channels, spec.interleave.count(), spec.bank_state.mapping);
  Channels channels;
  for (std::int64_t i = 0; i < spec.channels; ++i) {
    auto options = channel_options(spec, standard, i);
    options.posted_writes = true;  // as in the reference
    channels.push_back(make_channel(standard, options));
  }
  const auto loop = run_closed_loop(pattern, map, channels);
  DramMeasurement result;
  result.time = standard.clock.duration(base::Cycles{loop.cycles});
  result.bytes = loop.bursts * standard.burst_bytes;
  result.reads = loop.reads;
  result.writes = loop.bursts - loop.reads;
  result.read_latency = standard.clock.duration(base::Cycles{loop.read_latency});
  result.statistics = loop.statistics;
  return result;
}

DramMeasurement measure_requests(const DramSpec& spec, const std::vector<TimedRequest>& requests) {
  const auto standard = find_dram_standard(spec.bank_state.standard).value();
  BankStateMemory memory(spec);
  std::vector<MemoryAnswer> answers;
  DramMeasurement result;
  for (const auto& r : requests) {
    const auto arrival = standard.clock.edge(base::Cycles{r.cycle});
    memory.advance(arrival, answers);
    const auto bytes = static_cast<std::int32_t>(standard.burst_bytes);
    memory.submit({base::round_down(r.address, standard.burst_bytes), bytes, r.write, 0, arrival});
    if (!answers.empty()) result.time = answers.back().time;
    answers.clear();
  }
  for (auto next = memory.next(); next != base::kNever; next = memory.next()) memory.advance(next, answers);
  if (!answers.empty()) result.time = answers.back().time;
  result.time -= standard.clock.edge(base::Cycles{requests.front().cycle});
  const auto s = memory.statistics();
  result.bytes = s.read_bytes + s.write_bytes;
  result.reads = s.reads;
  result.writes = s.writes;
  result.read_latency = s.read_latency;
  result.statistics = memory.channel_statistics();
  return result;
}

}  // namespace tessera::arch
