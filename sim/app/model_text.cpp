#include "sim/app/model_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "base/escape.h"
#include "models/network/operator_sources.h"
#include "sim/app/output.h"
#include "sim/app/short_number.h"
#include "trace/report/screen.h"

namespace tessera::app {
namespace {

using base::screen_text;
using models::Network;
using models::Operator;
using models::OperatorWork;
using models::Tensor;
using models::Unit;

std::string dims_text(const Tensor& t) { return t.dims.empty() ? "scalar" : fmt::format("{}", fmt::join(t.dims, "x")); }

std::string intensity_text(std::int64_t macs, std::int64_t bytes) {
  const auto value = models::intensity(macs, bytes);
  if (!value) return "";
  return *value < 9999.95 ? fmt::format("{:.1f}", *value) : short_number(static_cast<std::int64_t>(*value));
}

std::string geometry_of(const Operator& op) {
  if (op.unit != Unit::pe) return "";
  const auto& g = op.pe;
  std::string text = g.kernel_d > 1 ? fmt::format("{}x", g.kernel_d) : "";
  text += fmt::format("{}x{}/{}", g.kernel_h, g.kernel_w, g.stride_h);
  if (g.transposed) text += " transposed";
  if (g.groups > 1) text += fmt::format(" groups {}", g.groups);
  if (g.dilation_h > 1) text += fmt::format(" dilation {}", g.dilation_h);
  return text;
}

// What is fused behind an operator, as "bias, silu".
std::string posts_of(const Operator& op) {
  std::vector<std::string_view> names;
  for (const auto& p : op.posts)
    names.push_back(p.function == models::Function::identity ? "bias" : base::to_string(p.function));
  return names.empty() ? "" : fmt::format("then {}", fmt::join(names, ", "));
}

// "from act (fused), LSTM_0 (expanded)". The first words of a note say what was done.
std::string sources_text(const std::vector<models::PassNote>& sources) {
  std::vector<std::string> parts;
  for (const auto& note : sources)
    parts.push_back(fmt::format("{} ({})", note.operator_name, note.what.substr(0, note.what.find(' '))));
  return parts.empty() ? "" : fmt::format("from {}", fmt::join(parts, ", "));
}

// How many nodes each kind of note speaks of: "fused into" 57.
void print_passes(const Network& n, bool all) {
  std::map<std::string, int> kinds;
  for (const auto& note : n.notes) {
    if (all)
      fmt::print("{}",
                 trace::wrapped("  ", screen_text(note.operator_name) + ": " + screen_text(note.what), screen_width()));
    for (const std::string_view kind : {"folded to a constant", "folded into", "recognised as", "fused into",
                                        "expanded into", "view of", "written in place", "copies", "dropped"})
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

void print_totals(const ModelView& view) {
  fmt::print("\n{:<24} {:>9} {:>6} {:>6} {:>6}\n", "kind", "operators", "MACs", "bytes", "MAC/B");
  const auto line = [](std::string_view name, const models::WorkTotal& t) {
    fmt::print("{:<24} {:>9} {:>6} {:>6} {:>6}\n", name, t.operators, t.macs > 0 ? short_number(t.macs) : "",
               short_number(t.bytes), intensity_text(t.macs, t.bytes));
  };
  const auto types = models::totals_by_type(view.network, view.format);
  for (const models::WorkTotal& unit : models::totals_by_unit(view.network, view.format)) {
    line(to_string(unit.unit), unit);
    for (const models::WorkTotal& type : types)
      if (type.unit == unit.unit) line("  " + trace::end_of_name(type.type, 22), type);
  }
}

// One line an operator, and where there is more to say others below it.
void print_operators(const ModelView& view) {
  constexpr std::size_t kDimsWidth = 14;
  const Network& n = view.network;
  const std::size_t width = screen_width();
  const std::size_t name_width = std::clamp<std::size_t>(width, 80, 110) - 56;
  fmt::print("\n{:<{}} {:<13} {:<{}} {:<5} {:>6} {:>6} {:>6}\n", "operator", name_width, "type", "output", kDimsWidth,
             "prec.", "MACs", "bytes", "MAC/B");
  const auto sources = models::operator_sources(n);
  for (std::size_t i = 0; i < n.operators.size(); ++i) {
    const Operator& op = n.operators[i];
    const Tensor& out = n.tensors[op.output];
    const OperatorWork work = models::work_of(n, op, view.format);
    const std::string dims = dims_text(out);
    const bool short_dims = dims.size() <= kDimsWidth;
    fmt::print("{:<{}} {:<13} {:<{}} {:<5} {:>6} {:>6} {:>6}\n", trace::end_of_name(op.name, name_width), name_width,
               screen_text(op.type).substr(0, 13), short_dims ? dims : "below", kDimsWidth,
               base::to_string(models::precision_of(n, op.output, view.format)),
               work.macs > 0 ? short_number(work.macs) : "", short_number(work.bytes()),
               intensity_text(work.macs, work.bytes()));
    std::vector<std::string> more;
    for (const std::string& part : {short_dims ? std::string() : dims, geometry_of(op), posts_of(op), view_text(n, out),
                                    sources_text(sources[i])})
      if (!part.empty()) more.push_back(part);
    if (!more.empty())
      fmt::print("{}", trace::wrapped("    ", screen_text(fmt::format("{}", fmt::join(more, "; "))), width));
  }
}

}  // namespace

void print_model(const ModelView& view, bool notes) {
  const Network& n = view.network;
  const std::size_t width = screen_width();
  fmt::print("{}",
             trace::wrapped("network     ", fmt::format("{} ({})", screen_text(n.name), screen_text(n.file)), width));
  for (const Tensor& t : n.tensors) {
    const bool output = t.role == models::TensorRole::network_output && !holds_an_output(n, t);
    if (t.role == models::TensorRole::network_input || output)
      fmt::print("{}", trace::wrapped(output ? "output      " : "input       ",
                                      fmt::format("{}  {}", screen_text(t.name), dims_text(t)), width));
  }
  fmt::print("MACs        {} ({:.4f} G)\n", n.macs(), static_cast<double>(n.macs()) * 1e-9);
  fmt::print("parameters  {} ({:.2f} M)\n", n.parameters, static_cast<double>(n.parameters) * 1e-6);
  fmt::print("operators   {} from {} nodes of the file\n", n.operators.size(), n.file_operators);
  print_passes(n, notes);
  print_totals(view);
  print_operators(view);
}

}  // namespace tessera::app
