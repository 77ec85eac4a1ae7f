// DepthToSpace and SpaceToDepth: blocks of an image move between its channels and its height and width, by a copy.
#include <fmt/format.h>

#include "models/operators/inference.h"
#include "models/operators/lowering.h"

namespace tessera::models {

namespace {

std::int64_t block_of(const NodeReader& node) {
  node.require_attribute("blocksize");
  return node.integer("blocksize", 1, 1, 1023);
}

void require_fit(const NodeReader& node, bool fits, std::int64_t block) {
  if (!fits) node.fail(fmt::format("blocks of {} do not divide {}", block, describe(node.dims(0))));
}

void infer_depth_to_space(Inference& node) {
  const Dims in = node.dims(0, 4, 4);
  const std::int64_t block = block_of(node);
  (void)node.word("mode", "DCR", {"DCR", "CRD"});
  require_fit(node, in[1] % (block * block) == 0, block);
  node.output(0, {in[0], in[1] / (block * block), in[2] * block, in[3] * block});
}

void infer_space_to_depth(Inference& node) {
  const Dims in = node.dims(0, 4, 4);
  const std::int64_t block = block_of(node);
  require_fit(node, in[2] % block == 0 && in[3] % block == 0, block);
  node.output(0, {in[0], in[1] * block * block, in[2] / block, in[3] / block});
}

// The channels that an output channel is made of: the block's pixels lie next to each other (CRD), or one output's
// worth of channels apart (DCR).
void lower_depth_to_space(Lowering& node) {
  const TensorId source = node.input(), output = node.output();
  const std::int64_t block = block_of(node), pixels = block * block;
  AxisMap channels{.from = 1, .after = (pixels - 1) * node.at(output).dims[1]};
  if (node.word("mode", "DCR", {"DCR", "CRD"}) == "CRD") channels = {.from = 1, .step = pixels, .after = pixels - 1};
  node.move(source, output, {{.from = 0}, channels, {.from = 2, .divide = block}, {.from = 3, .divide = block}});
}

// Which of a block's pixels is needed depends on the channel: all of the block count.
void lower_space_to_depth(Lowering& node) {
  const TensorId source = node.input(), output = node.output();
  const std::int64_t block = block_of(node);
  const AxisMap height{.from = 2, .step = block, .after = block - 1};
  const AxisMap width{.from = 3, .step = block, .after = block - 1};
  node.move(source, output, {{.from = 0}, {}, height, width});
}

}  // namespace

extern const OperatorRule kDepthToSpace{
    .infer = infer_depth_to_space, .layout = kImages, .lower = lower_depth_to_space, .runs = "a copy"};
extern const OperatorRule kSpaceToDepth{
    .infer = infer_space_to_depth, .layout = kImages, .lower = lower_space_to_depth, .runs = "a copy"};

}  // namespace tessera::models
