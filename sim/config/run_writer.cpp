#include "sim/config/run_writer.h"

#include <string>
#include <system_error>

#include "arch/spec/npu_reader.h"
#include "base/config/tree_path.h"
#include "sim/config/run_parameters.h"

namespace tessera::sim {

namespace {

// A standard or a table is a name, or the path of a file: from the folder of the file that is written.
std::string beside_folder(const std::string& name, const std::filesystem::path& folder) {
  if (name.find('/') == std::string::npos && !name.ends_with(".yaml")) return name;
  std::error_code error;
  const auto relative = std::filesystem::relative(name, folder, error);
  return error || relative.empty() ? name : relative.generic_string();
}

}  // namespace

base::Node write_run(const RunSpec& spec, const std::filesystem::path& folder) {
  base::Node root = run_parameters().write(spec);
  if (!spec.model.file.empty()) {
    std::error_code error;
    const auto relative = std::filesystem::relative(spec.model.file, folder, error);
    const auto& file = error || relative.empty() ? spec.model.file : relative;
    base::put(root, "model", base::Node::make_scalar(file.generic_string(), true));
  }
  arch::NpuSpec npu = spec.npu;
  npu.dram.bank_state.standard = beside_folder(npu.dram.bank_state.standard, folder);
  npu.energy.table = beside_folder(npu.energy.table, folder);
  base::put(root, "npu", arch::write_npu(npu));
  return root;
}

}  // namespace tessera::sim
