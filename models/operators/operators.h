// The operators that the simulator knows, in one table: how each is inferred and what becomes of it.
#pragma once

#include <string_view>

#include "base/vector_function.h"
#include "models/operators/inference.h"

namespace tessera::models {

// What an operator becomes. Kinds of one line share a rule for which box of a source an output box needs.
enum class Kind : std::uint8_t {
  constant,  // always known when the file is read
  conv,
  gemm,
  matmul,       // PE array
  elementwise,  // one or more operands, broadcast
  pool,
  global_pool,
  resize,
  lrn,  // vector, spatial
  reduce,
  softmax,
  layernorm,  // vector, whole axes
  batchnorm,  // vector; folded where it follows a PE operator
  view,       // no work: another shape of the same data
  transpose,
  concat,
  split,
  slice,
  gather,
  expand,
  tile,
  pad,
  depth_to_space,  // data moves or is aliased
};

struct OperatorRule {
  std::string_view type;
  Kind kind;
  base::Function function;  // of a vector operator
  void (*infer)(Inference&);
};

// nullptr where the operator cannot be simulated.
[[nodiscard]] const OperatorRule* find_rule(const Node&);
// Every known type, sorted: for messages.
[[nodiscard]] std::vector<std::string_view> known_operators();

// The rules, by file.
namespace infer {
void conv(Inference&);
void gemm(Inference&);
void matmul(Inference&);
void pool(Inference&);
void global_pool(Inference&);
void resize(Inference&);
void depth_to_space(Inference&);
void same_shape(Inference&);
void batchnorm(Inference&);
void elementwise(Inference&);
void reduce(Inference&);
void along_axis(Inference&);
void constant(Inference&);
void constant_of_shape(Inference&);
void range(Inference&);
void shape(Inference&);
void size(Inference&);
void cast(Inference&);
void identity(Inference&);
void dropout(Inference&);
void reshape(Inference&);
void flatten(Inference&);
void squeeze(Inference&);
void unsqueeze(Inference&);
void transpose(Inference&);
void concat(Inference&);
void split(Inference&);
void slice(Inference&);
void gather(Inference&);
void expand(Inference&);
void tile(Inference&);
void pad(Inference&);
}  // namespace infer

}  // namespace tessera::models
