// tessera model FILE: what was read from a network: operators, shapes, MACs, parameters, and what the passes did.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/escape.h"
#include "base/json_document.h"
#include "models/read_network.h"
#include "sim/app/commands.h"
#include "sim/app/options.h"
#include "sim/app/output.h"
#include "sim/config/bindings.h"
#include "sim/config/file_kind.h"
#include "trace/report/screen.h"

namespace tessera::app {
namespace {

using base::screen_text;
using models::Network;
using models::Operator;
using models::Tensor;
using models::Unit;

constexpr std::string_view name_of(Unit unit) {
  return unit == Unit::pe ? "pe" : unit == Unit::vector ? "vector" : "movement";
}

std::string shape_of(const Tensor& t) {
  return fmt::format("{}x{}x{}x{}", t.shape[models::kN], t.shape[models::kH], t.shape[models::kW], t.shape[models::kC]);
}

// What is fused behind an operator, as "bias, silu".
std::string posts_of(const Operator& op) {
  std::string text;
  for (const auto& p : op.posts) {
    const std::string_view name = p.function == models::Function::identity ? "bias" : base::to_string(p.function);
    text += fmt::format("{}{}", text.empty() ? "" : ", ", name);
  }
  return text;
}

std::string view_of(const Network& network, const Tensor& t) {
  if (t.view == Tensor::View::none) return "";
  const std::string& root = network.tensors[t.root].name;
  if (t.view == Tensor::View::linear) return fmt::format("reshape of {}", root);
  return fmt::format("in {} at {}", root,
                     fmt::format("{}x{}x{}x{}", t.offset[0], t.offset[1], t.offset[2], t.offset[3]));
}

std::string detail_of(const Operator& op) {
  if (op.unit != Unit::pe) return "";
  const auto& g = op.pe;
  std::string text = g.kernel_d > 1 ? fmt::format("{}x", g.kernel_d) : "";
  text += fmt::format("{}x{}/{}", g.kernel_h, g.kernel_w, g.stride_h);
  if (g.transposed) text += " transposed";
  if (g.groups > 1) text += fmt::format(" groups {}", g.groups);
  if (g.dilation_h > 1) text += fmt::format(" dilation {}", g.dilation_h);
  return text;
}

void put_operator(base::JsonDocument& document, const Network& n, const Operator& op) {
  const std::string at = document.append("operator_list");
  std::vector<std::string> inputs, posts;
  for (const auto t : op.inputs) inputs.push_back(n.tensors[t].name);
  for (const auto& p : op.posts) posts.emplace_back(base::to_string(p.function));
  const Tensor& out = n.tensors[op.output];
  document.put(at + "name", op.name);
  document.put(at + "type", op.type);
  document.put(at + "unit", name_of(op.unit));
  document.put(at + "function", base::to_string(op.function));
  document.put_list(at + "inputs", inputs);
  document.put(at + "output", out.name);
  document.put_list(at + "output_shape_nhwc", std::vector<std::int64_t>(out.shape.begin(), out.shape.end()));
  document.put(at + "view", view_of(n, out));
  document.put_list(at + "posts", posts);
  document.put(at + "macs", op.unit == Unit::pe ? op.pe.macs() : 0);
  document.put(at + "parameters", op.parameter_elements);
}

std::string as_json(const Network& n) {
  base::JsonDocument document("tessera.model/1");
  document.put("network", n.name);
  document.put("file", n.file);
  document.put("macs", n.macs());
  document.put("parameters", n.parameters);
  document.put("operators", n.operators.size());
  document.put("pe_operators", n.pe_operators());
  document.put("file_operators", n.file_operators);
  document.open_list("operator_list");
  for (const Operator& op : n.operators) put_operator(document, n, op);
  document.open_list("notes");
  for (const auto& note : n.notes) {
    const std::string at = document.append("notes");
    document.put(at + "operator", note.operator_name);
    document.put(at + "what", note.what);
  }
  return document.text();
}

// Operators of each unit by their type in the file: "Conv 60".
std::string types_of(const Network& n, Unit unit) {
  std::map<std::string, int> count;
  for (const Operator& op : n.operators)
    if (op.unit == unit) ++count[op.type];
  std::string text;
  for (const auto& [type, times] : count) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", type, times);
  return text.empty() ? "none" : screen_text(text);
}

// How many nodes each kind of note speaks of: "fused into" 57.
void print_passes(const Network& n, bool all) {
  std::map<std::string, int> kinds;
  for (const auto& note : n.notes) {
    if (all)
      fmt::print("{}",
                 trace::wrapped("  ", screen_text(note.operator_name) + ": " + screen_text(note.what), screen_width()));
    for (const std::string_view kind : {"folded to a constant", "folded into", "expanded into", "recognised as",
                                        "fused into", "view of", "written in place", "copies", "dropped"})
      if (note.what.find(kind) != std::string::npos) {
        ++kinds[std::string(kind)];
        break;
      }
  }
  std::string text;
  for (const auto& [kind, times] : kinds) text += fmt::format("{}{} {}", text.empty() ? "" : "; ", times, kind);
  if (text.empty()) text = "nothing to do";
  fmt::print("{}", trace::wrapped("passes      ", text + (all ? "" : " (--notes lists them)"), screen_width()));
}

// A root counts as a network output when a view of it is one; the view is what the file calls the output.
bool holds_an_output(const Network& n, const Tensor& root) {
  return std::any_of(n.tensors.begin(), n.tensors.end(), [&](const Tensor& t) {
    return t.view != Tensor::View::none && t.role == models::TensorRole::network_output && &n.tensors[t.root] == &root;
  });
}

// One line an operator, and where there is more to say a second one below it.
void print_operators(const Network& n) {
  const std::size_t width = screen_width();
  const std::size_t name_width = std::clamp<std::size_t>(width, 80, 100) - 56;
  fmt::print("\n{:<{}} {:<8} {:<14} {:<16} {:>13}\n", "operator", name_width, "unit", "type", "output n.h.w.c", "MACs");
  for (const Operator& op : n.operators) {
    const Tensor& out = n.tensors[op.output];
    fmt::print("{:<{}} {:<8} {:<14} {:<16} {:>13}\n", trace::end_of_name(op.name, name_width), name_width,
               name_of(op.unit), screen_text(op.type).substr(0, 14), shape_of(out),
               op.unit == Unit::pe ? fmt::format("{}", op.pe.macs()) : "");
    std::vector<std::string> more;
    for (const std::string& part : {detail_of(op), posts_of(op), view_of(n, out)})
      if (!part.empty()) more.push_back(part);
    if (!more.empty())
      fmt::print("{}", trace::wrapped("    ", screen_text(fmt::format("{}", fmt::join(more, "; "))), width));
  }
}

void print_text(const Network& n, bool notes) {
  fmt::print("network     {} ({})\n", screen_text(n.name), screen_text(n.file));
  for (const Tensor& t : n.tensors) {
    if (t.role == models::TensorRole::network_input)
      fmt::print("input       {}  {}\n", screen_text(t.name), shape_of(t));
    if (t.role == models::TensorRole::network_output && !holds_an_output(n, t))
      fmt::print("output      {}  {}\n", screen_text(t.name), shape_of(t));
  }
  fmt::print("MACs        {} ({:.4f} G)\n", n.macs(), static_cast<double>(n.macs()) * 1e-9);
  fmt::print("parameters  {} ({:.2f} M)\n", n.parameters, static_cast<double>(n.parameters) * 1e-6);
  fmt::print("operators   {} from {} nodes of the file\n", n.operators.size(), n.file_operators);
  for (const Unit unit : {Unit::pe, Unit::vector, Unit::movement})
    fmt::print("{}", trace::wrapped(fmt::format("  {:<9} ", name_of(unit)), types_of(n, unit), screen_width()));
  print_passes(n, notes);
  print_operators(n);
}

}  // namespace

int model_command(Arguments arguments) {
  Options options("model",
                  "What was read from a network: operators, shapes, MACs, parameters, what was folded or fused.");
  std::string file;
  std::vector<std::string> bind;
  bool json = false, notes = false;
  options.value("FILE", file, "an ONNX file or a YAML graph").required();
  options.values("--bind", bind, sim::kBindHelp);
  options.flag("--json", json, "one JSON document");
  options.flag("--notes", notes, "every single thing that the passes did");
  if (const auto code = options.parse(arguments)) return *code;
  const auto bindings = sim::parse_bindings(bind);
  if (!bindings) return report(bindings.problems());
  const auto network = models::read_network(file, {.bind = *bindings});
  if (!network) return report(sim::explained(network.problems(), file, sim::FileKind::network));
  if (json) fmt::print("{}\n", as_json(*network));
  else print_text(*network, notes);
  return kDone;
}

}  // namespace tessera::app
