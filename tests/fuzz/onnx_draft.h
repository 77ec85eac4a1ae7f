// An ONNX file as a structure that can be damaged before it is written: every part of it is plain data.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace tessera::tests {

using Ints = std::vector<std::int64_t>;

struct DraftAttribute {
  enum class Form { integer, integers, real, reals, text, tensor, nothing };
  std::string name;
  Form form = Form::nothing;
  Ints ints;                  // integer, integers, tensor (its shape: no numbers)
  std::vector<double> reals;  // real, reals
  std::string text;
  std::int64_t declared = 0;  // AttributeProto.type; 0: left out
};

struct DraftNode {
  std::string name, type, domain;
  std::vector<std::string> inputs, outputs;
  std::vector<DraftAttribute> attributes;
};

struct DraftTensor {
  std::string name;
  Ints dims;
  std::int64_t type = 1;
  Ints numbers;  // int64 or, as they are, float; none: the tensor is stored elsewhere
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
