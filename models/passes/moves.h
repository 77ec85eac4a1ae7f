// What a chain of reshapes and transposes does: the axes of its source, cut into as many as it takes, in another order
// and joined to other axes. Two chains that do the same are the same here, however many nodes they have.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/graph/graph.h"

namespace tessera::models {

class Moves {
 public:
  explicit Moves(const Dims& source);

  // Takes one node more: a view or a Transpose. False, and nothing is done, where no axes are common to what it reads
  // and what it makes.
  [[nodiscard]] bool take(const Graph&, const Node&);
  // The same with the shape that a reshape gives, or the order of a transpose.
  [[nodiscard]] bool reshape(const Dims& to);
  void transpose(const std::vector<std::size_t>& order);
  // Whether the elements change their order.
  [[nodiscard]] bool moves() const;
  // What axes of the source, cut as they are, the axis of the result is made of; those of one element are left out.
  [[nodiscard]] const std::vector<std::size_t>& axis(std::size_t a) const { return axes_[a]; }
  [[nodiscard]] std::size_t rank() const { return axes_.size(); }
  // The axis of the source that a part was cut from, and its elements.
  [[nodiscard]] std::size_t origin(std::size_t part) const { return parts_[part].origin; }
  [[nodiscard]] std::int64_t extent(std::size_t part) const { return parts_[part].extent; }
  // Whether the innermost axis of more than one element is part of that axis of the result.
  [[nodiscard]] bool innermost_in(std::size_t a) const;
  // The part has another extent in source and result.
  void resize(std::size_t part, std::int64_t extent) { parts_[part].extent = extent; }
  // The last two axes of the result change places.
  void swap_last() { std::swap(axes_[axes_.size() - 1], axes_[axes_.size() - 2]); }

  // By part, its place among the parts of the source: parts of one axis stand in its order.
  [[nodiscard]] std::vector<std::size_t> places() const;

  // The nodes that make `result`, which has its shape, of `source`: a reshape, a transpose, a reshape, as far as they
  // are needed; an Identity where none is. Named as `like`.
  [[nodiscard]] std::vector<Node> nodes(Graph&, const Node& like, ValueId source, ValueId result) const;

 private:
  struct Part {
    std::int64_t extent = 1;
    std::size_t origin = 0;
  };

  // In the order of the result.
  [[nodiscard]] std::vector<std::size_t> order() const;

  std::vector<Part> parts_;
  std::vector<std::size_t> source_;             // parts in the order of the source
  std::vector<std::vector<std::size_t>> axes_;  // parts of each axis of the result
};

// The order of a Transpose's axes; reversed where the node gives none.
[[nodiscard]] std::vector<std::size_t> order_of(const Node&, std::size_t rank);

}  // namespace tessera::models
