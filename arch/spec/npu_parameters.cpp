#include "arch/spec/npu_parameters.h"

#include <fmt/format.h>

#include "base/config/quantity.h"
#include "base/config/values.h"

template class tessera::base::ParameterTable<tessera::arch::NpuSpec>;

namespace tessera::arch {

using base::Dimension;
using base::Node;
using base::Range;

std::vector<std::pair<std::string, Precision>> precision_choices() {
  std::vector<std::pair<std::string, Precision>> choices;
  for (int p = 0; p < base::kPrecisionCount; ++p)
    choices.emplace_back(base::to_string(static_cast<Precision>(p)), static_cast<Precision>(p));
  return choices;
}

namespace {

// Relative MAC rates are a map: a precision that is not named runs at the array's rate.
void add_mac_rates(NpuTable& t) {
  for (const auto& [name, precision] : precision_choices()) {
    auto& p = t.add({"mac_rate." + name, "number", "", "", "0.001 to 64",
                     "MACs per PE and cycle at " + name + ", relative to the array's one per cycle", false});
    const bool as_int8 = precision == Precision::int4 || precision == Precision::fp8;
    p.default_follows(as_int8 ? "mac_rate.int8" : "1");
    p.read = [precision = precision](NpuSpec& s, const Node& n, const std::string& path, base::Diagnostics& d) {
      if (const auto v = base::read_real(n, path, {0.001, 64}, d)) s.mac_rate[precision] = *v;
    };
    p.write = [precision = precision](const NpuSpec& s) -> std::optional<Node> {
      const auto rate = s.mac_rate.find(precision);
      if (rate == s.mac_rate.end()) return std::nullopt;
      return Node::make_scalar(fmt::format("{}", rate->second));
    };
  }
}

// Partial sums of a format whose products need another size than the others.
void add_accumulators(NpuTable& t) {
  for (const auto& [name, precision] : precision_choices()) {
    auto& p = t.add({"accumulators." + name, "size", base::units_of(Dimension::bytes), "", "1 B to 16 B",
                     "size of a partial sum where the wider operand is " + name, false});
    p.default_follows("accumulator_bytes");
    p.read = [precision = precision](NpuSpec& s, const Node& n, const std::string& path, base::Diagnostics& d) {
      const auto v = base::read_quantity(n, path, Dimension::bytes, Range::between(1, 16), d);
      if (v) s.accumulators[precision] = *v;
    };
    p.write = [precision = precision](const NpuSpec& s) -> std::optional<Node> {
      const auto bytes = s.accumulators.find(precision);
      if (bytes == s.accumulators.end()) return std::nullopt;
      return Node::make_scalar(base::format_quantity(bytes->second, Dimension::bytes));
    };
  }
}

// Keys of a run file, which this library does not know: the run's reader takes them from the file.
void add_schedule_section(NpuTable& t) {
  auto& p = t.add({"schedule", "map", "", "", "",
                   "how the machine's own compiler schedules where the run does not say: keys "
                   "of a run file (buffers, tiles, loop_order, core_split, dma, scheduler)",
                   false});
  p.default_follows("none");
  p.read = [](NpuSpec&, const Node&, const std::string&, base::Diagnostics&) {};
  p.write = [](const NpuSpec&) -> std::optional<Node> { return std::nullopt; };
}

void add_trace_buffer(NpuTable& t) {
  t.integer("trace_buffer.capacity", 4096, Range::between(1, 1 << 24), "records that the ring holds",
            TESSERA_FIELD(trace_buffer.capacity));
  t.quantity("trace_buffer.record", "32 B", Dimension::bytes, Range::between(1, 4096), "size of one record in the ring",
             TESSERA_FIELD(trace_buffer.record));
  t.quantity("trace_buffer.drain", "4 B/cycle", Dimension::rate, Range::between(0, std::int64_t{1000} << 20),
             "rate at which the ring empties, core cycles; 0 keeps what fits and no more",
             TESSERA_FIELD(trace_buffer.drain.thousandths));
  using trace::OverflowPolicy;
  t.choice<OverflowPolicy>("trace_buffer.overflow", OverflowPolicy::overwrite_oldest,
                           {{"overwrite_oldest", OverflowPolicy::overwrite_oldest},
                            {"drop_newest", OverflowPolicy::drop_newest},
                            {"stall", OverflowPolicy::stall}},
                           "what happens to a record that finds the ring full; stall holds the unit until it fits",
                           TESSERA_FIELD(trace_buffer.overflow));
}

NpuTable make_table() {
  NpuTable t;
  add_machine_parameters(t);
  add_pe_array_parameters(t);
  add_vector_unit_parameters(t);
  add_sram_parameters(t);
  add_dma_parameters(t);
  add_memory_parameters(t);
  add_trace_buffer(t);
  add_mac_rates(t);
  add_accumulators(t);
  add_energy_parameters(t);
  return t;
}

}  // namespace

void add_machine_parameters(NpuTable& t) {
  const Range frequency{1'000'000, 20'000'000'000};
  t.text("name", "", "what results and traces call the machine", TESSERA_FIELD(name))
      .default_follows("the file's name");
  t.integer("cores", 1, Range::between(1, 1024), "cores, all alike", TESSERA_FIELD(cores));
  t.quantity("clocks.core", "", Dimension::frequency, frequency, "clock of arrays, vector units, SRAM and schedulers",
             TESSERA_FIELD(core_clock))
      .required();
  t.quantity("clocks.interconnect", "", Dimension::frequency, frequency, "clock of interconnect, DMA and shared SRAM",
             TESSERA_FIELD(interconnect_clock))
      .default_follows("clocks.core");
  t.choice<Precision>("precision", Precision::int8, precision_choices(),
                      "format of activations and weights unless the run says otherwise", TESSERA_FIELD(precision));
  t.quantity("accumulator_bytes", "4 B", Dimension::bytes, Range::between(1, 16),
             "size of a partial sum in the output region", TESSERA_FIELD(accumulator_bytes));
  t.integer("scheduler.count", 1, Range::between(1, 64), "schedulers that decide at the same time",
            TESSERA_FIELD(scheduler.count));
  t.quantity("scheduler.dispatch_latency", "16 cycles", Dimension::cycles, Range::between(0, 1'000'000),
             "core cycles that one decision takes", TESSERA_FIELD(scheduler.dispatch_latency));
  t.quantity("scheduler.launch_latency", "0 cycles", Dimension::cycles, Range::between(0, 1'000'000'000),
             "core cycles more for the first decision of each operator: the host sets the layer up",
             TESSERA_FIELD(scheduler.launch_latency));
  t.choice<LayoutKind>("layout.kind", LayoutKind::nhwc,
                       {{"nhwc", LayoutKind::nhwc}, {"nchw", LayoutKind::nchw}, {"nchw_c", LayoutKind::nchw_c}},
                       "order of an activation's axes in DRAM; nchw_c keeps blocks of channels together",
                       TESSERA_FIELD(layout.kind));
  t.integer("layout.channel_block", 8, Range::between(1, 1024), "channels of one block (layout.kind: nchw_c)",
            TESSERA_FIELD(layout.channel_block));
  t.quantity("layout.align", "", Dimension::bytes, Range::between(1, 65536),
             "the bytes from one pixel to the next are rounded up to this", TESSERA_FIELD(layout.align))
      .default_follows("dram.burst");
  t.quantity("layout.weight_align", "1 B", Dimension::bytes, Range::between(1, 65536),
             "an operator's weights, all blocks together, are padded to a multiple of this",
             TESSERA_FIELD(layout.weight_align));
  add_schedule_section(t);
}

const NpuTable& npu_parameters() {
  static const NpuTable table = make_table();
  return table;
}

}  // namespace tessera::arch
