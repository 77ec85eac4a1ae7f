// Random networks that ONNX allows, each with what it must come to: the shape of every tensor and the multiply-
// accumulates that count. Both are counted here, from the definitions of the operators and without any code of models/.
//
// A network grows by steps: each adds one operator, with the constants and the conversions that it needs, to tensors
// that are there. What nobody reads leaves the network, so that everything counts. One seed gives one network; fewer
// steps of it are its beginning, which makes a failure small.
#pragma once

#include <map>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/onnx_draft.h"

namespace tessera::tests {

struct DrawnNetwork {
  Draft draft;
  std::map<std::string, Ints> shapes;  // of every tensor
  std::int64_t macs = 0;
  std::string bind;  // "batch=2": what its input's first axis is called; empty: it has a number
  std::string last;  // the operator of the last step
};

[[nodiscard]] DrawnNetwork draw_network(std::uint64_t seed, std::size_t steps);

// The network under construction, as the families of operators (draw_*.cpp) add to it.
class NetworkDraw {
 public:
  explicit NetworkDraw(std::uint64_t seed);
  void step();
  [[nodiscard]] DrawnNetwork finish() &&;

  // Chance.
  [[nodiscard]] std::int64_t between(std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(most - least + 1));
  }
  [[nodiscard]] bool chance(int percent) { return between(0, 99) < percent; }
  template <class T>
  [[nodiscard]] const T& one_of(const std::vector<T>& list) {
    return list[static_cast<std::size_t>(between(0, static_cast<std::int64_t>(list.size()) - 1))];
  }
  [[nodiscard]] const char* word_of(const std::vector<const char*>& words) { return one_of(words); }
  [[nodiscard]] std::vector<std::int64_t> permutation(std::size_t count);

  // Tensors.
  [[nodiscard]] std::int64_t opset() const { return result_.draft.opset; }
  [[nodiscard]] const Ints& shape(const std::string& name) const { return result_.shapes.at(name); }
  // A tensor of floating-point numbers that is there, of that many axes and at least one element in each, often the
  // newest; empty where there is none.
  [[nodiscard]] std::string pick(std::size_t least_axes = 1, std::size_t most_axes = 6);
  // Another one of that very shape; empty where there is none.
  [[nodiscard]] std::string pick_like(const Ints& dims, const std::string& but);
  // One more input of the network.
  [[nodiscard]] std::string input(const Ints& dims);
  // Constants: weights without numbers, now and then computed by nodes; lists and single integers; floats.
  [[nodiscard]] std::string weight(const Ints& dims);
  [[nodiscard]] std::string integers(const Ints& numbers);
  [[nodiscard]] std::string integer(std::int64_t);
  [[nodiscard]] std::string reals(const Ints& numbers);
  [[nodiscard]] std::string constant(const Ints& dims, std::int64_t type, Ints numbers = {});

  // A node whose outputs have the shapes `outs`, and the names of these outputs.
  struct Given {
    std::vector<std::string> inputs;
    std::vector<DraftAttribute> attributes = {};
    std::string domain = {};
  };
  std::vector<std::string> nodes(const std::string& type, const std::vector<Ints>& outs, Given);
  std::string node(const std::string& type, const Ints& out, Given given) {
    return nodes(type, {out}, std::move(given)).front();
  }
  // A tensor of floating-point numbers that others may read from now on.
  void give(const std::string& value) { floats_.push_back(value); }
  // One of another type: it leaves the network where nobody reads it.
  void give_other(const std::string& value) { others_.push_back(value); }
  void macs(std::int64_t count) { result_.macs += count; }

 private:
  std::string name(const char* stem) { return stem + std::to_string(next_++); }

  std::mt19937_64 random_;
  DrawnNetwork result_;
  std::vector<std::string> floats_, others_;
  int next_ = 0;
};

[[nodiscard]] std::int64_t elements_of(const Ints&);
// Small enough for a step to make it.
[[nodiscard]] bool moderate(const Ints& dims);
[[nodiscard]] Ints broadcast_of(const Ints&, const Ints&);

// What a step may add. False: the tensors that are there do not allow it; what was added is taken back.
struct DrawnOperator {
  const char* name;
  bool (*draw)(NetworkDraw&);
};
// By file; each step takes a family, then one of its operators.
[[nodiscard]] std::span<const DrawnOperator> drawn_products();    // draw_products.cpp
[[nodiscard]] std::span<const DrawnOperator> drawn_vectors();     // draw_vectors.cpp
[[nodiscard]] std::span<const DrawnOperator> drawn_movements();   // draw_movements.cpp
[[nodiscard]] std::span<const DrawnOperator> drawn_constructs();  // draw_constructs.cpp

// The places of a window along each axis, by ONNX's rule.
struct DrawnWindow {
  Ints kernel, stride, dilation, begin, end, out;
  std::vector<DraftAttribute> attributes;  // without kernel_shape
};
// Of a convolution or a pool over `spatial`; false where no window fits.
[[nodiscard]] bool draw_window(NetworkDraw&, const Ints& spatial, bool of_pool, DrawnWindow&);

}  // namespace tessera::tests
