#include "arch/spec/npu_reader.h"

#include <algorithm>

#include "arch/spec/dram_keys.h"
#include "arch/spec/npu_checks.h"
#include "arch/spec/npu_conditions.h"
#include "arch/spec/npu_parameters.h"
#include "arch/spec/operand_format.h"
#include "arch/spec/stream_width.h"

namespace tessera::arch {
namespace {

bool is_given(const base::Node& root, std::string_view path) { return base::find_path(root, path) != nullptr; }

// `--set dram.model=...` exchanges the memory: what the file says for its own model alone goes with it. A key of the
// other model that an override or the same file gives stays, and is reported.
base::Node without_superseded_memory(base::Node root) {
  const base::Node* model = base::find_path(root, "dram.model");
  if (model == nullptr || model->source == root.source) return root;
  const auto of_one_model = [](const std::string& name) {
    return std::ranges::any_of(kDramKeys, [&](const DramKey& key) { return key.name == name; });
  };
  for (auto& section : root.entries) {
    if (section.name() != "dram") continue;
    std::erase_if(section.value.entries,
                  [&](const base::Entry& e) { return e.value.source == root.source && of_one_model(e.name()); });
  }
  return root;
}

void derive_dram(const base::Node& root, const DramLookup& standards, NpuSpec& spec, base::Diagnostics& problems) {
  DramSpec& dram = spec.dram;
  if (dram.kind == DramSpec::Kind::simple) {
    spec.dram_clock = spec.core_clock;  // of no consequence: a latency and a bandwidth have no clock
    return;
  }
  const base::Node& place = base::nearest(root, "dram.standard");
  if (dram.bank_state.standard.empty()) {
    problems.add(place.problem("missing dram.standard (such as DDR4-3200): dram.model: bank_state needs it"));
    return;
  }
  const auto facts = standards ? standards(dram.bank_state.standard)
                               : base::Result<DramFacts>(base::failure("no DRAM standards are known here"));
  if (!facts) {
    for (const auto& d : facts.problems().list()) {
      // A problem of the standard's own file has its own place.
      problems.add(d.where.file.empty() ? place.problem("dram.standard: " + d.message) : d);
    }
    return;
  }
  spec.dram_clock = facts->clock;
  dram.bank_state.standard = facts->found_as;
  dram.bank_state.standard_name = facts->name;
  dram.burst = Bytes{facts->burst_bytes};
  dram.page = Bytes{facts->page_bytes};
}

void derive_widths(const base::Node& root, NpuSpec& spec) {
  const StreamWidth width = stream_width(spec.core.pe_array, operand_format(spec, spec.precision).bits);
  const auto region = [&](const std::string& name, SramRegionSpec& r, std::int64_t streamed) {
    if (!is_given(root, "core.sram." + name + ".bytes_per_cycle")) r.bytes_per_cycle = Bytes{streamed};
  };
  region("input", spec.core.sram.input, width.input);
  region("weight", spec.core.sram.weight, width.weight);
  region("output", spec.core.sram.output, width.output);
}

}  // namespace

base::Result<NpuSpec> read_npu(const base::Node& given, const std::string& default_name, const DramLookup& standards) {
  const base::Node root = without_superseded_memory(given);
  NpuSpec spec;
  base::Diagnostics problems;
  npu_parameters().read(root, spec, problems);
  // What one value says wrong would only be echoed by the checks across values.
  if (!problems.empty()) return problems;
  if (spec.name.empty()) spec.name = default_name;
  if (!is_given(root, "clocks.interconnect")) spec.interconnect_clock = spec.core_clock;
  derive_dram(root, standards, spec, problems);
  if (!problems.empty()) return problems;
  if (!is_given(root, "layout.align")) spec.layout.align = spec.dram.burst;
  derive_widths(root, spec);
  check_npu(root, spec, problems);
  if (!problems.empty()) return problems;
  return spec;
}

base::Result<NpuSpec> read_npu_file(const std::filesystem::path& file, const DramLookup& standards,
                                    const std::vector<base::Override>& overrides) {
  auto root = base::read_yaml_file(file);
  if (!root) return root.problems();
  base::Diagnostics problems;
  for (const base::Override& o : overrides) base::apply_override(*root, o, problems);
  if (!problems.empty()) return problems;
  return read_npu(*root, file.stem().string(), standards);
}

namespace {

void erase_path(base::Node& root, std::string_view path) {
  const std::size_t dot = path.find('.');
  const auto entry = std::ranges::find(root.entries, path.substr(0, dot), &base::Entry::name);
  if (entry == root.entries.end()) return;
  if (dot != std::string_view::npos) erase_path(entry->value, path.substr(dot + 1));
  if (dot == std::string_view::npos || entry->value.entries.empty()) root.entries.erase(entry);
}

}  // namespace

base::Node write_npu(const NpuSpec& spec) {
  base::Node root = npu_parameters().write(spec);
  for (const KeyCondition& c : key_conditions())
    if (!c.holds(spec)) erase_path(root, c.path);
  return root;
}

}  // namespace tessera::arch
