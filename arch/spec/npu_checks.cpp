#include "arch/spec/npu_checks.h"

#include <fmt/format.h>

#include "arch/spec/dram_keys.h"
#include "arch/spec/npu_conditions.h"
#include "arch/spec/operand_format.h"
#include "arch/spec/stream_width.h"
#include "base/config/quantity.h"
#include "base/config/tree_path.h"

namespace tessera::arch {
namespace {

class Checks {
 public:
  Checks(const base::Node& root, const NpuSpec& spec, base::Diagnostics& problems)
      : root_(root), spec_(spec), problems_(problems) {}

  void all() {
    const StreamWidth width = stream_width(spec_.core.pe_array, operand_format(spec_, spec_.precision).bits);
    region("input", spec_.core.sram.input, width.input);
    region("weight", spec_.core.sram.weight, width.weight);
    region("output", spec_.core.sram.output, width.output);
    packets();
    shared_sram();
    dram();
    array();
    trace_buffer();
    for (const KeyCondition& c : key_conditions())
      if (!c.holds(spec_)) without_effect(c.path, c.needs, c.wanted);
    channels();
  }

 private:
  void report(std::string_view path, std::string message) {
    problems_.add(base::nearest(root_, path).problem(std::move(message)));
  }
  static std::string bytes(std::int64_t n) { return base::format_quantity(n, base::Dimension::bytes); }

  void region(const std::string& name, const SramRegionSpec& r, std::int64_t streamed) {
    const std::string path = "core.sram." + name;
    if (r.capacity.count() % r.banks != 0) {
      report(path + ".banks",
             fmt::format("{}.capacity of {} does not divide into {} banks", path, bytes(r.capacity.count()), r.banks));
    }
    if (r.bytes_per_cycle.count() < streamed && !spec_.core.sram.allow_throttle) {
      report(path + ".bytes_per_cycle",
             fmt::format(
                 "{0}.bytes_per_cycle is {1} B/cycle, but the array of {2} x {3} streams {4} B/cycle: widen it to "
                 "\"{4} B/cycle\", or set core.sram.allow_throttle: true",
                 path, r.bytes_per_cycle.count(), spec_.core.pe_array.rows, spec_.core.pe_array.columns, streamed));
    }
  }

  static constexpr const char* kBurst = "the DRAM's burst";
  void multiple(const std::string& path, std::int64_t value, const std::string& of, std::int64_t unit) {
    if (value % unit == 0) return;
    const bool own_burst = of == kBurst && base::find_path(root_, "dram.burst") != nullptr;
    report(path, fmt::format("{} of {} must be a multiple of {} ({}{})", path, bytes(value), of,
                             own_burst ? "dram.burst: " : "", bytes(unit)));
  }

  void packets() {
    const std::int64_t burst = spec_.dram.burst.count();
    multiple("dma.max_packet", spec_.dma.max_packet.count(), kBurst, burst);
    multiple("dram.interleave", spec_.dram.interleave.count(), kBurst, burst);
    const Bytes page = spec_.dram.page;
    if (page.count() > 0 && spec_.dma.max_packet > page) {
      report("dma.max_packet",
             fmt::format("dma.max_packet of {} is larger than a page of {} ({})", bytes(spec_.dma.max_packet.count()),
                         spec_.dram.bank_state.standard, bytes(page.count())));
    }
  }

  void shared_sram() {
    const SharedSramSpec& s = spec_.shared_sram;
    if (s.capacity.count() == 0) return;
    multiple("shared_sram.capacity", s.capacity.count(), "shared_sram.line", s.line.count());
    multiple("shared_sram.line", s.line.count(), kBurst, spec_.dram.burst.count());
    if (s.line.count() / spec_.dram.burst.count() > 64) {
      report("shared_sram.line", fmt::format("shared_sram.line of {} must be at most 64 of the DRAM's bursts ({})",
                                             bytes(s.line.count()), bytes(64 * spec_.dram.burst.count())));
    }
    const std::int64_t in_flight = spec_.dma.outstanding * spec_.dma.max_packet.count();
    if (s.capacity.count() < in_flight) {
      report("shared_sram.capacity",
             fmt::format("shared_sram.capacity of {} cannot hold the packets on their way: {} of {} are {}",
                         bytes(s.capacity.count()), spec_.dma.outstanding, bytes(spec_.dma.max_packet.count()),
                         bytes(in_flight)));
    }
  }

  // A key that only the other memory model has.
  void foreign(const DramKey& key) {
    const std::string path = fmt::format("dram.{}", key.name);
    if (base::find_path(root_, path) == nullptr) return;
    report(path, fmt::format("{} belongs to dram.model: {}, and the model here is {}", path, to_string(key.model),
                             to_string(spec_.dram.kind)));
  }

  void dram() {
    for (const DramKey& key : kDramKeys) {
      if (key.model != spec_.dram.kind) foreign(key);
    }
    switch (spec_.dram.kind) {
      case DramSpec::Kind::simple: simple_dram(); break;
      case DramSpec::Kind::bank_state: bank_state_dram(); break;
    }
  }

  void simple_dram() {
    if (spec_.dram.simple.bytes_per_second != 0) return;
    report("dram",
           "missing dram.bandwidth, of one channel (a bandwidth such as \"6.4 GB/s\"): dram.model: simple needs it");
  }

  void bank_state_dram() {
    if (spec_.dram.bank_state.drain_low >= spec_.dram.bank_state.drain_high) {
      report("dram.drain_low", fmt::format("dram.drain_low of {} must be below dram.drain_high of {}",
                                           spec_.dram.bank_state.drain_low, spec_.dram.bank_state.drain_high));
    }
  }

  // A key that nothing would listen to. One that the file says stays silent where an override, as of a sweep, has
  // switched off what it belongs to.
  void without_effect(std::string_view path, std::string_view needs, std::string_view wanted) {
    const base::Node* given = base::find_path(root_, path);
    if (given == nullptr || is_overridden(*given, needs)) return;
    report(path, fmt::format("{} has no effect without {}: leave it out", path, wanted));
  }
  [[nodiscard]] bool is_overridden(const base::Node& given, std::string_view needs) const {
    const base::Node* decides = base::find_path(root_, needs);
    return decides != nullptr && decides->source != root_.source && given.source == root_.source;
  }

  void channels() {
    for (std::size_t i = 0; i < spec_.dma.channels.size(); ++i) {
      const std::string path = fmt::format("dma.channels[{}]", i);
      if (spec_.dma.arbitration != Arbitration::priority)
        without_effect(path + ".priority", "dma.arbitration", "dma.arbitration: priority");
      if (spec_.dma.arbitration != Arbitration::weighted)
        without_effect(path + ".weight", "dma.arbitration", "dma.arbitration: weighted");
    }
  }

  void trace_buffer() {
    const trace::TraceBufferSpec& b = spec_.trace_buffer;
    if (!b.drain.none() || b.overflow != trace::OverflowPolicy::stall) return;
    report("trace_buffer.drain",
           "trace_buffer.drain of 0 B/cycle never empties the ring, and trace_buffer.overflow: stall would hold the "
           "units for ever: let it drain, or let it lose records");
  }

  void array() {
    const PeArraySpec& a = spec_.core.pe_array;
    if (a.load_rows_per_cycle > a.rows) {
      report("core.pe_array.load_rows_per_cycle",
             fmt::format("core.pe_array.load_rows_per_cycle is {}, and the array has {} rows", a.load_rows_per_cycle,
                         a.rows));
    }
  }

  const base::Node& root_;
  const NpuSpec& spec_;
  base::Diagnostics& problems_;
};

}  // namespace

void check_npu(const base::Node& root, const NpuSpec& spec, base::Diagnostics& problems) {
  Checks(root, spec, problems).all();
}

}  // namespace tessera::arch
