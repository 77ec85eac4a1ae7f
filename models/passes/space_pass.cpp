#include <cstdint>
#include <optional>
#include <string>

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

class BlockMoves {
 public:
  explicit BlockMoves(Graph& graph) : e_(graph) {}

  void run() {
    for (NodeId n = 0; n < e_.graph().nodes.size(); ++n)
      if (e_.is(n, "Transpose")) recognise(n);
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

  GraphEditor e_;
};

}  // namespace

void recognise_block_moves(Graph& graph) { BlockMoves(graph).run(); }

}  // namespace tessera::models
