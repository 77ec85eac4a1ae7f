// Small networks for tests: an ONNX file written field by field, so that the tests go through the reader's own door.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "models/graph/element_type.h"
#include "models/network/network.h"
#include "models/read_network.h"

namespace tessera::models::tests {

// A protobuf message under construction.
class Message {
 public:
  Message& integer(int field, std::int64_t value);
  Message& fixed32(int field, std::uint32_t value);
  Message& bytes(int field, const std::string& value);
  Message& message(int field, const Message& m) { return bytes(field, m.text()); }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

class OnnxBuilder {
 public:
  using Ints = std::vector<std::int64_t>;
  OnnxBuilder& input(const std::string& name, const Ints& dims, ElementType = ElementType::float32);
  OnnxBuilder& symbolic_input(const std::string& name, const std::string& symbol, const Ints& rest);
  // Extents as text: a number, a symbol, or nothing for an axis without either.
  OnnxBuilder& open_input(const std::string& name, const std::vector<std::string>& extents);
  OnnxBuilder& typed_input(const std::string& name, std::int64_t element_type, const Ints& dims);
  OnnxBuilder& output(const std::string& name);
  OnnxBuilder& weight(const std::string& name, const Ints& dims, ElementType = ElementType::float32);  // no data
  OnnxBuilder& shape(const std::string& name, const Ints& values);  // int64, with data
  OnnxBuilder& reals(const std::string& name, const Ints& dims, const std::vector<float>& values);
  // Any element type (its number), as raw data.
  OnnxBuilder& raw(const std::string& name, std::int64_t element_type, const Ints& dims, const std::string& bytes);
  // Stored in the file `location` beside the network, from byte `offset` on.
  OnnxBuilder& external(const std::string& name, std::int64_t element_type, const Ints& dims,
                        const std::string& location, std::int64_t offset);
  // Attributes by name: a list of integers. `=name` is a single integer, `@name=text` a text, `*name=one,two` a list of
  // texts, `~name=0.5` a number, `&name=of` a reference to an attribute of the function, `!name` an attribute without
  // value, of the declared type that the list holds (none: not even that).
  OnnxBuilder& node(const std::string& type, const std::vector<std::string>& inputs,
                    const std::vector<std::string>& outputs, const std::map<std::string, Ints>& attributes = {},
                    const std::string& domain = "");
  // A node with graphs among its attributes.
  OnnxBuilder& control(const std::string& type, const std::vector<std::string>& inputs,
                       const std::vector<std::string>& outputs,
                       const std::vector<std::pair<std::string, OnnxBuilder>>& graphs,
                       const std::map<std::string, Ints>& attributes = {});
  // A function of the file: the nodes of `body`. Attributes of its nodes that are named "&name=of" take the value of
  // the call's attribute `of`.
  OnnxBuilder& function(const std::string& domain, const std::string& name, const std::vector<std::string>& inputs,
                        const std::vector<std::string>& outputs, const OnnxBuilder& body);
  // Bytes of the file.
  [[nodiscard]] std::string bytes(std::int64_t opset = 13, std::int64_t ir = 7) const;
  // Written to a file of its own and read.
  [[nodiscard]] base::Result<Network> read(std::int64_t opset = 13, const ReadOptions& = {}) const;

 private:
  void add_node(const Message&);
  Message graph_, functions_;
  std::vector<Message> nodes_;
};

// A file in the test's scratch folder with that content.
[[nodiscard]] std::filesystem::path scratch_file(const std::string& name, const std::string& content);

// The operator of that name; fails the test where there is none.
[[nodiscard]] const Operator& operator_of(const Network&, const std::string& name);
[[nodiscard]] const Tensor& tensor_of(const Network&, const std::string& name);
[[nodiscard]] std::vector<std::string> posts_of(const Operator&);

}  // namespace tessera::models::tests
