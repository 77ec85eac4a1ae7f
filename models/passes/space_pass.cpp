#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/graph/graph_editor.h"
#include "models/passes/passes.h"

namespace tessera::models {

namespace {

struct Blocks {
  const char* type;
  const char* mode;  // nullptr: the operator has none
  std::int64_t size;
};

std::optional<Blocks> depth_to_space(const Dims& from, const Dims& split, const Dims& order, const Dims& to) {
  const bool columns = order == Dims{0, 1, 4, 2, 5, 3}, depth = order == Dims{0, 3, 4, 1, 5, 2};
  if (!columns && !depth) return std::nullopt;
  const std::int64_t block = split[2], channels = split[columns ? 1 : 3], height = split[4], width = split[5];
  const bool fits = split[columns ? 3 : 1] == block &&
                    from == Dims{split[0], channels * block * block, height, width} &&
                    to == Dims{split[0], channels, height * block, width * block};
  return fits ? std::optional<Blocks>({"DepthToSpace", columns ? "CRD" : "DCR", block}) : std::nullopt;
}

// The channels of a block come in either order: both need the whole block.
std::optional<Blocks> space_to_depth(const Dims& from, const Dims& split, const Dims& order, const Dims& to) {
  if (order != Dims{0, 3, 5, 1, 2, 4} && order != Dims{0, 1, 3, 5, 2, 4}) return std::nullopt;
  const std::int64_t block = split[3], channels = split[1], height = split[2], width = split[4];
  const bool fits = split[5] == block && from == Dims{split[0], channels, height * block, width * block} &&
                    to == Dims{split[0], channels * block * block, height, width};
  return fits ? std::optional<Blocks>({"SpaceToDepth", nullptr, block}) : std::nullopt;
}

// Every block-th row and column of an image, from a first one on: what slices make of it.
struct Pixels {
  ValueId source = kNone;
  std::array<std::int64_t, 2> first{0, 0}, step{1, 1};  // height, width
  std::vector<NodeId> slices;
};

class BlockMoves {
 public:
  explicit BlockMoves(Graph& graph) : e_(graph) {}

  void run() {
    for (NodeId n = 0; n < e_.graph().nodes.size(); ++n) {
      if (e_.is(n, "Transpose")) recognise(n);
      else if (e_.is(n, "Concat")) recognise_slices(n);
      else if (e_.is(n, "Expand") || e_.is(n, "Tile")) recognise_repeats(n);
    }
    e_.finish();
  }

 private:
  [[nodiscard]] const Dims& dims(ValueId v) { return e_.graph().values[v].dims(); }

  void recognise(NodeId n) {
    const ValueId split = e_.node(n).inputs[0], turned = e_.node(n).outputs[0];
    const auto perm = e_.node(n).attributes.find("perm");
    const NodeId before = e_.producer(split), after = e_.only_reader(turned);
    if (perm == e_.node(n).attributes.end() || perm->second.ints.size() != 6 || !e_.is(before, "Reshape") ||
        !e_.is(after, "Reshape") || e_.only_reader(split) != n || e_.node(after).inputs[0] != turned)
      return;
    const ValueId source = e_.node(before).inputs[0], result = e_.node(after).outputs[0];
    const auto found = [&](auto kind) {
      return kind(dims(source), dims(split), Dims(perm->second.ints), dims(result));
    };
    auto blocks = found(depth_to_space);
    if (!blocks) blocks = found(space_to_depth);
    if (!blocks) return;
    Node& node = e_.node(n);
    node.type = blocks->type;
    node.inputs = {source};
    node.attributes = {{"blocksize", Attribute::integer(blocks->size)}};
    if (blocks->mode != nullptr) node.attributes.emplace("mode", Attribute::word(blocks->mode));
    e_.merge(n, {before, after}, result, std::string("recognised as ") + blocks->type);
  }

  // Every pixel repeated along an axis of its own behind height and one behind width: an image enlarged.
  void recognise_repeats(NodeId n) {
    const ValueId split = e_.node(n).inputs[0], repeated = e_.node(n).outputs[0];
    const NodeId before = e_.producer(split), after = e_.only_reader(repeated);
    if (!(e_.is(before, "Reshape") || e_.is(before, "Unsqueeze")) || !e_.is(after, "Reshape") ||
        e_.only_reader(split) != n || e_.node(after).inputs[0] != repeated)
      return;
    const ValueId source = e_.node(before).inputs[0], result = e_.node(after).outputs[0];
    const Dims &image = dims(source), &many = dims(repeated);
    if (image.size() != 4 || many.size() != 6 || dims(split) != Dims{image[0], image[1], image[2], 1, image[3], 1} ||
        many != Dims{image[0], image[1], image[2], many[3], image[3], many[5]} ||
        dims(result) != Dims{image[0], image[1], image[2] * many[3], image[3] * many[5]})
      return;
    Node& node = e_.node(n);
    node.type = "Resize";
    node.inputs = {source};
    node.attributes.clear();
    e_.merge(n, {before, after}, result, "recognised as Resize");
  }

  // All pixels of blocks, each place of them sliced out of the image, side by side in the channels.
  void recognise_slices(NodeId n) {
    const auto axis = e_.node(n).attributes.find("axis");
    const std::vector<ValueId> parts = e_.node(n).inputs;
    if (axis == e_.node(n).attributes.end() || (axis->second.ints != Dims{1} && axis->second.ints != Dims{-3})) return;
    std::int64_t block = 2;
    while (block * block < std::ssize(parts)) ++block;
    if (block * block != std::ssize(parts)) return;
    ValueId source = kNone;
    std::vector<NodeId> slices{n};
    std::vector<bool> found(parts.size(), false);
    for (const ValueId part : parts) {
      const Pixels p = pixels(part);
      const auto place = static_cast<std::size_t>(p.first[0] * block + p.first[1]);
      if (p.step != std::array{block, block} || (source != kNone && p.source != source) || found[place]) return;
      source = p.source;
      found[place] = true;
      slices.insert(slices.end(), p.slices.begin(), p.slices.end());
    }
    if (dims(source)[2] % block != 0 || dims(source)[3] % block != 0 || !read_by_each_other(slices)) return;
    std::ranges::sort(slices);
    slices.erase(std::ranges::unique(slices).begin(), slices.end());
    Node& node = e_.node(n);
    node.type = "SpaceToDepth";
    node.inputs = {source};
    node.attributes = {{"blocksize", Attribute::integer(block)}};
    e_.merge(n, slices, node.outputs[0], "recognised as SpaceToDepth");
  }

  // Back through slices of height and width. `step` stays 1 where an axis is not sliced as a block's pixels are.
  [[nodiscard]] Pixels pixels(ValueId v) {
    Pixels p;
    while (e_.is(e_.producer(v), "Slice") && take(p, e_.producer(v))) {
      p.slices.push_back(e_.producer(v));
      v = e_.node(e_.producer(v)).inputs[0];
    }
    p.source = v;
    return p;
  }

  // False where the slice takes anything else than every so-manieth row or column to the end.
  [[nodiscard]] bool take(Pixels& p, NodeId slice) {
    const Node& node = e_.node(slice);
    if (node.inputs.size() != 5) return false;
    const Dims& from = dims(node.inputs[0]);
    std::array<const std::vector<std::int64_t>*, 4> given{};  // starts, ends, axes, steps
    for (std::size_t i = 0; i < given.size(); ++i) {
      if (node.inputs[i + 1] == kNone) return false;
      const auto& ints = e_.graph().values[node.inputs[i + 1]].literal.ints;
      if (!ints || ints->size() > 2) return false;
      given[i] = &*ints;
    }
    const auto& [starts, ends, axes, steps] = given;
    if (from.size() != 4 || starts->size() != ends->size() || starts->size() != axes->size() ||
        starts->size() != steps->size())
      return false;
    for (std::size_t i = 0; i < axes->size(); ++i) {
      const std::int64_t axis = (*axes)[i] < 0 ? (*axes)[i] + 4 : (*axes)[i];
      if (axis != 2 && axis != 3) return false;
      const auto a = static_cast<std::size_t>(axis - 2);
      const std::int64_t first = (*starts)[i], step = (*steps)[i];
      if (p.step[a] != 1 || step < 2 || first < 0 || first >= step || (*ends)[i] < from[a + 2]) return false;
      p.first[a] = first;
      p.step[a] = step;
    }
    return true;
  }

  // All but the first, which is the last to read.
  [[nodiscard]] bool read_by_each_other(const std::vector<NodeId>& nodes) {
    return std::all_of(nodes.begin() + 1, nodes.end(), [&](NodeId n) {
      const ValueId made = e_.node(n).outputs[0];
      return !e_.graph().values[made].network_output && std::ranges::all_of(e_.readers(made), [&](NodeId reader) {
        return std::ranges::find(nodes, reader) != nodes.end();
      });
    });
  }

  GraphEditor e_;
};

}  // namespace

void recognise_block_moves(Graph& graph) { BlockMoves(graph).run(); }

}  // namespace tessera::models
