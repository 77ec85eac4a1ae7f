#include "tests/models/build_graph.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <bit>
#include <cctype>
#include <cstring>
#include <fstream>
#include <sstream>

#include "base/varint.h"
#include "models/read_network.h"

namespace tessera::models::tests {

Message& Message::integer(int field, std::int64_t value) {
  base::put_varint(text_, static_cast<std::uint64_t>(field) << 3);
  base::put_varint(text_, static_cast<std::uint64_t>(value));
  return *this;
}

Message& Message::fixed32(int field, std::uint32_t value) {
  base::put_varint(text_, (static_cast<std::uint64_t>(field) << 3) | 5);
  for (int i = 0; i < 4; ++i) text_ += static_cast<char>(value >> (8 * i));
  return *this;
}

Message& Message::bytes(int field, const std::string& value) {
  base::put_varint(text_, (static_cast<std::uint64_t>(field) << 3) | 2);
  base::put_varint(text_, value.size());
  text_ += value;
  return *this;
}

namespace {

Message value_info(const std::string& name, const Message& shape, ElementType element = ElementType::float32) {
  Message tensor_type, type, info;
  tensor_type.integer(1, static_cast<std::int64_t>(element)).message(2, shape);
  type.message(1, tensor_type);
  info.bytes(1, name).message(2, type);
  return info;
}

}  // namespace

OnnxBuilder& OnnxBuilder::input(const std::string& name, const Ints& dims, ElementType type) {
  Message shape;
  for (const std::int64_t d : dims) shape.message(1, Message().integer(1, d));
  graph_.message(11, value_info(name, shape, type));
  return *this;
}

OnnxBuilder& OnnxBuilder::symbolic_input(const std::string& name, const std::string& symbol, const Ints& rest) {
  Message shape;
  shape.message(1, Message().bytes(2, symbol));
  for (const std::int64_t d : rest) shape.message(1, Message().integer(1, d));
  graph_.message(11, value_info(name, shape));
  return *this;
}

OnnxBuilder& OnnxBuilder::open_input(const std::string& name, const std::vector<std::string>& extents) {
  Message shape;
  for (const std::string& e : extents) {
    const bool number = !e.empty() && (std::isdigit(static_cast<unsigned char>(e[0])) != 0 || e[0] == '-') &&
                        e.find_first_not_of("-0123456789") == std::string::npos;
    shape.message(1, e.empty() ? Message() : number ? Message().integer(1, std::stoll(e)) : Message().bytes(2, e));
  }
  graph_.message(11, value_info(name, shape));
  return *this;
}

OnnxBuilder& OnnxBuilder::typed_input(const std::string& name, std::int64_t element_type, const Ints& dims) {
  Message shape;
  for (const std::int64_t d : dims) shape.message(1, Message().integer(1, d));
  graph_.message(11, value_info(name, shape, models::element_type(element_type)));
  return *this;
}

OnnxBuilder& OnnxBuilder::output(const std::string& name) {
  graph_.message(12, Message().bytes(1, name));
  return *this;
}

OnnxBuilder& OnnxBuilder::weight(const std::string& name, const Ints& dims, ElementType type) {
  Message t;
  for (const std::int64_t d : dims) t.integer(1, d);
  t.integer(2, static_cast<std::int64_t>(type)).bytes(8, name).integer(14, 1);
  graph_.message(5, t);
  return *this;
}

OnnxBuilder& OnnxBuilder::shape(const std::string& name, const Ints& values) {
  Message t;
  t.integer(1, static_cast<std::int64_t>(values.size())).integer(2, 7).bytes(8, name);
  std::string raw;
  for (const std::int64_t v : values)
    for (int i = 0; i < 8; ++i) raw += static_cast<char>(static_cast<std::uint64_t>(v) >> (8 * i));
  graph_.message(5, t.bytes(9, raw));
  return *this;
}

OnnxBuilder& OnnxBuilder::reals(const std::string& name, const Ints& dims, const std::vector<float>& values) {
  std::string bytes(values.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return raw(name, 1, dims, bytes);
}

OnnxBuilder& OnnxBuilder::raw(const std::string& name, std::int64_t element_type, const Ints& dims,
                              const std::string& bytes) {
  Message t;
  for (const std::int64_t d : dims) t.integer(1, d);
  graph_.message(5, t.integer(2, element_type).bytes(8, name).bytes(9, bytes));
  return *this;
}

OnnxBuilder& OnnxBuilder::external(const std::string& name, std::int64_t element_type, const Ints& dims,
                                   const std::string& location, std::int64_t offset) {
  Message t;
  for (const std::int64_t d : dims) t.integer(1, d);
  t.integer(2, element_type).bytes(8, name).integer(14, 1);
  t.message(13, Message().bytes(1, "location").bytes(2, location));
  graph_.message(5, t.message(13, Message().bytes(1, "offset").bytes(2, std::to_string(offset))));
  return *this;
}

namespace {

Message node_message(const std::string& type, const std::vector<std::string>& inputs,
                     const std::vector<std::string>& outputs,
                     const std::map<std::string, OnnxBuilder::Ints>& attributes, const std::string& domain);

}  // namespace

void OnnxBuilder::add_node(const Message& node) {
  graph_.message(1, node);
  nodes_.push_back(node);
}

OnnxBuilder& OnnxBuilder::control(const std::string& type, const std::vector<std::string>& inputs,
                                  const std::vector<std::string>& outputs,
                                  const std::vector<std::pair<std::string, OnnxBuilder>>& graphs,
                                  const std::map<std::string, Ints>& attributes) {
  Message n = node_message(type, inputs, outputs, attributes, "");
  for (const auto& [name, graph] : graphs)
    n.message(5, Message().bytes(1, name).message(6, graph.graph_).integer(20, 5));
  add_node(n);
  return *this;
}

OnnxBuilder& OnnxBuilder::function(const std::string& domain, const std::string& name,
                                   const std::vector<std::string>& inputs, const std::vector<std::string>& outputs,
                                   const OnnxBuilder& body) {
  Message f;
  f.bytes(1, name).bytes(10, domain);
  for (const auto& i : inputs) f.bytes(4, i);
  for (const auto& o : outputs) f.bytes(5, o);
  for (const Message& n : body.nodes_) f.message(7, n);
  functions_.message(25, f);
  return *this;
}

OnnxBuilder& OnnxBuilder::node(const std::string& type, const std::vector<std::string>& inputs,
                               const std::vector<std::string>& outputs, const std::map<std::string, Ints>& attributes,
                               const std::string& domain) {
  add_node(node_message(type, inputs, outputs, attributes, domain));
  return *this;
}

namespace {

Message node_message(const std::string& type, const std::vector<std::string>& inputs,
                     const std::vector<std::string>& outputs,
                     const std::map<std::string, OnnxBuilder::Ints>& attributes, const std::string& domain) {
  Message n;
  for (const auto& i : inputs) n.bytes(1, i);
  for (const auto& o : outputs) n.bytes(2, o);
  n.bytes(3, outputs.empty() ? type : outputs.front()).bytes(4, type);
  if (!domain.empty()) n.bytes(7, domain);
  for (const auto& [name, ints] : attributes) {
    if (name[0] == '@') {  // "@name=text"
      const auto equals = name.find('=');
      n.message(5, Message().bytes(1, name.substr(1, equals - 1)).bytes(4, name.substr(equals + 1)));
      continue;
    }
    if (name[0] == '*') {  // "*name=one,two"
      const auto equals = name.find('=');
      Message a;
      a.bytes(1, name.substr(1, equals - 1));
      std::istringstream words(name.substr(equals + 1));
      for (std::string word; std::getline(words, word, ',');) a.bytes(9, word);
      n.message(5, a);
      continue;
    }
    if (name[0] == '~') {  // "~name=0.5"
      const auto equals = name.find('=');
      const auto bits = std::bit_cast<std::uint32_t>(std::stof(name.substr(equals + 1)));
      n.message(5, Message().bytes(1, name.substr(1, equals - 1)).fixed32(2, bits));
      continue;
    }
    if (name[0] == '&') {  // "&name=of"
      const auto equals = name.find('=');
      n.message(5, Message().bytes(1, name.substr(1, equals - 1)).bytes(21, name.substr(equals + 1)));
      continue;
    }
    if (name[0] == '!') {
      Message a;
      a.bytes(1, name.substr(1));
      for (const std::int64_t declared : ints) a.integer(20, declared);
      n.message(5, a);
      continue;
    }
    // A name that begins with '=' is a single integer, not a list.
    const bool single = name[0] == '=';
    Message a;
    a.bytes(1, single ? name.substr(1) : name);
    for (const std::int64_t v : ints) a.integer(single ? 3 : 8, v);
    n.message(5, a);
  }
  return n;
}

}  // namespace

std::string OnnxBuilder::bytes(std::int64_t opset, std::int64_t ir) const {
  Message model;
  model.integer(1, ir).message(7, graph_);
  if (opset > 0) model.message(8, Message().integer(2, opset));
  return model.text() + functions_.text();
}

base::Result<Network> OnnxBuilder::read(std::int64_t opset, const ReadOptions& options) const {
  return read_network(scratch_file("net.onnx", bytes(opset)), options);
}

std::filesystem::path scratch_file(const std::string& name, const std::string& content) {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  const auto folder =
      std::filesystem::path(::testing::TempDir()) / ("tessera_models_" + std::to_string(::getpid())) /
      (std::string(test->test_suite_name()) + "_" + std::to_string(std::hash<std::string>{}(test->name())));
  std::filesystem::create_directories(folder);
  const auto path = folder / name;
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

namespace {

template <class T>
const T& named(const std::vector<T>& all, const std::string& name, const char* what) {
  for (const T& one : all)
    if (one.name == name) return one;
  ADD_FAILURE() << "no " << what << ' ' << name;
  static const T kNothing;
  return kNothing;
}

}  // namespace

const Operator& operator_of(const Network& n, const std::string& name) { return named(n.operators, name, "operator"); }
const Tensor& tensor_of(const Network& n, const std::string& name) { return named(n.tensors, name, "tensor"); }

std::vector<std::string> posts_of(const Operator& op) {
  std::vector<std::string> names;
  for (const auto& p : op.posts) names.emplace_back(base::to_string(p.function));
  return names;
}

}  // namespace tessera::models::tests
