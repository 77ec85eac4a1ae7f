// The operator graph that the rest of the simulator sees: what the front end (ONNX, YAML) and its passes left.
//
// Every tensor has four canonical axes n, h, w, c. An image tensor (N,C,H,W in the file) maps directly; a matrix
// [.., rows, cols] has c = cols and its other axes on n, h and w as models/network/layout.h says. Views (reshape,
// channel concat, split, slice) own no memory: they name a box of their root tensor, so that "the same tensor" always
// means the same root. Weights never carry values, only shapes.
//
// Boost.Graph stays behind graph.cpp; this header is plain data in topological order.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/precision.h"
#include "base/units.h"
#include "base/vector_function.h"
#include "models/network/transposed_axis.h"

namespace tessera::models {

using TensorId = std::uint32_t;
using OperatorId = std::uint32_t;
inline constexpr std::uint32_t kNone = 0xffffffff;

enum Axis : int { kN = 0, kH = 1, kW = 2, kC = 3 };
using Shape = std::array<std::int64_t, 4>;  // n, h, w, c; 0 somewhere: an empty tensor, which has no tiles and no bytes

// Half-open box in canonical axes.
struct Box {
  Shape begin{0, 0, 0, 0};
  Shape end{0, 0, 0, 0};
  [[nodiscard]] std::int64_t extent(int axis) const {
    return end[static_cast<std::size_t>(axis)] - begin[static_cast<std::size_t>(axis)];
  }
  [[nodiscard]] std::int64_t elements() const { return extent(0) * extent(1) * extent(2) * extent(3); }
  [[nodiscard]] bool empty() const { return extent(0) <= 0 || extent(1) <= 0 || extent(2) <= 0 || extent(3) <= 0; }
  [[nodiscard]] bool contains(const Box& o) const {
    for (std::size_t a = 0; a < 4; ++a)
      if (o.begin[a] < begin[a] || o.end[a] > end[a]) return false;
    return true;
  }
  [[nodiscard]] bool intersects(const Box& o) const {
    for (std::size_t a = 0; a < 4; ++a)
      if (o.end[a] <= begin[a] || o.begin[a] >= end[a]) return false;
    return true;
  }
  friend bool operator==(const Box&, const Box&) = default;
};
[[nodiscard]] inline Box whole(const Shape& s) { return {{0, 0, 0, 0}, s}; }
// Elements that two boxes share.
[[nodiscard]] std::int64_t common_elements(const Box& a, const Box& b);

// How the file's axes lie on the canonical ones (models/network/layout.h): an image N,C..,H,W; a volume N,C,D,H,W;
// rows, of which the last axis is c.
struct Layout {
  enum class Kind : std::uint8_t { rows, image, volume };
  static constexpr std::int8_t kAll = 127;  // more axes than a tensor has
  Kind kind = Kind::rows;
  // Of rows: how many of the last axes (c among them) lie on h, w and c together, and how many on w and c.
  std::int8_t h = 2, w = 1;
  static const Layout rows, flat, image, volume, canonical;
  friend bool operator==(const Layout&, const Layout&) = default;
  friend auto operator<=>(const Layout&, const Layout&) = default;
};
inline constexpr Layout Layout::rows{};                                  // one axis on h, the others on n
inline constexpr Layout Layout::flat{Layout::Kind::rows, Layout::kAll};  // all but the last on h
inline constexpr Layout Layout::canonical{Layout::Kind::rows, 3, 2};     // of four axes: n, h, w, c
inline constexpr Layout Layout::image{Layout::Kind::image}, Layout::volume{Layout::Kind::volume};

enum class TensorRole : std::uint8_t { network_input, network_output, activation, constant };

struct Tensor {
  std::string name;
  std::vector<std::int64_t> dims;  // as in the file
  Shape shape{1, 1, 1, 1};         // canonical. Constant weights: {groups x n, kernel_h, kernel_w, channels}
  Layout layout = Layout::rows;
  std::optional<base::Precision> precision = {};  // of a root's elements; empty: the run's
  TensorRole role = TensorRole::activation;       // a network output that operators read again keeps network_output
  // Views. root == own id for a tensor that owns memory. `window`: this tensor is the box of the root that starts at
  // `offset` (axes correspond). `linear`: element i of this tensor in canonical order (n,h,w,c; c fastest) is element i
  // of the box of the root that starts at `offset` and has the extents `base`: a reshape.
  TensorId root = kNone;
  enum class View : std::uint8_t { none, window, linear } view = View::none;
  Shape offset{0, 0, 0, 0};
  Shape base{1, 1, 1, 1};
  OperatorId producer = kNone;  // kNone for inputs and constants
  // Partial results of a reduction that was cut in pieces: how many numbers, each as wide as the machine's
  // accumulators, stand in one element (a maximum and a sum are two). 0: one number in the precision of the run.
  std::int64_t accumulators = 0;
  bool host = false;  // lies in the host's part of the DRAM: a copy for a host task, or what one has made
};

enum class Unit : std::uint8_t { pe, vector, movement, host };
[[nodiscard]] constexpr std::string_view to_string(Unit unit) {
  return unit == Unit::pe ? "pe" : unit == Unit::vector ? "vector" : unit == Unit::host ? "host" : "movement";
}

using base::Function;

// Geometry of a PE operator. A GEMM is a 1x1 convolution: out_h x out_w = rows of the result, channels = K.
// A volume has out_d slices for each image, which count as batch: slice d of image i reads the slices under its kernel.
struct PeGeometry {
  std::int64_t batch = 1;  // images (x slices), or batch x heads
  std::int64_t groups = 1;
  std::int64_t n = 1;         // output channels per group
  std::int64_t channels = 1;  // input channels per group (K = channels x kernel_h x kernel_w)
  std::int64_t out_h = 1, out_w = 1, in_h = 1, in_w = 1;
  std::int64_t kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
  std::int64_t pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  std::int64_t in_d = 1, out_d = 1, kernel_d = 1, stride_d = 1, dilation_d = 1, pad_front = 0, pad_back = 0;
  bool transposed = false;            // a transposed convolution: strides are those of the output
  bool weight_is_activation = false;  // activation x activation matmul: second operand is not constant
  bool weight_is_kernel =
      false;  // activations as a convolution's weights: an image of channels for each output channel
  bool weight_transposed =
      false;  // second operand stored [n][k] (activation operands only; constants lie in tile order)
  // An operand has fewer matrices than the batch where it is broadcast: matrix b of the batch reads matrix
  // (b / divide) modulo the number that it has.
  std::int64_t weight_batch = 1;  // matrices of the second operand
  std::int64_t weight_divide = 1, input_divide = 1;
  [[nodiscard]] std::int64_t weight_of(std::int64_t b) const { return b / weight_divide % weight_batch; }
  bool input_transposed = false;  // first operand stored [k][rows]; then out_w is 1
  [[nodiscard]] std::int64_t taps() const { return kernel_d * kernel_h * kernel_w; }
  [[nodiscard]] TransposedAxis axis_d() const { return {in_d, out_d, kernel_d, stride_d, dilation_d, pad_front}; }
  [[nodiscard]] TransposedAxis axis_h() const { return {in_h, out_h, kernel_h, stride_h, dilation_h, pad_top}; }
  [[nodiscard]] TransposedAxis axis_w() const { return {in_w, out_w, kernel_w, stride_w, dilation_w, pad_left}; }
  // Multiply-accumulates that count: padding's do, inserted zeros' do not (TransposedAxis::useful()).
  [[nodiscard]] std::int64_t macs() const;
  // Whether macs() is at most `limit`: the product of a damaged file's extents may not fit 64 bits.
  [[nodiscard]] bool macs_within(std::int64_t limit) const;
};

// Window of a pool, factor of a resize, or axes that a reduction keeps whole.
struct VectorGeometry {
  std::int64_t in_d = 1, out_d = 1, kernel_d = 1, stride_d = 1, dilation_d = 1, pad_front = 0, pad_back = 0;
  std::int64_t kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
  std::int64_t pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  double scale_h = 1, scale_w = 1;  // resize: output / input
  std::int64_t reach = 0;           // resize: neighbours read on either side (nearest 0, linear 1, cubic 2)
  std::array<bool, 4> reduced{false, false, false,
                              false};  // canonical axes kept whole in a tile (softmax, layernorm, reduce)
  bool reducing = false;               // elements count inputs (x window for pools), not outputs
  std::int64_t repeats = 1;            // times that the function goes over what is counted (TopK, pools of volumes)
  Shape block{0, 0, 0, 0};             // most of the output that one tile makes, by axis; 0: as much as fits
};

// A post-operation fused behind a PE operator; runs on the vector unit in pipeline with the last reduction step.
struct PostOperation {
  Function function = Function::identity;
  TensorId parameter = kNone;  // bias, scale (a constant): belongs to the weight box of the group's last slice
  std::string name;            // of the operator that was fused
};

// The range of one axis of a source (in the file's axes) that a range [b, e) of output axis `from` needs: element
// offset + i * step / divide for every i of [b, e), with `before` and `after` neighbours, modulo the extent where
// `wrap`. A step below 0 goes backwards.
struct AxisMap {
  static constexpr int kWhole = -1;  // the whole axis, whatever the output box
  static constexpr int kFixed = -2;  // only index `offset`
  // What stands for elements beyond the ends of the axis. `nearest`: the first and the last element; `mirrored`: those
  // behind the end, which itself is not repeated (at most one axis less one element further on).
  enum class Beyond : std::uint8_t { nothing, nearest, mirrored };
  int from = kWhole;
  std::int64_t step = 1, divide = 1, offset = 0;
  int span = 1;       // output axes from .. from + span - 1 count as one (indices of a gather)
  bool wrap = false;  // rows picked by a gather: as many as the output has, from the start of its range
  // Elements of the source that each index needs from there on, as far as the source has them: the pieces of a reduced
  // axis, neighbours. The first formula then ends in `window` in place of 1.
  std::int64_t window = 1;
  std::int64_t before = 0, after = 0;
  Beyond beyond = Beyond::nothing;
  // Whether it takes element i for i.
  [[nodiscard]] bool plain() const {
    return step == 1 && divide == 1 && offset == 0 && span == 1 && !wrap && before == 0 && after == 0 &&
           beyond == Beyond::nothing && window == 1;
  }
};

struct Operator {
  std::string name;     // as in the file; unique
  std::string type;     // as in the file: "Conv", "MatMul", "Concat"
  std::string part_of;  // the operator of the file that this is one pass of; empty: it is that operator
  Unit unit = Unit::pe;
  Function function = Function::identity;  // vector operators
  // PE: {input, weight}; vector: {first, second?}; movement: one source; host: any number. Constant scalars are
  // dropped.
  std::vector<TensorId> inputs;
  TensorId output = kNone;  // one output; operators with several are several operators. May be a window view:
                            // the operator writes into its place in the root (a part of a concat)
  PeGeometry pe;
  VectorGeometry vector;
  // In order. PE: fused behind the last reduction step. Vector: more functions on the same element, each at its own
  // cycles. A bias has function identity (the accumulators start with it, no cycles).
  std::vector<PostOperation> posts;
  std::int64_t parameter_elements = 0;  // elements of all its constants
  // Which part of an input an output box needs: see source_box(). `geometry`: from `pe` or the window in `vector`.
  // `axes`: by `maps`, one list for each input. `linear`: element i of the output is element i of the source, in the
  // file's order.
  enum class Access : std::uint8_t { geometry, axes, linear } access = Access::geometry;
  std::vector<std::vector<AxisMap>> maps;
  // Of an operator that the host runs: how long it takes, and what it makes beside `output`.
  base::Ps host_time{0};
  std::vector<TensorId> more_outputs = {};
};

// What the passes did, for `tessera model` and messages.
struct PassNote {
  std::string operator_name;
  std::string what;       // "fused into /model.0/conv/Conv", "folded to a constant", "view of ..."
  std::string into = {};  // the operator that it became a part of; empty: of none
};

struct Network {
  std::string name;  // file stem or the YAML's `network`
  std::string file;
  std::vector<Tensor> tensors;
  std::vector<Operator> operators;  // topological order; ties by order in the file
  std::vector<PassNote> notes;
  std::int64_t parameters = 0;      // elements of all constants that the file's operators use as weights
  std::int64_t file_operators = 0;  // nodes in the file
  [[nodiscard]] std::int64_t macs() const;
  [[nodiscard]] std::int64_t pe_operators() const;
  [[nodiscard]] bool is_empty(TensorId tensor) const { return whole(tensors[tensor].shape).empty(); }
  // The box of `tensor`'s root that holds `box` of `tensor` (for a linear view the smallest box that does).
  [[nodiscard]] Box root_box(TensorId tensor, const Box& box) const;
  [[nodiscard]] const Tensor& root(TensorId tensor) const { return tensors[tensors[tensor].root]; }
};

// A network input that lies in another tensor: the past of a KV cache, at the place where the network's output has it.
// That part of the root is there before the run begins, and no operator writes it.
struct PartFedIn {
  TensorId root = kNone;
  Box box;
};
[[nodiscard]] std::vector<PartFedIn> parts_fed_in(const Network&);

// The box of input `input` (in that tensor's own canonical axes; root_box() takes it on) that `out`, a box of the
// operator's output, needs; never empty. PE: input 0 with its halo inside the image and all channels of the groups
// that `out` touches, which a k-slice then narrows along c (a transposed one: [h = k][c = rows]); input 1 constant:
// [n0,n1) on n, the rest whole; input 1 an activation: matrix [h = k][c = n], or [h = n][c = k] where transposed.
[[nodiscard]] Box source_box(const Network&, const Operator&, std::size_t input, const Box& out);

// How often a vector operator's function is applied for a block of its output: to each output, to each window element
// of each output (pools), or to each element of its first input (reducing ones), `repeats` times over. `outputs`,
// `inputs`: elements of the block and of the first input's box.
[[nodiscard]] std::int64_t function_elements(const Operator&, std::int64_t outputs, std::int64_t inputs);

}  // namespace tessera::models
