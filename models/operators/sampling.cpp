// Images read at positions that the network computes, and the positions themselves: GridSample, RoiAlign, AffineGrid;
// Col2Im, which adds up what lies at one position. All on the vector unit.
#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "models/operators/inference.h"
#include "models/operators/lowering.h"

namespace tessera::models {

namespace {

// One operator that reads its inputs by `maps`.
Operator& calculate(Lowering& node, std::vector<TensorId> inputs, std::vector<std::vector<AxisMap>> maps) {
  Operator& op = node.add(Unit::vector, node.output());
  op.inputs = std::move(inputs);
  op.access = Operator::Access::axes;
  op.maps = std::move(maps);
  return op;
}

void infer_grid_sample(Inference& node) {
  const Dims &in = node.dims(0, 3, 5), &grid = node.dims(1);
  const std::size_t rank = in.size();
  if (grid.size() != rank || grid[0] != in[0] || grid.back() != static_cast<std::int64_t>(rank) - 2)
    node.fail(fmt::format("a grid {} does not fit an image {}", describe(grid), describe(in)));
  (void)node.word("mode", "linear", {"linear", "bilinear", "nearest", "cubic", "bicubic"});
  Dims out{in[0], in[1]};
  out.insert(out.end(), grid.begin() + 1, grid.end() - 1);
  node.output(0, std::move(out));
}

// A position may lie anywhere in the image. A cubic sample takes four times the neighbours, a nearest one a single
// neighbour and no less time.
void lower_grid_sample(Lowering& node) {
  const std::size_t rank = node.dims(0).size();
  const TensorId image = node.input(), grid = node.input(1);
  std::vector<AxisMap> of_image(rank), of_grid(rank);
  of_image[0].from = of_grid[0].from = 0;
  of_image[1].from = 1;
  for (std::size_t a = 1; a + 1 < rank; ++a) of_grid[a].from = static_cast<int>(a) + 1;
  const std::string mode = node.word("mode", "linear", {"linear", "bilinear", "nearest", "cubic", "bicubic"});
  const bool cubic = mode == "cubic" || mode == "bicubic";
  calculate(node, {image, grid}, {std::move(of_image), std::move(of_grid)}).vector.repeats = cubic ? 4 : 1;
}

void infer_roi_align(Inference& node) {
  const Dims &in = node.dims(0, 4, 4), &regions = node.dims(1, 2, 2), &batch = node.dims(2, 1, 1);
  if (regions[1] != 4 || batch[0] != regions[0])
    node.fail(fmt::format("regions {} and batch indices {} do not fit", describe(regions), describe(batch)));
  (void)node.integer("sampling_ratio", 0, 0, 1024);
  node.output(0, {regions[0], in[1], node.integer("output_height", 1, 1, kMaxElements),
                  node.integer("output_width", 1, 1, kMaxElements)});
}

// A mean over sampling_ratio^2 samples; 0 leaves their number to the size of the region, which only a run knows: two
// each way stand for it. The number of its image goes with each region and moves nothing.
void lower_roi_align(Lowering& node) {
  const TensorId image = node.input(), regions = node.input(1);
  const std::int64_t ratio = node.integer("sampling_ratio", 0, 0, 1024);
  const std::int64_t samples = ratio == 0 ? 2 : ratio;
  std::vector<AxisMap> of_image(4), of_regions(2);
  of_image[1].from = 1;
  of_regions[0].from = 0;
  calculate(node, {image, regions}, {std::move(of_image), std::move(of_regions)}).vector.repeats = samples * samples;
}

// Regions [number, 5], of which the first number says which image.
void infer_max_roi_pool(Inference& node) {
  const Dims &in = node.dims(0, 4, 4), &regions = node.dims(1, 2, 2);
  node.require_attribute("pooled_shape");
  const auto pooled = node.integers("pooled_shape", 2, 1, 1);
  if (regions[1] != 5) node.fail(fmt::format("regions {} must have five numbers each", describe(regions)));
  node.output(0, {regions[0], in[1], pooled[0], pooled[1]});
}

// How large a region is only a run knows: the whole image stands for each, cut into pooled_shape windows.
void lower_max_roi_pool(Lowering& node) {
  const Dims in = node.dims(0);
  const auto pooled = node.integers("pooled_shape", 2, 1, 1);
  const TensorId image = node.input(), regions = node.input(1);
  std::vector<AxisMap> of_image(4), of_regions(2);
  of_image[1].from = 1;
  of_regions[0].from = 0;
  calculate(node, {image, regions}, {std::move(of_image), std::move(of_regions)}).vector.repeats =
      base::ceil_div(in[2], pooled[0]) * base::ceil_div(in[3], pooled[1]);
}

// theta [n, 2, 3] and a size [n, c, h, w] give [n, h, w, 2]; volumes have one axis more.
void infer_affine_grid(Inference& node) {
  const Dims& theta = node.dims(0, 3, 3);
  const Dims size = node.ints(1, "size");
  const std::size_t spatial = size.size() < 2 ? 0 : size.size() - 2;
  const auto s = static_cast<std::int64_t>(spatial);
  if ((spatial != 2 && spatial != 3) || theta != Dims{size[0], s, s + 1})
    node.fail(fmt::format("transformations {} do not fit the size {}", describe(theta), describe(size)));
  Dims out{size[0]};
  out.insert(out.end(), size.begin() + 2, size.end());
  out.push_back(s);
  node.output(0, std::move(out));
}

void lower_affine_grid(Lowering& node) {
  std::vector<AxisMap> map(3);
  map[0].from = 0;
  calculate(node, {node.input()}, {std::move(map)});
}

// [n, c x block, l] columns become [n, c, image...].
void infer_col2im(Inference& node) {
  const Dims& in = node.dims(0, 3, 3);
  const Dims &image = node.ints(1, "image shape"), &block = node.ints(2, "block shape");
  if (image.size() != block.size() || image.empty() || !possible(block) || elements(block) < 1 ||
      in[1] % elements(block) != 0)
    node.fail(
        fmt::format("columns {} of blocks {} do not make an image {}", describe(in), describe(block), describe(image)));
  Dims out{in[0], in[1] / elements(block)};
  out.insert(out.end(), image.begin(), image.end());
  node.output(0, std::move(out));
}

// Every column element is added once: a tile keeps the image whole.
void lower_col2im(Lowering& node) {
  const std::int64_t block = elements(node.ints(2, "block shape"));
  std::vector<AxisMap> map(3);
  map[0].from = 0;
  map[1] = {.from = 1, .step = block, .after = block - 1};
  Operator& op = calculate(node, {node.input()}, {std::move(map)});
  op.vector.reducing = op.vector.reduced[kH] = op.vector.reduced[kW] = true;
}

}  // namespace

extern const OperatorRule kGridSample{.infer = infer_grid_sample,
                                      .layout = kImages,
                                      .lower = lower_grid_sample,
                                      .runs = "vector unit, for each output; four times where cubic"};
extern const OperatorRule kRoiAlign{.infer = infer_roi_align,
                                    .layout = kImages,
                                    .lower = lower_roi_align,
                                    .runs = "vector unit, for each output and sample, sampling_ratio^2 of them (0: 4)"};
extern const OperatorRule kMaxRoiPool{
    .infer = infer_max_roi_pool,
    .layout = kImages,
    .lower = lower_max_roi_pool,
    .runs = "vector unit, for each output and element of its window, as if each region were the whole image"};
extern const OperatorRule kAffineGrid{
    .infer = infer_affine_grid, .layout = kAnyLayout, .lower = lower_affine_grid, .reads_weights = false};
extern const OperatorRule kCol2Im{.infer = infer_col2im,
                                  .layout = kAnyLayout,
                                  .lower = lower_col2im,
                                  .reads_weights = false,
                                  .runs = "vector unit, for each input; the axes stay whole in a tile"};

}  // namespace tessera::models
