#include <fmt/format.h>

#include "models/network/operator_sources.h"
#include "sim/app/model_text.h"

namespace tessera::app {
namespace {

using models::Network;
using models::Operator;
using models::OperatorWork;
using models::Tensor;

void put_notes(base::JsonDocument& document, const std::string& place, const std::vector<models::PassNote>& notes) {
  document.open_list(place);
  for (const auto& note : notes) {
    const std::string at = document.append(place);
    document.put(at + "operator", note.operator_name);
    document.put(at + "what", note.what);
  }
}

void put_work(base::JsonDocument& document, const std::string& at, const OperatorWork& work) {
  document.put(at + "input_bytes", work.input_bytes);
  document.put(at + "weight_bytes", work.weight_bytes);
  document.put(at + "output_bytes", work.output_bytes);
  document.put(at + "bytes", work.bytes());
  document.put(at + "intensity", models::intensity(work.macs, work.bytes()));
}

void put_operator(base::JsonDocument& document, const ModelView& view, const Operator& op,
                  const std::vector<models::PassNote>& sources) {
  const Network& n = view.network;
  const std::string at = document.append("operator_list");
  std::vector<std::string> inputs, posts;
  for (const auto t : op.inputs) inputs.push_back(n.tensors[t].name);
  for (const auto& p : op.posts) posts.emplace_back(base::to_string(p.function));
  const Tensor& out = n.tensors[op.output];
  document.put(at + "name", op.name);
  document.put(at + "type", op.type);
  document.put(at + "unit", to_string(op.unit));
  document.put(at + "function", base::to_string(op.function));
  document.put_list(at + "inputs", inputs);
  document.put(at + "output", out.name);
  document.put_list(at + "output_dims", out.dims);
  document.put_list(at + "output_shape_nhwc", std::vector<std::int64_t>(out.shape.begin(), out.shape.end()));
  document.put(at + "precision", base::to_string(models::precision_of(n, op.output, view.format)));
  document.put(at + "view", view_text(n, out));
  document.put_list(at + "posts", posts);
  const OperatorWork work = models::work_of(n, op, view.format);
  document.put(at + "macs", work.macs);
  document.put(at + "parameters", op.parameter_elements);
  put_work(document, at, work);
  put_notes(document, at + "from", sources);
}

// Units, then the types of each.
void put_totals(base::JsonDocument& document, const ModelView& view) {
  document.open_list("totals");
  for (const auto& list :
       {models::totals_by_unit(view.network, view.format), models::totals_by_type(view.network, view.format)})
    for (const models::WorkTotal& total : list) {
      const std::string at = document.append("totals");
      document.put(at + "unit", to_string(total.unit));
      document.put(at + "type", total.type.empty() ? base::Value{} : base::value_of(total.type));
      document.put(at + "operators", total.operators);
      document.put(at + "macs", total.macs);
      document.put(at + "bytes", total.bytes);
      document.put(at + "intensity", models::intensity(total.macs, total.bytes));
    }
}

}  // namespace

std::string view_text(const Network& network, const Tensor& t) {
  if (t.view == Tensor::View::none) return "";
  const std::string& root = network.tensors[t.root].name;
  if (t.view == Tensor::View::linear) return fmt::format("reshape of {}", root);
  return fmt::format("in {} at {}x{}x{}x{}", root, t.offset[0], t.offset[1], t.offset[2], t.offset[3]);
}

void put_model(base::JsonDocument& document, const ModelView& view) {
  const Network& n = view.network;
  document.put("network", n.name);
  document.put("file", n.file);
  document.put("macs", n.macs());
  document.put("parameters", n.parameters);
  document.put("operators", n.operators.size());
  document.put("pe_operators", n.pe_operators());
  document.put("file_operators", n.file_operators);
  put_totals(document, view);
  document.open_list("operator_list");
  const auto sources = models::operator_sources(n);
  for (std::size_t i = 0; i < n.operators.size(); ++i) put_operator(document, view, n.operators[i], sources[i]);
  put_notes(document, "notes", n.notes);
}

}  // namespace tessera::app
