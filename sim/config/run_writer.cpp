#include "sim/config/run_writer.h"

#include <fmt/format.h>

#include <string>
#include <system_error>

#include "arch/spec/npu_reader.h"
#include "base/config/tree_path.h"
#include "scheduler/policy/policies.h"
#include "sim/config/run_parameters.h"

namespace tessera::sim {

namespace {

std::string relative_to(const std::filesystem::path& folder, const std::filesystem::path& file) {
  std::error_code error;
  const auto relative = std::filesystem::relative(file, folder, error);
  return (error || relative.empty() ? file : relative).generic_string();
}

// Files of the policy and of the options of built-in ones.
void put_policy(base::Node& root, const scheduler::PolicySpec& policy, const std::filesystem::path& folder) {
  const auto put_file = [&](const std::string& path, const std::string& file) {
    base::put(root, path, base::Node::make_scalar(file.find('/') == std::string::npos ? "./" + file : file, true));
  };
  if (!policy.file.empty()) put_file("scheduler.policy", relative_to(folder, policy.file));
  for (const auto* built_in : scheduler::policies())
    for (const auto& option : built_in->options)
      if (option.kind == scheduler::PolicyOption::Kind::file && option.is_set(policy))
        put_file(fmt::format("scheduler.{}", option.key), relative_to(folder, option.text_of(policy)));
}

// A standard or a table is a name, or the path of a file: from the folder of the file that is written.
std::string beside_folder(const std::string& name, const std::filesystem::path& folder) {
  if (name.find('/') == std::string::npos && !name.ends_with(".yaml")) return name;
  return relative_to(folder, name);
}

}  // namespace

base::Node write_run(const RunSpec& spec, const std::filesystem::path& folder) {
  base::Node root = run_parameters().write(spec);
  if (!spec.model.file.empty())
    base::put(root, "model", base::Node::make_scalar(relative_to(folder, spec.model.file), true));
  if (!spec.model.program.empty())
    base::put(root, "program", base::Node::make_scalar(relative_to(folder, spec.model.program), true));
  put_policy(root, spec.schedule.policy, folder);
  arch::NpuSpec npu = spec.npu;
  npu.dram.bank_state.standard = beside_folder(npu.dram.bank_state.standard, folder);
  npu.energy.table = beside_folder(npu.energy.table, folder);
  base::put(root, "npu", arch::write_npu(npu));
  return root;
}

}  // namespace tessera::sim
