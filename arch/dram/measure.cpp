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
  if (!a) return "\"" + address + "\" is no address: write 0 to 2^63 - 1, decimal or 0x...";
  if (direction != "R" && direction != "W") return "\"" + direction + "\" is neither R nor W";
  if (!c || *c > std::int64_t{1} << 40) return "\"" + cycle + "\" is no cycle: write 0 to 2^40";
  if (*c < earliest) return "cycle " + cycle + " lies before the cycle of the line above, " + std::to_string(earliest);
  request = {*a, direction == "W", *c};
  return std::nullopt;
}

// What the line is where it is a request of another simulator's list, which lacks the burst, or burst and times.
std::optional<std::string> foreign_list(const std::string& line) {
  std::istringstream words(line);
  std::string first, second;
  words >> first >> second;
  const char* of = second == "READ" || second == "WRITE" ? "DRAMsim3 (`address READ|WRITE cycle`)"
                   : first == "LD" || first == "ST"      ? "Ramulator 2 (`LD|ST address`)"
                                                         : nullptr;
  if (of == nullptr) return std::nullopt;
  return std::string("this is a list for ") + of +
         "; tessera dram reads `address R|W cycle`, which tessera convert --to dram writes";
}

// Takes the head if the line is one; what is wrong with it.
std::optional<std::string> take_head(const std::string& line, RequestList& list) {
  const auto head = base::parse_dram_requests_head(line);
  if (!head) return head.problems().list().front().message;
  if (!*head) return std::nullopt;
  if (list.head || !list.requests.empty()) return "the head of the list stands once, before all requests";
  list.head = **head;
  return std::nullopt;
}

}  // namespace

base::Result<RequestList> read_request_file(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in || std::filesystem::is_directory(file))
    return base::failure({file.string(), 0, 0}, "cannot read the request file");
  constexpr std::size_t kMostProblems = 20;
  RequestList list;
  base::Diagnostics problems;
  std::string line;
  for (int number = 1; std::getline(in, line) && problems.list().size() < kMostProblems; ++number) {
    if (const auto problem = take_head(line, list)) problems.add({{file.string(), number, 1}, *problem, line});
    line.erase(std::min(line.find('#'), line.size()));
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    TimedRequest request;
    const DramCycle earliest = list.requests.empty() ? 0 : list.requests.back().cycle;
    if (const auto foreign = foreign_list(line))
      return base::failure({file.string(), number, 1}, *foreign);  // every line would say the same
    if (const auto problem = parse_request(line, earliest, request)) {
      problems.add({{file.string(), number, 1}, *problem, line});
    } else {
      list.requests.push_back(request);
    }
  }
  if (problems.empty() && list.requests.empty())
    return base::failure({file.string(), 0, 0}, "the file has no requests: one per line, `address R|W cycle`");
  if (!problems.empty()) return problems;
  return list;
}

base::Diagnostics check_requests(const RequestList& list, const DramStandard& standard) {
  if (!list.head || list.head->burst_bytes % standard.burst_bytes == 0) return {};
  return base::failure("the list has requests of " + std::to_string(list.head->burst_bytes) + " B, and a burst of " +
                       standard.name + " is " + std::to_string(standard.burst_bytes) +
                       " B: requests for parts of a burst cannot be replayed");
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
  result.reads = loop.moved_reads;
  result.writes = loop.moved_writes;
  result.bytes = (result.reads + result.writes) * standard.burst_bytes;
  result.requested_reads = loop.reads;
  result.requested_writes = loop.bursts - loop.reads;
  result.read_latency = standard.clock.duration(base::Cycles{loop.read_latency});
  result.statistics = loop.statistics;
  return result;
}

DramMeasurement measure_requests(const DramSpec& spec, const RequestList& list) {
  const auto standard = find_dram_standard(spec.bank_state.standard).value();
  const base::Clock& clock = list.head ? list.head->clock : standard.clock;
  const std::int64_t bytes = list.head ? list.head->burst_bytes : standard.burst_bytes;
  BankStateMemory memory(spec);
  std::vector<MemoryAnswer> answers;
  DramMeasurement result;
  for (const auto& r : list.requests) {
    const auto arrival = clock.edge(base::Cycles{r.cycle});
    memory.advance(arrival, answers);
    memory.submit({base::round_down(r.address, bytes), static_cast<std::int32_t>(bytes), r.write, 0, arrival});
    (r.write ? result.requested_writes : result.requested_reads) += bytes / standard.burst_bytes;
    if (!answers.empty()) result.time = answers.back().time;
    answers.clear();
  }
  for (auto next = memory.next(); next != base::kNever; next = memory.next()) memory.advance(next, answers);
  if (!answers.empty()) result.time = answers.back().time;
  result.time -= clock.edge(base::Cycles{list.requests.front().cycle});
  const auto s = memory.statistics();
  result.bytes = s.read_bytes + s.write_bytes;
  result.reads = s.reads;
  result.writes = s.writes;
  result.read_latency = s.read_latency;
  result.statistics = memory.channel_statistics();
  return result;
}

}  // namespace tessera::arch
