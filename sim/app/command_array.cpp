// tessera array NPU.yaml --gemm MxKxN | --conv ...: the PE array alone, the whole product as one tile.
//
// Cycles run from the first operand at the array (its launch, `start_up`, included) to the last result, as RTL counts
// them; memory, DMA and scheduling have no part in it.
#include <fmt/format.h>

#include <optional>

#include "arch/array/register_array.h"
#include "arch/spec/mac_rate.h"
#include "base/json_document.h"
#include "sim/app/commands.h"
#include "sim/app/options.h"
#include "sim/config/model_shape.h"
#include "sim/config/run_reader.h"

namespace tessera::app {
namespace {

struct ArrayArguments {
  std::string npu, gemm, conv;
  std::vector<std::string> overrides;
  bool json = false;
};

// The parser says what is wrong with the text; this says whose text it is.
base::Diagnostics of_option(const char* option, const base::Diagnostics& problems) {
  return base::failure({"command line", 0, 0}, fmt::format("{} {}", option, problems.list().front().message));
}

base::Result<arch::ArrayShape> shape_of(const ArrayArguments& arguments) {
  if (!arguments.gemm.empty()) {
    const auto gemm = sim::parse_gemm(arguments.gemm);
    if (!gemm) return of_option("--gemm", gemm.problems());
    return arch::ArrayShape{.m = gemm->m, .n = gemm->n, .channels = gemm->k};
  }
  const auto conv = sim::parse_conv(arguments.conv);
  if (!conv) return of_option("--conv", conv.problems());
  return arch::ArrayShape{.m = conv->out_w() * conv->out_h(),
                          .n = conv->k / conv->groups,
                          .channels = conv->c / conv->groups,
                          .taps = conv->kw * conv->kh,
                          .groups = conv->groups};
}

// MACs, and with them cycles, must fit 64 bits.
bool countable(const arch::ArrayShape& s) {
  double macs = 1;
  for (const std::int64_t extent : {s.m, s.n, s.channels, s.taps, s.groups}) macs *= static_cast<double>(extent);
  return macs < 1e15;
}

void print(const arch::PeArraySpec& array, const arch::ArrayWork& work, double utilization, bool json) {
  if (json) {
    base::JsonDocument document("tessera.array/1");
    document.put("cycles", work.latency);
    document.put("folds", work.folds);
    document.put("mac_utilization", utilization);
    document.put("macs", work.macs);
    document.put("occupancy_cycles", work.occupancy);
    document.put("last_step_offset_cycles", work.last_step_offset);
    document.put("rows", array.rows);
    document.put("columns", array.columns);
    fmt::print("{}\n", document.text());
    return;
  }
  fmt::print("cycles           {}   (first operand to last result)\n", work.latency.count());
  fmt::print("occupancy        {}   (until the next tile may start)\n", work.occupancy.count());
  fmt::print("folds            {}   (the largest uses {} x {} of {} x {} PEs)\n", work.folds, work.rows, work.columns,
             array.rows, array.columns);
  fmt::print("macs             {}\n", work.macs);
  fmt::print("mac utilization  {:.2f} %   (MACs / (PEs x cycles))\n", 100 * utilization);
}

}  // namespace

int array_command(Arguments arguments) {
  Options options("array", "The PE array of a machine alone: a whole GEMM or convolution as one tile.");
  ArrayArguments given;
  options.value("NPU", given.npu, "machine file").required();
  options.value("--gemm", given.gemm, "MxKxN: (M x K) times (K x N)");
  options.value("--conv", given.conv, "w=..,h=..,c=..,k=..,kw=..,kh=..[,sx=,sy=,pl=,pr=,pt=,pb=,dx=,dy=,groups=]")
      .excludes("--gemm");
  options.values("--set", given.overrides, "path=value, e.g. core.pe_array.rows=8");
  options.flag("--json", given.json, "one JSON document");
  if (const auto code = options.parse(arguments)) return *code;
  if (given.gemm.empty() && given.conv.empty())
    return report("tessera array: say what to compute: --gemm MxKxN or --conv w=..,h=..");

  const auto npu = sim::read_machine(given.npu, given.overrides);
  if (!npu) return report(npu.problems());
  const auto shape = shape_of(given);
  if (!shape) return report(shape.problems());
  if (!countable(*shape))
    return report("tessera array: more than 10^15 MACs are not counted here; take a smaller product");
  arch::PeArraySpec array = npu->core.pe_array;
  array.rate = arch::mac_rate(*npu, npu->precision);
  if (array.fidelity == arch::Fidelity::detailed && array.rate != arch::MacRate{}) {
    return report(
        "tessera array: core.pe_array.fidelity: detailed moves one step of an operand per cycle, so mac_rate of the "
        "machine's precision must be 1 with it");
  }
  if (shape->groups > 1 && array.grouped == arch::Grouped::vector) {
    return report(
        "tessera array: core.pe_array.grouped is \"vector\", so this machine computes grouped convolutions on its "
        "vector unit; --set core.pe_array.grouped=serial or block_diagonal puts them on the array");
  }
  const arch::ArrayWork work = arch::array_work(array, *shape);
  const double slots =
      static_cast<double>(array.rows) * static_cast<double>(array.columns) * static_cast<double>(work.latency.count());
  // A combinational 1 x 1 array ends in the cycle in which it starts.
  const double utilization = slots > 0 ? static_cast<double>(work.macs) / slots : 1.0;
  print(array, work, utilization, given.json);
  return kDone;
}

}  // namespace tessera::app
