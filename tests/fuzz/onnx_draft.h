// An ONNX file as a structure that can be damaged before it is written: every part of it is plain data.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace tessera::tests {

using Ints = std::vector<std::int64_t>;

struct Draft;

struct DraftAttribute {
  enum class Form { integer, integers, real, reals, text, tensor, nothing, graph };
  std::string name;
  Form form = Form::nothing;
  Ints ints;                  // integer, integers, tensor (its shape: no numbers)
  std::vector<double> reals;  // real, reals
  std::string text;
  std::int64_t declared = 0;  // AttributeProto.type; 0: left out
  std::shared_ptr<const Draft> graph = {};
};
[[nodiscard]] DraftAttribute number(const char* name, std::int64_t);
[[nodiscard]] DraftAttribute list(const char* name, Ints);
[[nodiscard]] DraftAttribute word(const char* name, const char* text);
[[nodiscard]] DraftAttribute reals(const char* name, std::vector<double>);
[[nodiscard]] DraftAttribute body(const char* name, Draft);

struct DraftNode {
  std::string name, type, domain;
  std::vector<std::string> inputs, outputs;
  std::vector<DraftAttribute> attributes;
};

struct DraftTensor {
  std::string name;
  Ints dims;
  std::int64_t type = 1;
  Ints numbers;                         // whole, whatever the type; none: the tensor is stored elsewhere
  std::vector<std::string> names = {};  // of an input: what its first axes are called in place of their extents
};

struct Draft {
  std::int64_t opset = 13, ir = 8;
  std::vector<DraftTensor> inputs, constants;
  std::vector<DraftNode> nodes;
  std::vector<std::string> outputs;

  [[nodiscard]] std::string bytes() const;
};

// Small networks that are read and run as they are: one for each operator that is known, and a few of several.
[[nodiscard]] std::vector<Draft> seed_drafts();
// One change to a part of the draft that stands there by the format: attributes, inputs, outputs, shapes, types, names,
// operator set.
void damage(Draft& draft, std::mt19937_64& random);

}  // namespace tessera::tests
