// What the front end knows of a family of operators. A family is one file of this folder: its shapes, what it asks of
// layouts and its lowering stand there side by side, and the rule is all that leaves the file.
//
// Passes read rules and never ask which operator they look at. Which ONNX type follows which rule is the table of
// operators.cpp.
#pragma once

#include <cstdint>
#include <string_view>

#include "models/graph/graph.h"

namespace tessera::models {

class Expansion;
struct AxisWishes;
class Inference;
class Lowering;
class NodeReader;

// What an operator asks of the layouts of its tensors; passes/layout_pass.h spreads the answers through the network.
struct LayoutRule {
  enum class Wish : std::uint8_t {
    none,
    image,                // first input and output are images, or volumes where they have five axes
    image_and_kernel,     // the same, and a second input that is no constant
    image_of_three_axes,  // the same where the output has three axes or more
    rows,                 // first two inputs and output are matrices
  };
  // Which tensors must have one layout.
  enum class Alike : std::uint8_t {
    none,
    same_rank,   // all inputs and outputs that have the output's rank
    same_shape,  // the same, where the first input has the output's shape
  };
  Wish wish = Wish::none;
  Alike alike = Alike::none;
  // Whether the output of this node may be an image where its input is one, and the other way round.
  bool (*keeps_image)(const NodeReader&) = nullptr;
  // Whether this node, which works on images, takes each pixel alone.
  bool (*by_pixel)(const NodeReader&) = nullptr;
  // Of tensors that lie as rows (axis_wishes.h).
  void (*axes)(const NodeReader&, AxisWishes&) = nullptr;
};
inline constexpr LayoutRule kAnyLayout{};
inline constexpr LayoutRule kImages{.wish = LayoutRule::Wish::image};
inline constexpr LayoutRule kOneLayout{.alike = LayoutRule::Alike::same_rank};

// How an operator takes part in fusion (passes/fuse_pass.cpp).
struct FusionRule {
  // What may be fused behind it.
  enum class Head : std::uint8_t {
    none,
    vector,       // functions of one element, with numbers for the whole tensor
    scale_shift,  // the same, and numbers for each channel; products and sums go into its scale and shift
    pe,           // the same, and a bias and batch normalization; products and sums go into constant weights and bias
  };
  // What it becomes behind another operator.
  enum class Post : std::uint8_t { none, function, scale_shift };
  // The axis of its output along which the numbers of a fused operator may differ.
  enum class Channels : std::uint8_t { none, second, last };
  Head head = Head::none;
  Post post = Post::none;
  Channels channels = Channels::none;
};

struct OperatorRule {
  // Sets the shape of every output, and its numbers where they are known; throws NodeError.
  void (*infer)(Inference&);
  LayoutRule layout = {};
  // Adds what the simulator runs for the node, or makes its output a place in another tensor; throws NodeError. Null
  // for an operator with `expand`.
  void (*lower)(Lowering&) = nullptr;
  FusionRule fusion = {};
  bool makes_constants = false;  // what it makes is known when the file is read
  bool is_view = false;          // the same elements in the same order under another shape
  bool reads_weights = true;     // constants that it reads count as parameters of the network
  bool skips_empty_inputs = false;
  // What a machine cannot make: always (random numbers), or where inputs are no constants with known numbers.
  enum class HostOnly : std::uint8_t { no, unless_known, always };
  HostOnly host_only = HostOnly::no;
  void (*on_host)(Inference&) = nullptr;  // where `host_only`: shapes of what the host makes, as large as it can be
  bool takes_padding = false;             // has attributes `pads` and `auto_pad`, to which a Pad before it can be added
  std::string_view runs = {};  // what it runs as and what its function is counted by, where runs_as() cannot tell

  // For people: `runs`, or what follows from the rest of the rule.
  [[nodiscard]] std::string_view runs_as() const {
    if (!runs.empty()) return runs;
    if (expand != nullptr) return "several operators (docs/expansion.md)";
    if (fusion.head == FusionRule::Head::pe) return "PE array";
    if (makes_constants) return "nothing: known when the file is read";
    if (is_view) return "a view";
    return "vector unit, for each output";
  }
  // Of an operator that stands for many (models/expansion): makes the nodes that replace it; throws NodeError. Such an
  // operator may have outputs without name before one that has a name.
  void (*expand)(Expansion&) = nullptr;
};

}  // namespace tessera::models
