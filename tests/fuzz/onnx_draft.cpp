#include "tests/fuzz/onnx_draft.h"

#include <bit>

#include "tests/models/build_graph.h"

namespace tessera::tests {

using models::tests::Message;

namespace {

std::string raw(std::uint64_t bits, int width) {
  std::string bytes;
  for (int i = 0; i < width; ++i) bytes += static_cast<char>(bits >> (8 * i));
  return bytes;
}

// Of TensorProto's integers and booleans; a damaged type has 8 bytes.
int width(std::int64_t type) { return type == 2 || type == 3 || type == 9 ? 1 : type == 6 ? 4 : 8; }

std::string raw_float(double v) { return raw(std::bit_cast<std::uint32_t>(static_cast<float>(v)), 4); }

Message shape_info(const DraftTensor& t) {
  Message shape, tensor_type, type, info;
  for (std::size_t i = 0; i < t.dims.size(); ++i) {
    const bool named = i < t.names.size() && !t.names[i].empty();
    shape.message(1, named ? Message().bytes(2, t.names[i]) : Message().integer(1, t.dims[i]));
  }
  tensor_type.integer(1, t.type).message(2, shape);
  return info.bytes(1, t.name).message(2, type.message(1, tensor_type));
}

Message tensor(const DraftTensor& t) {
  Message m;
  for (const std::int64_t d : t.dims) m.integer(1, d);
  m.integer(2, t.type).bytes(8, t.name);
  if (t.numbers.empty()) return m.integer(14, 1);
  std::string numbers;
  for (const std::int64_t v : t.numbers)
    numbers += t.type == 1 ? raw_float(static_cast<double>(v)) : raw(static_cast<std::uint64_t>(v), width(t.type));
  return m.bytes(9, numbers);
}

Message graph_of(const Draft&);

Message attribute(const DraftAttribute& a) {
  using Form = DraftAttribute::Form;
  Message m;
  m.bytes(1, a.name);
  if (a.declared != 0) m.integer(20, a.declared);
  switch (a.form) {
    case Form::integer: return m.integer(3, a.ints.empty() ? 0 : a.ints.front());
    case Form::integers:
      for (const std::int64_t v : a.ints) m.integer(8, v);
      return m;
    case Form::real: return m.fixed32(2, std::bit_cast<std::uint32_t>(static_cast<float>(a.reals.at(0))));
    case Form::reals: {
      std::string packed;
      for (const double v : a.reals) packed += raw_float(v);
      return m.bytes(7, packed);
    }
    case Form::text: return m.bytes(4, a.text);
    case Form::tensor: return m.message(5, tensor({"", a.ints, 7, {}}));
    case Form::graph: return m.message(6, graph_of(*a.graph));
    case Form::nothing: return m;
  }
  return m;
}

Message node(const DraftNode& n) {
  Message m;
  for (const auto& i : n.inputs) m.bytes(1, i);
  for (const auto& o : n.outputs) m.bytes(2, o);
  m.bytes(3, n.name).bytes(4, n.type);
  if (!n.domain.empty()) m.bytes(7, n.domain);
  for (const auto& a : n.attributes) m.message(5, attribute(a));
  return m;
}

Message graph_of(const Draft& d) {
  Message graph;
  for (const auto& n : d.nodes) graph.message(1, node(n));
  for (const auto& c : d.constants) graph.message(5, tensor(c));
  for (const auto& i : d.inputs) graph.message(11, shape_info(i));
  for (const auto& o : d.outputs) graph.message(12, Message().bytes(1, o));
  return graph;
}

using Form = DraftAttribute::Form;

}  // namespace

DraftAttribute number(const char* name, std::int64_t v) { return {name, Form::integer, {v}, {}, {}, 2}; }
DraftAttribute list(const char* name, Ints v) { return {name, Form::integers, std::move(v), {}, {}, 7}; }
DraftAttribute word(const char* name, const char* text) { return {name, Form::text, {}, {}, text, 3}; }
DraftAttribute reals(const char* name, std::vector<double> v) { return {name, Form::reals, {}, std::move(v), {}, 6}; }
DraftAttribute body(const char* name, Draft d) {
  return {name, Form::graph, {}, {}, {}, 5, std::make_shared<const Draft>(std::move(d))};
}

std::string Draft::bytes() const {
  return Message().integer(1, ir).message(7, graph_of(*this)).message(8, Message().integer(2, opset)).text();
}

}  // namespace tessera::tests
