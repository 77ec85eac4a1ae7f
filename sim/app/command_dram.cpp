// tessera dram: an access pattern or a request file on DRAM alone.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "arch/dram/address_map.h"
#include "arch/dram/bank_state_memory.h"
#include "arch/dram/measure.h"
#include "base/escape.h"
#include "base/json_document.h"
#include "sim/app/commands.h"
#include "sim/app/options.h"
#include "sim/app/output.h"
#include "sim/config/file_kind.h"
#include "trace/report/screen.h"

namespace tessera::app {
namespace {

struct DramOptions {
  arch::BankStateDramSpec spec;
  std::int64_t channels = 1;
  std::string mapping = "bgi";
  std::int64_t interleave = 0;  // bytes; 0: one burst
  std::string pattern, requests;
  bool per_channel = false;
  bool json = false;

  // One stream over all channels waits whenever one of them refreshes: staggered, that is most of the time.
  [[nodiscard]] bool waits_for_staggered_refreshes() const {
    return !pattern.empty() && !per_channel && channels > 1 && spec.refresh && spec.stagger_refresh;
  }
};

void declare(Options& options, DramOptions& o) {
  o.spec.standard = "DDR4-3200";
  std::string known;
  for (const auto& name : arch::dram_standard_names()) known += (known.empty() ? "" : ", ") + name;
  options.value("--standard", o.spec.standard, known + ", or the path of a .yaml file").shows_default();
  options.value("--channels", o.channels, "channels").between(1, 256).shows_default();
  options.value("--mapping", o.mapping, "bgi (row, bank, column, bank group) or rbc (row, bank, bank group, column)")
      .shows_default();
  options.value("--interleave", o.interleave, "consecutive bytes on one channel (default: one burst)")
      .between(1, 1 << 24);
  options.value("--pattern", o.pattern,
                "seq16M, wr1M, str4[_skew], rw[_skew], copy[_skew], tile4k, tile4kx16, rand, chase");
  options.value("--requests", o.requests, "file of lines `address R|W cycle` instead of a pattern")
      .excludes("--pattern");
  options
      .flag("--per-channel-streams", o.per_channel,
            "deal each stream of the pattern out to the channels, so that no channel waits for another")
      .excludes("--requests");
  options.value("--read-queue", o.spec.read_queue, "bursts per channel").between(1, 1024).shows_default();
  options.value("--write-queue", o.spec.write_queue, "bursts per channel").between(1, 1024).shows_default();
  options.value("--drain-high", o.spec.drain_high, "share of the write queue above which writes are drained")
      .between(0, 1)
      .shows_default();
  options.value("--drain-low", o.spec.drain_low, "share below which reads go on").between(0, 1).shows_default();
  options.flag("--no-refresh", o.spec.refresh, "without refresh", false);
  options.flag("--no-stagger-refresh", o.spec.stagger_refresh, "all channels refresh at the same time", false);
  options.flag("--json", o.json, "one JSON document");
}

constexpr arch::DramWords kOptionWords{"the burst", "--interleave", "--drain-low", "--drain-high"};

using Results = std::vector<std::pair<std::string_view, base::Value>>;

// A rate over nothing has no value, not zero.
base::Value rate(std::int64_t part, std::int64_t whole, double scale = 1) {
  return whole == 0 ? base::Value{} : static_cast<double>(part) / static_cast<double>(whole) / scale;
}

// What the document and the screen show of one measurement.
Results results(const DramOptions& o, const arch::DramStandard& standard, const arch::DramMeasurement& m) {
  const auto& s = m.statistics;
  const double time_ns = static_cast<double>(m.time.count()) / 1000.0;
  const double gbps = m.time.count() == 0 ? 0.0 : static_cast<double>(m.bytes) / time_ns;
  const double peak = static_cast<double>(standard.peak_bytes_per_second() * o.channels) / 1e9;
  return {{"requested_bytes", (m.requested_reads + m.requested_writes) * standard.burst_bytes},
          {"bytes", m.bytes},
          {"time_ns", time_ns},
          {"bandwidth_gbps", gbps},
          {"peak_gbps", peak},
          {"efficiency", gbps / peak},
          {"row_hit_rate", rate(s.row_hits, s.row_hits + s.row_misses + s.row_conflicts)},
          {"refreshes", s.refreshes},
          {"average_read_latency_ns", rate(m.read_latency.count(), m.requested_reads, 1000.0)},
          {"reads", m.reads},
          {"writes", m.writes},
          {"row_hits", s.row_hits},
          {"row_misses", s.row_misses},
          {"row_conflicts", s.row_conflicts},
          {"activates", s.activates},
          {"precharges", s.precharges},
          {"forwarded_reads", s.forwarded},
          {"merged_reads", s.merged},
          {"replaced_writes", s.replaced},
          {"buffered_writes", m.buffered_writes()},
          {"turnarounds", s.turnarounds}};
}

std::string as_json(const DramOptions& o, const arch::DramStandard& standard, const Results& list) {
  base::JsonDocument document("tessera.dram/1");
  document.put("standard", standard.name);
  document.put("channels", o.channels);
  document.put("mapping", o.mapping);
  if (o.requests.empty()) {
    document.put("pattern", o.pattern);
    document.put("streams", o.per_channel ? "per_channel" : "over_all_channels");
  } else {
    document.put("requests", o.requests);
  }
  for (const auto& [key, value] : list) document.put(key, value);
  return document.text();
}

void print_text(const DramOptions& o, const arch::DramStandard& standard, const Results& list) {
  const auto value = [&list](std::string_view key) -> const base::Value& {
    return std::find_if(list.begin(), list.end(), [key](const auto& r) { return r.first == key; })->second;
  };
  const auto number = [&](std::string_view key) {
    const auto n = base::number_of(value(key));
    return n ? fmt::format("{:.4g}", *n) : std::string("-");
  };
  const auto count = [&](std::string_view key) { return std::get<std::int64_t>(value(key)); };
  // One fact a line, folded below its value where the screen is narrow.
  const auto line = [](std::string_view label, const std::string& text) {
    fmt::print("{}", trace::wrapped(fmt::format("  {:<20} ", label), text, screen_width()));
  };
  const std::string source = o.requests.empty() ? "pattern " + o.pattern : "requests of " + o.requests;
  fmt::print("{} x {}, mapping {}, {}{}\n", o.channels, base::screen_text(standard.name), o.mapping,
             base::screen_text(source), o.per_channel ? ", a stream per channel" : "");
  line("time", fmt::format("{:.1f} ns for {} bytes", *base::number_of(value("time_ns")), count("requested_bytes")));
  line("bandwidth", fmt::format("{} GB/s on the data bus, {:.1f} % of {} GB/s peak", number("bandwidth_gbps"),
                                100 * *base::number_of(value("efficiency")), number("peak_gbps")));
  line("row hit rate", number("row_hit_rate") + " (hits / bursts, at the first look at the bank)");
  line("average read latency", number("average_read_latency_ns") + " ns (accepted by the controller to data)");
  for (const auto* key : {"reads", "writes", "activates", "precharges", "refreshes", "turnarounds", "forwarded_reads",
                          "merged_reads", "replaced_writes", "buffered_writes"})
    line(key, std::to_string(count(key)));
  if (!o.waits_for_staggered_refreshes()) return;
  fmt::print("{}", trace::wrapped("note: ",
                                  fmt::format("a stream is in order over all {} channels, so it waits whenever one of "
                                              "them refreshes, and they refresh one after the other. "
                                              "--per-channel-streams or --no-stagger-refresh shows what the channels "
                                              "can do.",
                                              o.channels),
                                  screen_width()));
}

base::Result<arch::DramMeasurement> measure(const DramOptions& o, const arch::DramSpec& spec,
                                            const arch::DramStandard& standard) {
  if (!o.requests.empty()) {
    const auto list = arch::read_request_file(o.requests);
    if (!list.ok()) return list.problems();
    if (const auto wrong = arch::check_requests(*list, standard); !wrong.empty())
      return base::failure({o.requests, 1, 1}, wrong.list().front().message);
    return arch::measure_requests(spec, *list);
  }
  auto pattern = arch::make_access_pattern(o.pattern, standard, o.channels);
  if (!pattern.ok()) return pattern.problems();
  if (!o.per_channel) return arch::measure_pattern(spec, *pattern);
  const arch::AddressMap map(standard, o.channels, spec.interleave.count(), spec.bank_state.mapping);
  pattern = arch::dealt_to_channels(*pattern, map, o.channels);
  if (!pattern.ok()) return pattern.problems();
  return arch::measure_pattern(spec, *pattern);
}

// Empty where the name is a shipped standard's, or misspelt.
std::filesystem::path standard_file(const std::string& name) {
  std::error_code error;
  return std::filesystem::is_regular_file(name, error) ? name : "";
}

}  // namespace

int dram_command(Arguments arguments) {
  Options options("dram", "An access pattern or a request file on DRAM alone.");
  DramOptions o;
  declare(options, o);
  if (const auto code = options.parse(arguments)) return *code;
  if (o.pattern.empty() && o.requests.empty()) return report("dram: give --pattern NAME or --requests FILE");

  const auto standard = arch::find_dram_standard(o.spec.standard);
  if (!standard.ok())
    return report(sim::explained(standard.problems(), standard_file(o.spec.standard), sim::FileKind::dram));
  arch::DramSpec spec;
  spec.kind = arch::DramSpec::Kind::bank_state;
  spec.burst = arch::Bytes{standard->burst_bytes};
  spec.interleave = arch::Bytes{o.interleave == 0 ? standard->burst_bytes : o.interleave};
  spec.channels = o.channels;
  spec.bank_state = o.spec;
  base::Diagnostics problems;
  if (const auto mapping = arch::parse_bank_mapping(o.mapping)) spec.bank_state.mapping = *mapping;
  else problems.append(mapping.problems());
  problems.append(arch::check_dram(spec, kOptionWords));
  if (!problems.empty()) return report(problems);
  const auto measured = measure(o, spec, *standard);
  if (!measured.ok()) return report(measured.problems());

  const Results list = results(o, *standard, *measured);
  if (o.json) fmt::print("{}\n", as_json(o, *standard, list));
  else print_text(o, *standard, list);
  return kDone;
}

}  // namespace tessera::app
