// The tiles of a run and who waits for whom, as the trace carries them: once, before the first record. Plain data, so
// that the trace knows nothing of the scheduler and a reader can rebuild the task graph from the file alone.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace tessera::trace {

struct TileTable {
  enum class Kind : std::uint8_t { pe, vector, movement, host };
  // Data of an operand that `to` reads, its input or its weights, or an edge without data.
  enum class EdgeKind : std::uint8_t { input, control, weight };
  static constexpr std::uint32_t kAnyCore = 0xffffffff;

  struct Tile {
    std::uint32_t op = 0;  // index into operators
    std::uint32_t request = 0;
    std::uint32_t group = 0;  // tiles of one group share an output; a store belongs to the group's last tile
    std::uint32_t slice = 0;  // position in the group
    Kind kind = Kind::pe;
    bool post = false;              // post-operations follow this tile (last slice only)
    std::uint32_t core = kAnyCore;  // preferred core, if the tiling chose one
    std::uint64_t macs = 0;
    std::uint64_t input_bytes = 0;  // planned: what each operand moves when it is not reused; 0 = operand not needed
    std::uint64_t weight_bytes = 0;
    std::uint64_t output_bytes = 0;       // of the group's store; on its last tile only; 0 of a task of the host
    std::uint32_t rows = 0, columns = 0;  // of the array that a PE tile uses, in its largest fold
    friend bool operator==(const Tile&, const Tile&) = default;
  };
  // `to` may not be loaded or run before the group of `from` is stored. `from` is the last tile of its group.
  struct Edge {
    std::uint32_t from = 0, to = 0;
    EdgeKind kind = EdgeKind::input;
    friend bool operator==(const Edge&, const Edge&) = default;
  };
  // What was chosen for the tiles of an operator (docs/formats.md, rules of `tiles`). b = 0: not known, or no tiles.
  struct Choice {
    enum class Deal : std::uint8_t { chunks, columns };
    std::uint64_t b = 0, m = 0, w = 0, n = 0;  // images, rows, columns and channels of an output block
    std::uint64_t k = 0;                       // input channels of a slice; 0: no PE operator, so is the rest
    std::string loop_order = {};
    bool whole_input = false;
    Deal deal = Deal::chunks;
    std::uint32_t cores = 0;  // that the blocks are dealt to; 0: all
    friend bool operator==(const Choice&, const Choice&) = default;
  };
  struct Operator {
    std::string name, type;
    Choice choice = {};
    friend bool operator==(const Operator&, const Operator&) = default;
  };

  std::vector<Operator> operators;
  std::vector<Tile> tiles;  // by tile id
  std::vector<Edge> edges;
  friend bool operator==(const TileTable&, const TileTable&) = default;
};

// What the tiles of one operator add up to, of all requests: a table of contents, and what a changed table breaks.
struct OperatorSums {
  // In this order: tiles, their MACs, planned input, weight and output bytes, tiles with post-operations, preferred
  // cores + 1, kinds, rows x columns, edges to them, the sums of to - from and of the kinds of those.
  static constexpr std::size_t kCount = 12;
  std::string name, type;
  std::array<std::uint64_t, kCount> sums{};
  friend bool operator==(const OperatorSums&, const OperatorSums&) = default;
};
[[nodiscard]] std::vector<OperatorSums> sums_by_operator(const TileTable&);

}  // namespace tessera::trace
