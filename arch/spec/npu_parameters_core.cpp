// Parameters of a core: PE array, vector unit, operand regions.
#include <fmt/format.h>

#include <string>

#include "arch/spec/npu_parameters.h"

namespace tessera::arch {

using base::Dimension;
using base::Range;

namespace {

const Range kHops = Range::between(0, 1024);
const Range kGaps = Range::between(0, 1'000'000);

void add_array_timing(NpuTable& t) {
  t.quantity("core.pe_array.mac_stages", "1 cycle", Dimension::cycles, kHops,
             "pipeline registers from operands to sum in one MAC", TESSERA_FIELD(core.pe_array.mac_stages));
  t.quantity("core.pe_array.row_hop", "1 cycle", Dimension::cycles, kHops, "from one row to the next; 0 is a broadcast",
             TESSERA_FIELD(core.pe_array.row_hop));
  t.quantity("core.pe_array.column_hop", "1 cycle", Dimension::cycles, kHops,
             "from one column to the next; 0 is a broadcast", TESSERA_FIELD(core.pe_array.column_hop));
  t.integer("core.pe_array.stationary_buffers", 2, Range::between(1, 2),
            "1: the next stationary operand loads after the stream, 2: under it (ws, is)",
            TESSERA_FIELD(core.pe_array.stationary_buffers));
  t.flag("core.pe_array.drain_overlap", true, "the next fold may start while this one drains",
         TESSERA_FIELD(core.pe_array.drain_overlap));
  t.quantity("core.pe_array.fold_gap", "0 cycles", Dimension::cycles, kGaps, "idle cycles after every fold",
             TESSERA_FIELD(core.pe_array.fold_gap));
  t.quantity("core.pe_array.block_gap", "0 cycles", Dimension::cycles, kGaps,
             "idle cycles after the last fold of an output block, besides fold_gap",
             TESSERA_FIELD(core.pe_array.block_gap));
  t.quantity("core.pe_array.step_gap", "0 cycles", Dimension::cycles, kGaps,
             "idle cycles after the folds of one reduction step, besides fold_gap (reduction_major)",
             TESSERA_FIELD(core.pe_array.step_gap));
  t.quantity("core.pe_array.start_up", "0 cycles", Dimension::cycles, kGaps, "once per tile, before its first fold",
             TESSERA_FIELD(core.pe_array.start_up));
  t.integer("core.pe_array.load_rows_per_cycle", 1, Range::between(1, 4096),
            "rows of the stationary operand written per cycle (ws, is)",
            TESSERA_FIELD(core.pe_array.load_rows_per_cycle));
  t.quantity("core.pe_array.edge_registers", "0 cycles", Dimension::cycles, kHops,
             "registers at the array's edges, in and out together: delay, no loss of throughput",
             TESSERA_FIELD(core.pe_array.edge_registers));
  t.flag("core.pe_array.accumulator_pass", false,
         "results collect behind the array and are read out once per output block (ws, is)",
         TESSERA_FIELD(core.pe_array.accumulator_pass));
}

void add_array_kinds(NpuTable& t) {
  t.choice<Fidelity>("core.pe_array.fidelity", Fidelity::closed_form,
                     {{"closed_form", Fidelity::closed_form}, {"detailed", Fidelity::detailed}},
                     "timing by formula, or by the per-PE register model; both give the same cycles",
                     TESSERA_FIELD(core.pe_array.fidelity));
  t.choice<Grouped>(
      "core.pe_array.grouped", Grouped::serial,
      {{"serial", Grouped::serial}, {"block_diagonal", Grouped::block_diagonal}, {"vector", Grouped::vector}},
      "grouped convolution: group after group, several groups on the array's diagonal, or on the vector unit",
      TESSERA_FIELD(core.pe_array.grouped));
  t.choice<Transposed>(
      "core.pe_array.transposed_convolution", Transposed::phases,
      {{"phases", Transposed::phases}, {"zero_insertion", Transposed::zero_insertion}},
      "transposed convolution: a product for each phase of its strides, or zeros put between the inputs",
      TESSERA_FIELD(core.pe_array.transposed_convolution));
  t.choice<Reduction>("core.pe_array.reduction", Reduction::flattened,
                      {{"flattened", Reduction::flattened}, {"per_tap", Reduction::per_tap}},
                      "kernel taps and channels as one reduction axis, or one tap after the other",
                      TESSERA_FIELD(core.pe_array.reduction));
  t.choice<FoldOrder>("core.pe_array.fold_order", FoldOrder::output_major,
                      {{"output_major", FoldOrder::output_major}, {"reduction_major", FoldOrder::reduction_major}},
                      "all reduction steps of an output block first, or one step over all blocks first",
                      TESSERA_FIELD(core.pe_array.fold_order));
  t.choice<PartialFolds>("core.pe_array.partial_folds", PartialFolds::padded,
                         {{"padded", PartialFolds::padded}, {"trimmed", PartialFolds::trimmed}},
                         "folds that use part of the array take full time, or only wait for the cells in use",
                         TESSERA_FIELD(core.pe_array.partial_folds));
  t.choice<StationaryLoad>("core.pe_array.stationary_load", StationaryLoad::before_stream,
                           {{"before_stream", StationaryLoad::before_stream}, {"chased", StationaryLoad::chased}},
                           "the stream starts after the whole operand is loaded, or one row behind it (ws, is)",
                           TESSERA_FIELD(core.pe_array.stationary_load));
  t.choice<OutputDrain>(
      "core.pe_array.output_drain", OutputDrain::columns,
      {{"in_place", OutputDrain::in_place}, {"columns", OutputDrain::columns}, {"rows", OutputDrain::rows}},
      "how results leave: at no cost, or by shift chains, a column or a row of cells per cycle (os)",
      TESSERA_FIELD(core.pe_array.output_drain));
}

}  // namespace

void add_pe_array_parameters(NpuTable& t) {
  const Range side = Range::between(1, 4096);
  t.integer("core.pe_array.rows", 0, side, "rows of PEs (the reduction axis of ws and is)",
            TESSERA_FIELD(core.pe_array.rows))
      .required();
  t.integer("core.pe_array.columns", 0, side, "columns of PEs", TESSERA_FIELD(core.pe_array.columns)).required();
  t.choice<Dataflow>("core.pe_array.dataflow", Dataflow::weight_stationary,
                     {{"output_stationary", Dataflow::output_stationary},
                      {"weight_stationary", Dataflow::weight_stationary},
                      {"input_stationary", Dataflow::input_stationary},
                      {"os", Dataflow::output_stationary},
                      {"ws", Dataflow::weight_stationary},
                      {"is", Dataflow::input_stationary}},
                     "the operand that stays in the PEs", TESSERA_FIELD(core.pe_array.dataflow));
  add_array_timing(t);
  add_array_kinds(t);
  t.integer("core.queue", 4, Range::between(1, 1024),
            "dispatched tiles that wait for the array, and for the vector unit, each", TESSERA_FIELD(core.queue));
}

void add_vector_unit_parameters(NpuTable& t) {
  t.integer("core.vector_unit.lanes", 16, Range::between(1, 65536), "elements that start per pass",
            TESSERA_FIELD(core.vector_unit.lanes));
  t.quantity("core.vector_unit.start_up", "0 cycles", Dimension::cycles, kGaps, "once per vector task",
             TESSERA_FIELD(core.vector_unit.start_up));
  t.quantity("core.vector_unit.pipeline_latency", "8 cycles", Dimension::cycles, kGaps,
             "from the array's last result to the end of its fused post-operations",
             TESSERA_FIELD(core.vector_unit.pipeline_latency));
  for (std::size_t at = 0; at < base::kVectorFunctions.size(); ++at) {
    const std::string name(base::kVectorFunctions[at].name);
    auto& key = t.quantity(
        "core.vector_unit.cycles_per_element." + name,
        base::format_quantity(base::kVectorFunctions[at].cycles, Dimension::cycles), Dimension::cycles,
        Range::between(0, 100'000), "passes of a lane over one element of " + name, [at](auto& spec) -> auto& {
          return spec.core.vector_unit.cycles_per_element[at];
        });
    // A part of a function is priced from the price of the whole.
    for (const base::FunctionPasses& p : base::kFunctionPasses)
      for (const base::Function part : {p.partial, p.combine, p.apply})
        if (static_cast<std::size_t>(part) == at)
          key.default_follows(fmt::format("{}/{} of {}", base::about(part).cycles, base::about(p.whole).cycles,
                                          base::to_string(p.whole)));
  }
}

void add_sram_parameters(NpuTable& t) {
  const Range capacity = Range::between(64, std::int64_t{1} << 40);
  const auto region = [&](const std::string& name, const std::string& holds, auto field) {
    const std::string path = "core.sram." + name;
    t.quantity(
         path + ".capacity", "", Dimension::bytes, capacity,
         "size of the region that holds " + holds, [field](auto& s) -> auto& { return field(s).capacity; })
        .required();
    t.integer(
        path + ".banks", 2, Range::between(1, 1024),
        "banks of the region", [field](auto& s) -> auto& { return field(s).banks; });
    t.integer(
        path + ".ports", 1, Range::between(1, 16),
        "accesses that one bank serves per cycle", [field](auto& s) -> auto& { return field(s).ports; });
    t.quantity(
         path + ".bytes_per_cycle", "", Dimension::bytes_per_cycle, Range::between(1, 1 << 24),
         "width towards the array and the vector unit, all banks together",
         [field](auto& s) -> auto& { return field(s).bytes_per_cycle; })
        .default_follows("what the array streams");
    t.choice<BankArrangement>(
        path + ".arrangement", BankArrangement::separate,
        {{"separate", BankArrangement::separate}, {"interleaved", BankArrangement::interleaved}},
        "slots in bank sets of their own, or every slot over all banks", [field](auto& s) -> auto& {
          return field(s).arrangement;
        });
  };
  region("input", "activations that the array reads", TESSERA_FIELD(core.sram.input));
  region("weight", "weights and second operands", TESSERA_FIELD(core.sram.weight));
  region("output", "partial sums and results", TESSERA_FIELD(core.sram.output));
  t.flag("core.sram.allow_throttle", false, "accept a region narrower than what the array streams",
         TESSERA_FIELD(core.sram.allow_throttle));
}

}  // namespace tessera::arch
