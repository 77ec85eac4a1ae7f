#include "sim/config/run_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "arch/spec/npu_checks.h"
#include "arch/spec/npu_parameters.h"
#include "arch/spec/npu_reader.h"
#include "base/config/tree_path.h"
#include "scheduler/plugin/plugin_library.h"
#include "scheduler/policy/policies.h"
#include "sim/config/dram_lookup.h"
#include "sim/config/file_kind.h"
#include "sim/config/machine_schedule.h"
#include "sim/config/named_files.h"
#include "sim/config/option_values.h"
#include "sim/config/run_effects.h"
#include "sim/config/run_network.h"
#include "sim/config/run_parameters.h"
#include "sim/config/tile_rule_keys.h"

namespace tessera::sim {
namespace {

using base::Diagnostics;
using base::Node;
using base::Override;

constexpr std::string_view kMachinePrefix = "npu.";

std::vector<Override> parse_overrides(const std::vector<std::string>& arguments, Diagnostics& problems) {
  std::vector<Override> overrides;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    auto o = base::parse_override(arguments[i], static_cast<int>(i) + 1);
    if (o) overrides.push_back(std::move(*o));
    else problems.append(o.problems());
  }
  return overrides;
}

// The path inside the machine's tree, or nothing if the override is the run's.
std::optional<std::string> machine_path(const std::string& path) {
  if (path.starts_with(kMachinePrefix)) return path.substr(kMachinePrefix.size());
  const auto& machine = arch::npu_parameters();
  if (run_parameters().knows(path)) return std::nullopt;
  if (machine.knows(path)) return path;
  // Neither has it: a misspelling. It goes where its section is, so that the message can name what is close.
  const std::string section = path.substr(0, path.rfind('.'));
  if (section != path && !run_parameters().knows(section) && machine.knows(section)) return path;
  const std::string top = path.substr(0, path.find('.'));
  return !run_parameters().knows(top) && machine.knows(top) ? std::optional(path) : std::nullopt;
}

class Reader {
 public:
  explicit Reader(const RunArguments& arguments) : arguments_(arguments) {}

  base::Result<RunSpec> read() {
    auto run = read_whole();
    if (run) return run;
    // A machine in a run's place has nothing but unknown keys.
    auto problems = explained(run.problems(), arguments_.run_file, FileKind::run);
    return explained(std::move(problems), npu_file_, FileKind::npu);
  }

 private:
  base::Result<RunSpec> read_whole() {
    open_run();
    overrides_ = parse_overrides(arguments_.overrides, problems_);
    apply_run_overrides();
    if (!problems_.empty()) return problems_;
    const auto machine = load_npu();
    if (machine) add_machine_schedule(*machine, root_, problems_);
    replace_tiles_from(root_, arguments_.run_file.parent_path(), problems_);
    run_parameters().read(root_, spec_, problems_);
    if (machine) read_npu(*machine);
    read_policy();
    read_run_network(arguments_, root_, spec_, problems_);
    if (problems_.empty()) check();
    if (!problems_.empty()) return problems_;
    return spec_;
  }

  void open_run() {
    root_ = Node::make_map();
    if (arguments_.run_file.empty()) return;
    auto root = base::read_yaml_file(arguments_.run_file);
    if (!root) {
      problems_.append(root.problems());
      return;
    }
    root_ = std::move(*root);
    if (root_.is_null()) root_.kind = Node::Kind::map;
    spec_.name = arguments_.run_file.stem().string();
  }

  void apply_run_overrides() {
    for (const Override& o : overrides_) {
      if (!machine_path(o.path)) base::apply_override(root_, o, problems_);
    }
    if (!arguments_.policy.empty()) {
      // An override of its own, so that a message says where the word came from.
      auto o = base::parse_override("scheduler.policy=" + arguments_.policy, 0);
      if (!o) {
        problems_.append(o.problems());
        return;
      }
      auto source = std::make_shared<base::SourceText>("--policy", arguments_.policy);
      source->set_argument(arguments_.policy, 0);
      o->value.source = source;
      base::apply_override(root_, *o, problems_);
    }
  }

  // The machine's tree with its overrides; nothing after a problem.
  std::optional<Node> load_npu() {
    const Node* said = root_.find("npu");
    Node machine;
    if (!arguments_.npu_file.empty() || (said != nullptr && said->is_scalar())) {
      const auto file = !arguments_.npu_file.empty() ? arguments_.npu_file : arguments_.beside_run_file(said->text);
      npu_file_ = file;
      auto read = base::read_yaml_file(file);
      if (!read) {
        add_file_problem(read.problems(), arguments_.npu_file.empty() ? said : nullptr, "npu", problems_);
        return std::nullopt;
      }
      machine = std::move(*read);
      npu_name_ = file.stem().string();
      spec_.npu_source = file.string();
    } else if (said != nullptr && said->is_map()) {
      machine = *said;
      spec_.npu_source = arguments_.run_file.string();
    } else {
      add_missing(root_, "npu", "the machine: a file such as configs/npu/edge_8tops.yaml", "--npu FILE", problems_);
      return std::nullopt;
    }
    for (const Override& o : overrides_) {
      if (const auto path = machine_path(o.path)) base::apply_override(machine, o, *path, problems_);
    }
    return machine;
  }

  void read_npu(const Node& machine) {
    const std::string& name = npu_name_.empty() ? spec_.name : npu_name_;
    auto npu = arch::read_npu(machine, name, dram_lookup(file_folder()));
    if (!npu) return problems_.append(npu.problems());
    spec_.npu = std::move(*npu);
    spec_.npu.energy.table = beside_machine(spec_.npu.energy.table, file_folder());
    if (spec_.used_precision() == spec_.npu.precision) return;
    read_npu_as_used(machine, name);
  }

  // A wider format asks more of the SRAM's ports; those that nobody has given a width follow it.
  void read_npu_as_used(Node machine, const std::string& name) {
    const base::Override precision{"precision", Node::make_scalar(std::string(base::to_string(spec_.used_precision()))),
                                   Node::make_scalar("")};
    base::apply_override(machine, precision, problems_);
    auto used = arch::read_npu(machine, name, dram_lookup(file_folder()));
    if (!used) return problems_.append(used.problems());
    used->precision = spec_.npu.precision;
    spec_.npu = std::move(*used);
  }

  [[nodiscard]] std::filesystem::path file_folder() const {
    return std::filesystem::path(spec_.npu_source).parent_path();
  }

  // Files that a file names are beside it; those of the command line where the caller is.
  void read_policy() {
    auto& policy = spec_.schedule.policy;
    const auto place = [&](std::string_view path, const std::string& file) {
      const Node* said = base::find_path(root_, path);
      if (said == nullptr || said->where().line == 0) return std::filesystem::path(file);
      return (std::filesystem::path(said->where().file).parent_path() / file).lexically_normal();
    };
    for (const auto* built_in : scheduler::policies()) {
      for (const auto& option : built_in->options) {
        if (option.kind != scheduler::PolicyOption::Kind::file || !option.is_set(policy)) continue;
        const std::string key(option.key);
        policy.options[key] = place("scheduler." + key, option.text_of(policy)).string();
      }
    }
    if (!scheduler::PolicySpec::names_file(policy.name)) return;
    policy.file = place("scheduler.policy", policy.name);
    const Node& said = base::nearest(root_, "scheduler.policy");
    const auto library = scheduler::PluginLibrary::open(policy.file, policy.time_limit);
    if (!library) {
      for (const base::Diagnostic& d : library.problems().list())
        problems_.add(said.problem("scheduler.policy: " + base::Diagnostic{d.where, d.message, {}}.to_string()));
    } else if (const Node* options = base::find_path(root_, "scheduler.options")) {
      type_option_values(*options, "scheduler.options", *library, policy.file_options, problems_);
    }
  }

  // The name becomes a folder's, out/NAME, and must not lead out of there.
  void check_name() {
    constexpr std::size_t kMostOfName = 200;  // bytes; a folder's name has at most 255
    const std::string& name = spec_.name;
    const bool lost = name.empty() || name == "." || name == ".." || name.size() > kMostOfName ||
                      std::ranges::any_of(name, [](unsigned char c) { return c == '/' || c < ' ' || c == 0x7f; });
    if (!lost) return;
    const Node* said = root_.find("name");
    const std::string what = said != nullptr ? "name is " + said->describe()
                                             : "a name from the file's is " + Node::make_scalar(name).describe();
    const std::string text = what + fmt::format(
                                        ": it becomes a folder's (out/NAME), so it must have 1 to {} bytes, no \"/\" "
                                        "and no control characters, and be "
                                        "neither \".\" nor \"..\"",
                                        kMostOfName);
    if (said != nullptr) problems_.add(said->problem(text));
    else problems_.add({"command line", 0, 0}, text + "; --set name=NAME gives another");
  }

  // What only the run and its machine together can say wrong.
  void check() {
    check_channels();
    check_run_effects(root_, machine_overrides(), spec_, problems_);
    const auto& sram = spec_.npu.core.sram;
    check_slots("input", sram.input, spec_.schedule.buffers[0]);
    check_slots("weight", sram.weight, spec_.schedule.buffers[1]);
    check_slots("output", sram.output, spec_.schedule.buffers[2]);
    if (spec_.name.empty() && root_.find("name") == nullptr)
      spec_.name = spec_.model.gemm ? "gemm" : spec_.model.conv ? "conv" : spec_.model.main_file().stem().string();
    check_name();
  }

  [[nodiscard]] MachineOverrides machine_overrides() const {
    MachineOverrides of;
    for (const Override& o : overrides_)
      if (const auto path = machine_path(o.path)) of.insert_or_assign(*path, o.key);
    return of;
  }

  // More slots than banks share them; fewer must each have as many.
  void check_slots(const char* name, const arch::SramRegionSpec& region, std::int64_t slots) {
    if (region.arrangement != arch::BankArrangement::separate || region.banks < slots || region.banks % slots == 0)
      return;
    const std::string path = fmt::format("buffers.{}", name);
    problems_.add(base::nearest(root_, path)
                      .problem(fmt::format("{0} of {1} slots does not divide the {2} banks of core.sram.{3}: with "
                                           "arrangement: separate each slot has banks of its own",
                                           path, slots, region.banks, name)));
  }

  void check_channels() {
    const auto all = static_cast<std::int64_t>(spec_.npu.dma.channels.size());
    const bool per_core = spec_.schedule.binding == scheduler::ChannelBinding::per_core;
    const std::int64_t channels = per_core ? scheduler::CoreChannels(0, all, spec_.npu.cores).count : all;
    for (const auto& [name, channel] :
         {std::pair{"input", spec_.schedule.static_channel[0]}, std::pair{"weight", spec_.schedule.static_channel[1]},
          std::pair{"output", spec_.schedule.static_channel[2]}}) {
      if (channel < channels) continue;
      const std::string path = fmt::format("dma.static_channel.{}", name);
      problems_.add(base::nearest(root_, path)
                        .problem(fmt::format("{} is {}, and {} has channels 0 to {}", path, channel,
                                             per_core ? "a core's even share" : "the machine", channels - 1)));
    }
  }

  const RunArguments& arguments_;
  Node root_;
  std::vector<Override> overrides_;
  RunSpec spec_;
  std::filesystem::path npu_file_;  // empty: the machine stands in the run file
  std::string npu_name_;            // of that file
  Diagnostics problems_;
};

}  // namespace

base::Result<RunSpec> read_run(const RunArguments& arguments) { return Reader(arguments).read(); }

base::Result<arch::NpuSpec> read_machine(const std::filesystem::path& file, const std::vector<std::string>& arguments) {
  Diagnostics problems;
  auto overrides = parse_overrides(arguments, problems);
  if (!problems.empty()) return problems;
  for (Override& o : overrides) {
    if (o.path.starts_with(kMachinePrefix)) o.path.erase(0, kMachinePrefix.size());
  }
  auto machine = base::read_yaml_file(file);
  if (!machine) return machine.problems();
  for (const Override& o : overrides) base::apply_override(*machine, o, problems);
  if (!problems.empty()) return problems;
  check_machine_schedule(*machine, problems);
  auto npu = arch::read_npu(*machine, file.stem().string(), dram_lookup(file.parent_path()));
  if (!npu) problems.append(npu.problems());
  if (!problems.empty()) return explained(std::move(problems), file, FileKind::npu);
  return npu;
}

}  // namespace tessera::sim
