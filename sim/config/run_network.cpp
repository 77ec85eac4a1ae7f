#include "sim/config/run_network.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/config/tree_path.h"
#include "base/config/values.h"
#include "sim/config/bindings.h"
#include "sim/config/host_rules.h"
#include "sim/config/model_shape.h"
#include "sim/config/named_files.h"

namespace tessera::sim {
namespace {

using base::Node;

class NetworkReader {
 public:
  NetworkReader(const RunArguments& arguments, const Node& root, RunSpec& spec, base::Diagnostics& problems)
      : arguments_(arguments), root_(root), spec_(spec), problems_(problems) {}

  void read() {
    const int options = !arguments_.model_file.empty() + !arguments_.program_file.empty() + !arguments_.gemm.empty() +
                        !arguments_.conv.empty();
    if (options > 1) {
      problems_.add({"command line", 0, 0}, "--model, --program, --gemm and --conv say different networks: give one");
      return;
    }
    read_bind();
    read_host();
    if (options == 1) {
      models::Bindings bind = std::move(spec_.model.bind);
      models::HostRules host = std::move(spec_.model.host);
      spec_.model = {};
      spec_.model.bind = std::move(bind);
      spec_.model.host = std::move(host);
      read_model_option();
      return check_bind();
    }
    const Node *file = root_.find("model"), *program = root_.find("program");
    const int keys =
        (file != nullptr) + (program != nullptr) + spec_.model.gemm.has_value() + spec_.model.conv.has_value();
    if (keys > 1) problems_.add(root_.problem("model, program, gemm and conv say different networks: give one"));
    if (file != nullptr) {
      if (const auto text = base::read_text(*file, "model", problems_))
        spec_.model.file = checked_file(arguments_.beside_run_file(*text), file, "model");
    } else if (program != nullptr) {
      if (const auto text = base::read_text(*program, "program", problems_))
        spec_.model.program = checked_file(arguments_.beside_run_file(*text), program, "program");
    } else if (keys == 0 && root_.find("gemm") == nullptr && root_.find("conv") == nullptr) {
      add_missing(root_, "model", "the network: ONNX, a YAML graph, or program, gemm or conv",
                  "--model FILE, --program FILE, --gemm or --conv", problems_);
    }
    check_bind();
  }

 private:
  // A name of the command line comes before the same name of the run file.
  void read_bind() {
    auto given = parse_bindings(arguments_.bind);
    if (!given) return problems_.append(given.problems());
    for (const auto& [name, number] : *given) spec_.model.bind.insert_or_assign(name, number);
  }

  // A type of the command line comes before the same type of the run file.
  void read_host() {
    auto given = parse_host_rules(arguments_.host);
    if (!given) return problems_.append(given.problems());
    for (const models::HostRule& rule : *given)
      std::erase_if(spec_.model.host,
                    [&](const models::HostRule& r) { return r.pattern.empty() && r.type == rule.type; });
    spec_.model.host.insert(spec_.model.host.begin(), given->begin(), given->end());
  }

  // Keys that say how a network becomes tiles. What the file says beside a program of the command line is left aside;
  // `precision` as one format stays: it is that of the machine.
  void check_program() {
    const std::string text = " has no effect on a program, whose tiles are made: leave it out";
    if (!arguments_.bind.empty()) problems_.add({"command line", 0, 0}, "--bind" + text);
    if (!arguments_.host.empty()) problems_.add({"command line", 0, 0}, "--host" + text);
    for (const char* key : {"bind", "host", "precision", "tiles"}) {
      const Node* said = root_.find(key);
      if (said == nullptr || (said->is_list() && said->items.empty())) continue;
      if (key == std::string_view("precision") && !said->is_list()) continue;
      if (arguments_.program_file.empty() || said->where().line == 0) problems_.add(said->problem(key + text));
    }
    spec_.model.bind.clear();
    spec_.model.host.clear();
    spec_.schedule.tiles.clear();
    if (!spec_.has_one_precision()) spec_.precision.clear();
  }

  void check_bind() {
    if (!spec_.model.program.empty()) return check_program();
    if (!spec_.model.gemm && !spec_.model.conv) return;
    if (!spec_.model.host.empty())
      problems_.add(base::nearest(root_, "host")
                        .problem("host has no effect on gemm and conv, of which nothing runs on "
                                 "the host: leave it out"));
    if (spec_.model.bind.empty()) return;
    const std::string text = "bind has no effect on gemm and conv, whose dimensions are numbers: leave it out";
    const Node* said = root_.find("bind");
    if (said != nullptr) problems_.add(said->problem(text));
    else problems_.add({"command line", 0, 0}, text);
  }

  void read_model_option() {
    const base::SourceLocation where{"command line", 0, 0};
    if (!arguments_.model_file.empty()) {
      spec_.model.file = checked_file(arguments_.model_file, nullptr, "model");
    } else if (!arguments_.program_file.empty()) {
      spec_.model.program = checked_file(arguments_.program_file, nullptr, "program");
    } else if (!arguments_.gemm.empty()) {
      const auto shape = parse_gemm(arguments_.gemm);
      if (shape) spec_.model.gemm = *shape;
      else problems_.add(where, "--gemm " + shape.problems().list().front().message);
    } else {
      const auto shape = parse_conv(arguments_.conv);
      if (shape) spec_.model.conv = *shape;
      else problems_.add(where, "--conv " + shape.problems().list().front().message);
    }
  }

  std::filesystem::path checked_file(const std::filesystem::path& file, const Node* said, std::string_view key) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error)) {
      const auto missing = base::why_missing(file);
      add_file_problem(base::failure({file.string(), 0, 0}, missing.value_or("is no file")), said, key, problems_);
    }
    return file;
  }

  const RunArguments& arguments_;
  const Node& root_;
  RunSpec& spec_;
  base::Diagnostics& problems_;
};

}  // namespace

void read_run_network(const RunArguments& arguments, const Node& root, RunSpec& spec, base::Diagnostics& problems) {
  NetworkReader(arguments, root, spec, problems).read();
}

}  // namespace tessera::sim
