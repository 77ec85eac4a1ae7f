#include "tests/models/build_graph.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

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

OnnxBuilder& OnnxBuilder::node(const std::string& type, const std::vector<std::string>& inputs,
                               const std::vector<std::string>& outputs, const std::map<std::string, Ints>& attributes,
                               const std::string& domain) {
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
  graph_.message(1, n);
  ++nodes_;
  return *this;
}

std::string OnnxBuilder::bytes(std::int64_t opset, std::int64_t ir) const {
  Message model;
  model.integer(1, ir).message(7, graph_);
  if (opset > 0) model.message(8, Message().integer(2, opset));
  return model.text();
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
