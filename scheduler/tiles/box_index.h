// Boxes of one root tensor, found by what they intersect. A bucket grid with cells of about one box's size, so that
// inserting and asking cost about as much as the boxes that are found, however many tiles a tensor has.
#pragma once

#include <cstdint>
#include <vector>

#include "models/network/network.h"

namespace tessera::scheduler {

class BoxIndex {
 public:
  // Boxes must lie in `shape`. Ids are the caller's.
  BoxIndex(const models::Shape& shape, std::vector<models::Box> boxes, std::vector<std::uint32_t> ids);

  // Ids of the boxes that intersect `box`, ascending, each once; returns the elements of the intersections together.
  std::int64_t find(const models::Box& box, std::vector<std::uint32_t>& ids) const;

 private:
  struct Cells {
    models::Shape first, last;
  };
  [[nodiscard]] Cells cells_of(const models::Box&) const;
  template <class Visit>
  void for_each_cell(const models::Box&, Visit) const;

  models::Shape cell_{1, 1, 1, 1}, cells_{1, 1, 1, 1};
  std::vector<models::Box> boxes_;
  std::vector<std::uint32_t> ids_;
  std::vector<std::uint32_t> rows_, members_;  // compressed: members of each cell, as positions in boxes_
};

}  // namespace tessera::scheduler
